package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hookflash/digest"
	"hookflash/directory"
)

const (
	// MaxUserName is how long a user's name may be, in bytes.
	MaxUserName = 128
	// MaxUser is how long an encoded user may be, in bytes.
	MaxUser = 4096
)

// userValue is the value of a user in the bucket.
type userValue struct {
	Name   string                          `json:"name"`
	HA1    map[digest.Algorithm]digest.HA1 `json:"ha1,omitempty"`
	Digest []digest.Algorithm              `json:"digest,omitempty"`
	Source Source                          `json:"source"`
}

// encodeUser makes the value of a user.
func encodeUser(entry *UserEntry) ([]byte, error) {
	user := &entry.User
	if user.Name == "" || len(user.Name) > MaxUserName {
		return nil, fmt.Errorf("%w: the name %.40q has %d bytes, not 1 to %d", ErrInvalidUser, user.Name, len(user.Name), MaxUserName)
	}
	if entry.Source != FromFile && entry.Source != FromInterface {
		return nil, fmt.Errorf("%w: %s has the source %q", ErrInvalidUser, user.Name, entry.Source)
	}
	value, err := json.Marshal(userValue{Name: user.Name, HA1: user.HA1, Digest: user.Digest, Source: entry.Source})
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalidUser, user.Name, err)
	}
	if len(value) > MaxUser {
		return nil, fmt.Errorf("%w: %s takes %d bytes, more than %d", ErrInvalidUser, user.Name, len(value), MaxUser)
	}
	return value, nil
}

// decodeUser reads what encodeUser made. Fields it does not know are left alone.
func decodeUser(value []byte, revision uint64) (*UserEntry, error) {
	var decoded userValue
	if err := json.Unmarshal(value, &decoded); err != nil {
		return nil, err
	}
	return &UserEntry{
		User:     directory.User{Name: decoded.Name, HA1: decoded.HA1, Digest: decoded.Digest},
		Source:   decoded.Source,
		Revision: revision,
	}, nil
}

// copyUser is a copy that shares nothing with user.
func copyUser(user directory.User) directory.User {
	user.HA1 = maps.Clone(user.HA1)
	user.Digest = slices.Clone(user.Digest)
	return user
}

// userKey is the key of a user: the name with everything that a key can't hold as "="
// and two hexadecimal digits.
func userKey(name string) string {
	const digits = "0123456789ABCDEF"
	var key strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
			key.WriteByte(c)
		default:
			key.WriteByte('=')
			key.WriteByte(digits[c>>4])
			key.WriteByte(digits[c&15])
		}
	}
	return key.String()
}

// userName is the name of a key, false when userKey never made it.
func userName(key string) (string, bool) {
	var name strings.Builder
	for i := 0; i < len(key); i++ {
		if key[i] != '=' {
			name.WriteByte(key[i])
			continue
		}
		if i+2 >= len(key) {
			return "", false
		}
		var c byte
		if _, err := fmt.Sscanf(key[i+1:i+3], "%02X", &c); err != nil {
			return "", false
		}
		name.WriteByte(c)
		i += 2
	}
	return name.String(), userKey(name.String()) == key
}

// sortedUsers lists a table of users by name.
func sortedUsers(users *table[UserEntry]) []*UserEntry {
	var all []*UserEntry
	for i := range shardCount {
		all = users.collect(i, all)
	}
	slices.SortFunc(all, func(a, b *UserEntry) int { return strings.Compare(a.User.Name, b.User.Name) })
	return all
}

// view reads a table of users as machines do.
type view struct{ users *table[UserEntry] }

// User implements directory.View.
func (v view) User(name string) *directory.User {
	if entry := v.users.get(name); entry != nil {
		return &entry.User
	}
	return nil
}
