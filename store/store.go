package store

import (
	"context"
	"errors"

	"hookflash/directory"
)

// Errors of Users, Entries and Secrets.
var (
	// ErrConflict: it is there already, or was changed since the revision named.
	ErrConflict = errors.New("store: changed meanwhile")
	// ErrNotFound: there is none of that name.
	ErrNotFound = errors.New("store: there is none")
	// ErrInvalidUser: a user has no name, or one that is too long, or too much in all.
	ErrInvalidUser = errors.New("store: invalid user")
	// ErrInvalid: the same of a group, calendar or token.
	ErrInvalid = errors.New("store: invalid entry")
	// ErrDamaged: the values of that kind were damaged on the disk. What can be read of them is, but
	// nothing is written, until the data is restored from a backup.
	ErrDamaged = errors.New("store: damaged on the disk")
	// ErrUnavailable: the engine can't write now. What is in memory is still read.
	ErrUnavailable = errors.New("store: can't write")
)

// Store is what a domain has set, and its secrets. Any number of goroutines may use it.
type Store interface {
	// Directory reads users, groups, numbers and calendars as machines do, without allocation.
	Directory() directory.View
	Routes
	Secrets() Secrets
	Close() error
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

// Source is where a user, group, calendar or token came from.
type Source string

// The sources.
const (
	// FromFile: made by seeding; removed when the configuration file names it no more (SeedUsers,
	// SeedEntries).
	FromFile Source = "file"
	// FromInterface: made by API or command; the file may change but never remove it.
	FromInterface Source = "interface"
)

// UserEntry is a user as it is kept.
type UserEntry struct {
	User   directory.User
	Source Source
	// Revision numbers the changes of the store, from 1; 0 means not kept yet.
	Revision uint64
	// Seed is a hash of the Routing that the configuration file named when it was seeded last, ""
	// when it named none. Who changes the user leaves it as it is.
	Seed string
}
