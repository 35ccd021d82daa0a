// Package hold holds calls: RFC 5359 §2.1 and §2.2.
package hold
