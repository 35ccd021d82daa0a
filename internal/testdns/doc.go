// Package testdns is a name server on loopback for tests: it answers from the text of a
// zone, over UDP and TCP at one port, and can be late, silent, short or a liar about any
// name. Nothing but tests imports it.
//
// Limitations: it plays the resolver that a host asks, so it follows CNAME within its own
// records; there are no wildcards, no delegations and no DNSSEC. A name it has no record
// at or below does not exist.
package testdns
