package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"hookflash/directory"
	"hookflash/registrar"
)

// Memory is a store that keeps nothing, for tests. Now is its clock; nil: time.Now.
func Memory(now func() time.Time) *Data {
	if now == nil {
		now = time.Now
	}
	bindings := &Bindings{
		records: newTable[registrar.Record](),
		nonces:  newNonces(0),
		now:     now,
		stop:    make(chan struct{}),
	}
	bindings.log = &log{
		records: bindings.records,
		wake:    make(chan struct{}, 1),
		active:  nowhere{},
		due:     math.MaxInt64, dueSegments: math.MaxInt,
	}
	return &Data{Bindings: bindings, Store: &memory{users: newTable[UserEntry](), secrets: make(map[string][]byte)}}
}

// nowhere is the file of a log that is not kept.
type nowhere struct{}

func (nowhere) Write(data []byte) (int, error) { return len(data), nil }
func (nowhere) Truncate(int64) error           { return nil }
func (nowhere) Sync() error                    { return nil }
func (nowhere) Close() error                   { return nil }

// memory is a Store without an engine.
type memory struct {
	users *table[UserEntry]

	mutex    sync.Mutex
	revision uint64
	secrets  map[string][]byte
}

// Directory implements Store.
func (m *memory) Directory() directory.View { return view{m.users} }

// Users implements Store.
func (m *memory) Users() Users { return memoryUsers{m} }

// Secrets implements Store.
func (m *memory) Secrets() Secrets { return m }

// Close implements Store.
func (m *memory) Close() error { return nil }

// Secret implements Secrets.
func (m *memory) Secret(_ context.Context, name string, size int) ([]byte, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	secret := m.secrets[name]
	if secret == nil {
		var err error
		if secret, err = newSecret(name, size); err != nil {
			return nil, err
		}
		m.secrets[name] = secret
	}
	return slices.Clone(secret), checkSecret(name, secret, size)
}

// memoryUsers is the users of a memory.
type memoryUsers struct{ *memory }

// Find implements Users.
func (u memoryUsers) Find(name string) *UserEntry { return u.users.get(name) }

// All implements Users.
func (u memoryUsers) All() []*UserEntry { return sortedUsers(u.users) }

// Put implements Users.
func (u memoryUsers) Put(_ context.Context, entry UserEntry) (revision uint64, err error) {
	if _, err := encodeUser(&entry); err != nil {
		return 0, err
	}
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if err := u.check(entry.User.Name, entry.Revision); err != nil && !errors.Is(err, ErrNotFound) {
		return 0, fmt.Errorf("put user %s: %w", entry.User.Name, err)
	}
	u.revision++
	entry.User, entry.Revision = copyUser(entry.User), u.revision
	u.users.swap(entry.User.Name, &entry)
	return u.revision, nil
}

// Delete implements Users.
func (u memoryUsers) Delete(_ context.Context, name string, revision uint64) error {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if err := u.check(name, revision); err != nil {
		return fmt.Errorf("delete user %s: %w", name, err)
	}
	u.revision++
	u.users.swap(name, nil)
	return nil
}

// check compares a revision with the one that is there.
func (u memoryUsers) check(name string, revision uint64) error {
	present := u.users.get(name)
	switch {
	case present == nil && revision == 0:
		return ErrNotFound
	case present == nil || present.Revision != revision:
		return ErrConflict
	}
	return nil
}
