package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// engineUsers is the users of an engine.
type engineUsers struct{ *engine }

// Find implements Users.
func (u engineUsers) Find(name string) *UserEntry { return u.replica.users.get(name) }

// All implements Users.
func (u engineUsers) All() []*UserEntry { return sortedUsers(u.replica.users) }

// Put implements Users.
func (u engineUsers) Put(ctx context.Context, entry UserEntry) (revision uint64, err error) {
	value, err := encodeUser(&entry)
	if err != nil {
		return 0, err
	}
	key := userKey(entry.User.Name)
	err = u.write(ctx, func(ctx context.Context) (err error) {
		if entry.Revision == 0 {
			revision, err = u.users.Create(ctx, key, value)
		} else {
			revision, err = u.users.Update(ctx, key, value, entry.Revision)
		}
		return err
	})
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return 0, fmt.Errorf("put user %s: %w", entry.User.Name, ErrConflict)
	}
	if err != nil {
		return 0, fmt.Errorf("put user %s: %w", entry.User.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return revision, u.replica.await(ctx, func(seen uint64) bool { return seen >= revision })
}

// Delete implements Users.
func (u engineUsers) Delete(ctx context.Context, name string, revision uint64) error {
	present := u.Find(name)
	switch {
	case present == nil:
		return fmt.Errorf("delete user %s: %w", name, ErrNotFound)
	case present.Revision != revision:
		return fmt.Errorf("delete user %s: %w", name, ErrConflict)
	}
	err := u.write(ctx, func(ctx context.Context) error {
		return u.users.Purge(ctx, userKey(name), jetstream.LastRevision(revision), jetstream.PurgeTTL(markerLifetime))
	})
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return fmt.Errorf("delete user %s: %w", name, ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("delete user %s: %w", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return u.replica.await(ctx, func(uint64) bool {
		present := u.Find(name)
		return present == nil || present.Revision > revision
	})
}
