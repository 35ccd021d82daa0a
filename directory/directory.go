// Package directory is what machines may know of a domain's users: a read-only view
// that the store publishes and passes in with each step, and the values of which it is made.
//
// Values are immutable: a change makes a new one. All of them have one text form, which the
// configuration file, the store, the API and the commands share.
//
// Limits: MaxTargets, MaxSteps, MaxRules, MaxPatterns, MaxMembers, MaxNumbers and MaxHours of each
// list; MaxName, MaxNumber and MaxText of each text. A text form reads no more than that;
// Catalogue refuses more, tells at most MaxProblems problems, and what is wrong with each.
package directory

import "hookflash/digest"

// Limits of what one user or group may have; more are refused by Catalogue.
const (
	MaxTargets  = 20   // of a step: as many as the proxy asks at once
	MaxSteps    = 10   // of find-me
	MaxRules    = 100  // of screening, and of outgoing calls
	MaxPatterns = 1000 // of one rule, and of a block list
	MaxMembers  = 100  // of a group
	MaxNumbers  = 20   // of a user or group
	MaxHours    = 50   // of a calendar or rule, and as many dates
	MaxText     = 256  // octets of a target, pattern or name
)

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
	// Routing is where this user's calls go; nil: to the phones.
	Routing *Routing
}

// Users finds users. Safe for any number of readers.
type Users interface {
	// User finds a user by canonical name; nil when there is none.
	User(name string) *User
}

// View reads what a domain knows. Safe for any number of readers.
type View interface {
	Users
	// Group finds a group by canonical name; nil when there is none.
	Group(name string) *Group
	// Number finds the user or group that has a number, as Numbers has it; "" when nobody has.
	Number(number string) (name string)
	// Calendar finds a calendar by name; nil when there is none.
	Calendar(name string) *Calendar
}
