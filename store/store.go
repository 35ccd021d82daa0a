package store

import (
	"context"
	"errors"
	"time"

	"hookflash/directory"
)

// Errors of Users and Secrets.
var (
	// ErrConflict: the user is there already, or was changed since the revision named.
	ErrConflict = errors.New("store: changed meanwhile")
	// ErrNotFound: there is no such user.
	ErrNotFound = errors.New("store: no such user")
	// ErrInvalidUser: a user has no name, or one that is too long, or too much in all.
	ErrInvalidUser = errors.New("store: invalid user")
	// ErrUnavailable: the engine can't write now. What is in memory is still read.
	ErrUnavailable = errors.New("store: can't write")
)

// Store is a domain's users and secrets. Any number of goroutines may use it.
type Store interface {
	// Directory reads users as machines do, without allocation.
	Directory() directory.View
	Users() Users
	Secrets() Secrets
	Close() error
}

// Routes is the rest of what is administered, behind Store.
type Routes interface {
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
	// Put keeps a value and returns the new revision. The entry's Revision must be the one that
	// is there, 0 to create; else ErrConflict.
	Put(ctx context.Context, name string, entry Entry[V]) (revision uint64, err error)
	// Delete removes what has this revision: else ErrConflict, or ErrNotFound.
	Delete(ctx context.Context, name string, revision uint64) error
}

// Entry is one value as it is kept.
type Entry[V any] struct {
	Value    V
	Source   Source
	Revision uint64 // numbers the changes of its kind, from 1; 0 means not kept yet
	// Seed is a hash of what the configuration file said when it was seeded last.
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

// Users is the users with what only their administration needs. Reading is from memory.
// What a call changed is seen by every reader after it, and survives power loss.
type Users interface {
	// Find finds a user by canonical name, nil when there is none. The entry is not to
	// be changed.
	Find(name string) *UserEntry
	// All lists the users in the order of their names.
	All() []*UserEntry
	// Put keeps a user and returns the new revision. The entry's Revision must be the one
	// that is there, 0 to create; else ErrConflict.
	Put(ctx context.Context, entry UserEntry) (revision uint64, err error)
	// Delete removes a user who has this revision: else ErrConflict, or ErrNotFound.
	Delete(ctx context.Context, name string, revision uint64) error
}

// Secrets is small random values that a domain makes once.
type Secrets interface {
	// Secret is the secret of that name, of size bytes from crypto/rand, made when it is
	// first asked for, then the same for ever. The error says if another size was made.
	Secret(ctx context.Context, name string, size int) ([]byte, error)
}

// The names of the secrets.
const (
	NonceKey      = "nonce"       // of the domain's nonces (digest.Key)
	RouteTokenKey = "route-token" // of the tokens in Record-Route
	GRUUKey       = "gruu"        // of temporary GRUUs (RFC 5627 §3.2)
)

// Source is where a user came from.
type Source string

// The sources.
const (
	// FromFile: made by SeedUsers; removed when the configuration file names the user no more.
	FromFile Source = "file"
	// FromInterface: made by API or console; the file may set fields but never remove it.
	FromInterface Source = "interface"
)

// UserEntry is a user as it is kept.
type UserEntry struct {
	User   directory.User
	Source Source
	// Revision numbers the changes of the store, from 1; 0 means not kept yet.
	Revision uint64
}
