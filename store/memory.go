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
		records:   newTable[registrar.Record](),
		keepsakes: newKeepsakes(),
		nonces:    newNonces(0),
		now:       now,
		stop:      make(chan struct{}),
	}
	bindings.log = &log{
		records: bindings.records, keepsakes: bindings.keepsakes,
		wake:   make(chan struct{}, 1),
		active: nowhere{},
		due:    math.MaxInt64, dueSegments: math.MaxInt,
	}
	return &Data{Bindings: bindings, Store: newMemory()}
}

// nowhere is the file of a log that is not kept.
type nowhere struct{}

func (nowhere) Write(data []byte) (int, error) { return len(data), nil }
func (nowhere) Truncate(int64) error           { return nil }
func (nowhere) Sync() error                    { return nil }
func (nowhere) Close() error                   { return nil }

// memory is a Store without an engine.
type memory struct {
	contents  *contents
	users     users
	groups    entries[directory.Group]
	calendars entries[directory.Calendar]
	tokens    entries[Token]

	mutex   sync.Mutex
	secrets map[string][]byte
}

func newMemory() *memory {
	c := newContents()
	return &memory{
		contents:  c,
		users:     users{&shelf[UserEntry]{kind: newUserKind(), entries: c.users, moved: c.userChanged}},
		groups:    shelfOf(newGroupKind(), c.groups, c.groupChanged),
		calendars: shelfOf(newCalendarKind(), c.calendars, nil),
		tokens:    shelfOf(newTokenKind(), c.tokens, nil),
		secrets:   make(map[string][]byte),
	}
}

func shelfOf[V any](k *kind[Entry[V]], t *table[Entry[V]], moved func(name string, previous, entry *Entry[V])) entries[V] {
	return entries[V]{&shelf[Entry[V]]{kind: k, entries: t, moved: moved}, k}
}

// Directory implements Store.
func (m *memory) Directory() directory.View { return m.contents }

// Users implements Routes.
func (m *memory) Users() Users { return m.users }

// Groups implements Routes.
func (m *memory) Groups() Entries[directory.Group] { return m.groups }

// Calendars implements Routes.
func (m *memory) Calendars() Entries[directory.Calendar] { return m.calendars }

// Tokens implements Routes.
func (m *memory) Tokens() Entries[Token] { return m.tokens }

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

// shelf is the entries of one kind in a memory.
type shelf[E any] struct {
	*kind[E]
	entries *table[E]
	moved   func(name string, previous, entry *E)

	mutex    sync.Mutex
	revision uint64
}

// find implements keeper.
func (s *shelf[E]) find(name string) *E { return s.entries.get(name) }

// all implements keeper.
func (s *shelf[E]) all() []*E { return s.sorted(s.entries) }

// put implements keeper. What it keeps went through the encoding, so that it shares nothing with
// entry and is what an engine would have.
func (s *shelf[E]) put(_ context.Context, entry *E) (revision uint64, err error) {
	value, err := s.encode(entry)
	if err != nil {
		return 0, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	head := s.head(entry)
	if err := s.check(head.name, head.revision); err != nil && !errors.Is(err, ErrNotFound) {
		return 0, fmt.Errorf("put %s %s: %w", s.name, head.name, err)
	}
	kept, err := s.decode(value, s.revision+1)
	if err != nil {
		return 0, err
	}
	s.revision++
	s.swap(head.name, kept)
	return s.revision, nil
}

// remove implements keeper.
func (s *shelf[E]) remove(_ context.Context, name string, revision uint64) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.check(name, revision); err != nil {
		return fmt.Errorf("delete %s %s: %w", s.name, name, err)
	}
	s.revision++
	s.swap(name, nil)
	return nil
}

func (s *shelf[E]) swap(name string, entry *E) {
	previous := s.entries.swap(name, entry)
	if s.moved != nil {
		s.moved(name, previous, entry)
	}
}

// check compares a revision with the one that is there.
func (s *shelf[E]) check(name string, revision uint64) error {
	present := s.entries.get(name)
	switch {
	case present == nil && revision == 0:
		return ErrNotFound
	case present == nil || s.head(present).revision != revision:
		return ErrConflict
	}
	return nil
}
