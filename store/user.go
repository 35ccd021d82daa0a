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
	Name   string             `json:"name"`
	HA1    userHA1            `json:"ha1,omitzero"`
	Digest []digest.Algorithm `json:"digest,omitempty"`
	// Assistants are read by encoding/json alone: few users have any.
	Assistants []string `json:"assistants,omitempty"`
	Source     Source   `json:"source"`
}

// userHA1 is a user's HA1 by the token of the algorithm. Not a map: that takes twice the
// time to read, and all users are read before the server answers.
type userHA1 struct {
	SHA512256 digest.HA1 `json:"SHA-512-256,omitzero"`
	SHA256    digest.HA1 `json:"SHA-256,omitzero"`
	MD5       digest.HA1 `json:"MD5,omitzero"`
}

// of is the field of an algorithm, nil for none that is known.
func (h *userHA1) of(algorithm digest.Algorithm) *digest.HA1 {
	switch algorithm {
	case digest.SHA512256:
		return &h.SHA512256
	case digest.SHA256:
		return &h.SHA256
	case digest.MD5:
		return &h.MD5
	}
	return nil
}

// algorithms is what a user can have an HA1 of.
var algorithms = [...]digest.Algorithm{digest.SHA512256, digest.SHA256, digest.MD5}

// encodeUser makes the value of a user.
func encodeUser(entry *UserEntry) ([]byte, error) {
	user := &entry.User
	if user.Name == "" || len(user.Name) > MaxUserName {
		return nil, fmt.Errorf("%w: the name %.40q has %d bytes, not 1 to %d", ErrInvalidUser, user.Name, len(user.Name), MaxUserName)
	}
	if entry.Source != FromFile && entry.Source != FromInterface {
		return nil, fmt.Errorf("%w: %s has the source %q", ErrInvalidUser, user.Name, entry.Source)
	}
	encoded := userValue{Name: user.Name, Digest: user.Digest, Assistants: user.Assistants, Source: entry.Source}
	for algorithm, ha1 := range user.HA1 {
		field := encoded.HA1.of(algorithm)
		if field == nil || !ha1.Valid() {
			return nil, fmt.Errorf("%w: %s has an HA1 that is none", ErrInvalidUser, user.Name)
		}
		*field = ha1
	}
	value, err := json.Marshal(encoded)
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
	decoded, ok := readUser(string(value))
	if !ok {
		if err := json.Unmarshal(value, &decoded); err != nil {
			return nil, err
		}
	}
	user := directory.User{Name: decoded.Name, Digest: decoded.Digest, Assistants: decoded.Assistants}
	for _, algorithm := range algorithms {
		ha1 := *decoded.HA1.of(algorithm)
		if !ha1.Valid() {
			continue
		}
		if user.HA1 == nil {
			user.HA1 = make(map[digest.Algorithm]digest.HA1, len(algorithms))
		}
		user.HA1[algorithm] = ha1
	}
	return &UserEntry{User: user, Source: decoded.Source, Revision: revision}, nil
}

// copyUser is a copy that shares nothing with user.
func copyUser(user directory.User) directory.User {
	user.HA1 = maps.Clone(user.HA1)
	user.Digest = slices.Clone(user.Digest)
	user.Assistants = slices.Clone(user.Assistants)
	return user
}

const upperHex = "0123456789ABCDEF"

// userKey is the key of a user: the name with everything that a key can't hold as "="
// and two hexadecimal digits.
func userKey(name string) string {
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
		high, low := strings.IndexByte(upperHex, key[i+1]), strings.IndexByte(upperHex, key[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		name.WriteByte(byte(high<<4 | low))
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

// Group implements directory.View.
func (v view) Group(string) *directory.Group { return nil }

// Number implements directory.View.
func (v view) Number(string) string { return "" }

// Calendar implements directory.View.
func (v view) Calendar(string) *directory.Calendar { return nil }

// view reads a table of users as machines do.
type view struct{ users *table[UserEntry] }

// User implements directory.View.
func (v view) User(name string) *directory.User {
	if entry := v.users.get(name); entry != nil {
		return &entry.User
	}
	return nil
}
