package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// kind is what must be known of one sort of entry to keep it.
type kind[E any] struct {
	name   string // of one, for messages
	bucket string
	limit  int // bytes of an encoded entry
	encode func(entry *E) ([]byte, error)
	decode func(value []byte, revision uint64) (*E, error)
	head   func(entry *E) head
}

// head is what entries of all kinds have.
type head struct {
	name     string
	revision uint64
}

// keeper keeps the entries of one kind, as Users and Entries say.
type keeper[E any] interface {
	find(name string) *E
	all() []*E
	put(ctx context.Context, entry *E) (revision uint64, err error)
	remove(ctx context.Context, name string, revision uint64) error
}

// sorted lists a table by name.
func (k *kind[E]) sorted(entries *table[E]) []*E {
	var all []*E
	for i := range shardCount {
		all = entries.collect(i, all)
	}
	slices.SortFunc(all, func(a, b *E) int { return cmp.Compare(k.head(a).name, k.head(b).name) })
	return all
}

const upperHex = "0123456789ABCDEF"

// keyOf is the key of a name: the name with everything that a key can't hold as "=" and two
// hexadecimal digits.
func keyOf(name string) string {
	var key strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			key.WriteByte(c)
		default:
			key.WriteByte('=')
			key.WriteByte(upperHex[c>>4])
			key.WriteByte(upperHex[c&15])
		}
	}
	return key.String()
}

// nameOf is the name of a key, false when keyOf never made it.
func nameOf(key string) (string, bool) {
	var name strings.Builder
	for i := 0; i < len(key); i++ {
		if key[i] != '=' {
			name.WriteByte(key[i])
			continue
		}
		if i+2 >= len(key) {
			return "", false
		}
		high, low := strings.IndexByte(upperHex, key[i+1]), strings.IndexByte(upperHex, key[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		name.WriteByte(byte(high<<4 | low))
		i += 2
	}
	return name.String(), keyOf(name.String()) == key
}
