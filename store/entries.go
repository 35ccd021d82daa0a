package store

import (
	"context"
	"encoding/json"
	"fmt"

	"hookflash/directory"
)

// MaxEntry is how long an encoded group, calendar or token may be, in bytes: what a group of
// directory.MaxMembers takes whose names are of MaxUserName bytes, and its numbers.
const MaxEntry = 32 << 10

// entries implements Entries.
type entries[V any] struct {
	keeper[Entry[V]]
	kind *kind[Entry[V]]
}

// Find implements Entries.
func (e entries[V]) Find(name string) *Entry[V] { return e.find(name) }

// All implements Entries.
func (e entries[V]) All() []*Entry[V] { return e.all() }

// Put implements Entries.
func (e entries[V]) Put(ctx context.Context, name string, entry Entry[V]) (revision uint64, err error) {
	if own := e.kind.head(&entry).name; own != name {
		return 0, fmt.Errorf("%w: the %s %.40q is named %.40q itself", ErrInvalid, e.kind.name, name, own)
	}
	return e.put(ctx, &entry)
}

// Delete implements Entries.
func (e entries[V]) Delete(ctx context.Context, name string, revision uint64) error {
	return e.remove(ctx, name, revision)
}

// entryValue is an entry in its bucket.
type entryValue[V any] struct {
	Value  V      `json:"value"`
	Source Source `json:"source"`
	Seed   string `json:"seed,omitempty"`
}

// newEntryKind describes entries whose own name is what ownName says.
func newEntryKind[V any](name, bucket string, ownName func(value *V) string) *kind[Entry[V]] {
	k := &kind[Entry[V]]{name: name, bucket: bucket, limit: MaxEntry, decode: decodeEntry[V]}
	k.head = func(entry *Entry[V]) head { return head{ownName(&entry.Value), entry.Revision} }
	k.encode = func(entry *Entry[V]) ([]byte, error) {
		own := ownName(&entry.Value)
		value, err := encodeEntry(entry)
		switch {
		case own == "" || len(own) > MaxUserName:
			return nil, fmt.Errorf("%w: the name %.40q of a %s has %d bytes, not 1 to %d", ErrInvalid, own, name, len(own), MaxUserName)
		case entry.Source != FromFile && entry.Source != FromInterface:
			return nil, fmt.Errorf("%w: the %s %s has the source %q", ErrInvalid, name, own, entry.Source)
		case err != nil:
			return nil, fmt.Errorf("%w: the %s %s: %w", ErrInvalid, name, own, err)
		case len(value) > MaxEntry:
			return nil, fmt.Errorf("%w: the %s %s takes %d bytes, more than %d (MaxEntry)", ErrInvalid, name, own, len(value), MaxEntry)
		}
		return value, nil
	}
	return k
}

// encodeEntry makes the value of an entry, if it can be read back.
func encodeEntry[V any](entry *Entry[V]) ([]byte, error) {
	value, err := json.Marshal(entryValue[V]{Value: entry.Value, Source: entry.Source, Seed: entry.Seed})
	if err == nil {
		_, err = decodeEntry[V](value, 0)
	}
	return value, err
}

// decodeEntry reads what encodeEntry made. Fields it does not know are left alone.
func decodeEntry[V any](value []byte, revision uint64) (*Entry[V], error) {
	var decoded entryValue[V]
	if err := json.Unmarshal(value, &decoded); err != nil {
		return nil, err
	}
	return &Entry[V]{Value: decoded.Value, Source: decoded.Source, Seed: decoded.Seed, Revision: revision}, nil
}

func newGroupKind() *kind[Entry[directory.Group]] {
	return newEntryKind("group", "groups", func(group *directory.Group) string { return group.Name })
}

func newCalendarKind() *kind[Entry[directory.Calendar]] {
	return newEntryKind("calendar", "calendars", func(calendar *directory.Calendar) string { return calendar.Name })
}

func newTokenKind() *kind[Entry[Token]] {
	return newEntryKind("token", "tokens", func(token *Token) string { return token.Name })
}
