package store

import (
	"context"
	"time"

	"hookflash/directory"
)

// Routes is all that is administered.
type Routes interface {
	Users() Users
	Groups() Entries[directory.Group]
	Calendars() Entries[directory.Calendar]
	Tokens() Entries[Token]
}

// Entries is the values of one kind with what only their administration needs. Reading is from
// memory. What a call changed is seen by every reader after it, and survives power loss.
type Entries[V any] interface {
	// Find finds a value by its name, nil when there is none. It is not to be changed.
	Find(name string) *Entry[V]
	// All lists them in the order of their names.
	All() []*Entry[V]
	// Put keeps a value, whose own name must be name, and returns the new revision. The entry's
	// Revision must be the one that is there, 0 to create; else ErrConflict.
	Put(ctx context.Context, name string, entry Entry[V]) (revision uint64, err error)
	// Delete removes what has this revision: else ErrConflict, or ErrNotFound.
	Delete(ctx context.Context, name string, revision uint64) error
}

// Entry is one value as it is kept.
type Entry[V any] struct {
	Value    V
	Source   Source
	Revision uint64 // numbers the changes of its kind, from 1; 0 means not kept yet
	// Seed is a hash of what the configuration file said when it was seeded last, "" when it said
	// nothing. Who changes the value leaves it as it is.
	Seed string
}

// Token lets a program use the HTTP API. What is shown once, when it is made, is its secret; kept is
// its hash.
type Token struct {
	Name string `json:"name"`
	Hash string `json:"hash"` // SHA-256 of the secret, in hexadecimal
	// User is whose token it is: it may do what that user may. "": an administrator's.
	User    string    `json:"user,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
}
