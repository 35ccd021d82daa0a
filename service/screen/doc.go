// Package screen decides which calls are let through: RFC 5359 §2.13 for those that come in,
// §2.14 for those that go out.
//
// Limits: directory.MaxRules rules of a user, of directory.MaxPatterns patterns each. Who is
// called is known by what the proxy believes of the caller alone; a name that a caller made up
// and nobody vouched for is compared like any other. A call for help is never screened.
package screen
