package store

import (
	"encoding/json"
	"fmt"

	"hookflash/digest"
	"hookflash/directory"
)

const (
	// MaxUserName is how long a user's name may be, in bytes.
	MaxUserName = 128
	// MaxUser is how long an encoded user may be, in bytes: what directory.MaxRules rules for those
	// who call and as many for what is dialled take with five patterns, hours and a target each, and
	// directory.MaxPatterns that are blocked.
	MaxUser = 256 << 10
)

// userValue is the value of a user in the bucket.
type userValue struct {
	Name       string             `json:"name"`
	HA1        userHA1            `json:"ha1,omitzero"`
	Digest     []digest.Algorithm `json:"digest,omitempty"`
	Assistants []string           `json:"assistants,omitempty"`
	Source     Source             `json:"source"`
	Seed       string             `json:"seed,omitempty"`
	Routing    *directory.Routing `json:"routing,omitempty"`
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

func newUserKind() *kind[UserEntry] {
	m := newMemo()
	return &kind[UserEntry]{
		name: "user", bucket: "users", limit: MaxUser, encode: m.encodeUser, decode: m.decodeUser,
		head: func(entry *UserEntry) head { return head{entry.User.Name, entry.Revision} },
	}
}

// encodeUser makes the value of a user, if it can be read back.
func (m *memo) encodeUser(entry *UserEntry) ([]byte, error) {
	value, err := encodeUser(entry)
	if err != nil || entry.User.Routing == nil {
		return value, err
	}
	if _, err := m.decodeUser(value, 0); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalidUser, entry.User.Name, err)
	}
	return value, nil
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
	encoded := userValue{Name: user.Name, Digest: user.Digest, Assistants: user.Assistants, Source: entry.Source, Seed: entry.Seed, Routing: user.Routing}
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
		return nil, fmt.Errorf("%w: %s takes %d bytes, more than %d (MaxUser): give it fewer rules and patterns", ErrInvalidUser, user.Name, len(value), MaxUser)
	}
	return value, nil
}

// decodeUser reads what encodeUser made. Fields it does not know are left alone.
func (m *memo) decodeUser(value []byte, revision uint64) (*UserEntry, error) {
	decoded, ok := m.readUser(string(value))
	if !ok {
		if err := json.Unmarshal(value, &decoded); err != nil {
			return nil, err
		}
		m.share(decoded.Routing)
	}
	user := directory.User{Name: decoded.Name, Digest: decoded.Digest, Assistants: decoded.Assistants, Routing: decoded.Routing}
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
	return &UserEntry{User: user, Source: decoded.Source, Seed: decoded.Seed, Revision: revision}, nil
}
