// Package directory is what machines may know of a domain's users: a read-only view
// that the store publishes and passes in with each step.
package directory

import "hookflash/digest"

// User is one user of a domain. It is immutable: a change makes a new User.
type User struct {
	Name string // the user part of the address of record, canonical
	// HA1 holds the digest secrets by algorithm; an algorithm without one can't be used
	// by this user (RFC 7616 §3.4.2, RFC 8760).
	HA1 map[digest.Algorithm]digest.HA1
	// Digest is what is offered to this user, in this order; empty: what the domain offers.
	Digest []digest.Algorithm
	// Assistants are users who may take over this user's calls, or join them.
	Assistants []string
}

// View reads users. Safe for any number of readers.
type View interface {
	// User finds a user by canonical name; nil when there is none.
	User(name string) *User
}
