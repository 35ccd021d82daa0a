package digest

import (
	"encoding/binary"
	"errors"

	"github.com/dchest/siphash"
)

// HA1 is H(username ":" realm ":" password) of RFC 7616 §3.4.2: what a server keeps
// instead of the password. Whoever has it can sign in to that realm, so it prints as
// nothing; only MarshalText gives it away. The zero value matches no credentials.
type HA1 struct {
	sum    [maxSize]byte
	length uint8 // 16 or 32; 0 for no HA1
}

// ErrHA1 tells of a text that isn't 32 or 64 hexadecimal digits.
var ErrHA1 = errors.New("digest: an HA1 has 32 or 64 hexadecimal digits")

// NewHA1 makes the HA1 of a password. A colon in the username would be taken for the one behind it. An
// invalid algorithm gives the zero HA1.
func NewHA1(algorithm Algorithm, username, realm, password string) HA1 {
	data := make([]byte, 0, len(username)+len(realm)+len(password)+2)
	data = append(data, username...)
	data = append(data, ':')
	data = append(data, realm...)
	data = append(data, ':')
	data = append(data, password...)
	return HA1{sum: algorithm.sum(data), length: uint8(algorithm.Size())}
}

// ParseHA1 reads 32 (MD5) or 64 (SHA-256, SHA-512-256) hexadecimal digits of either case.
// The error is ErrHA1.
func ParseHA1(text string) (HA1, error) {
	for _, size := range [...]int{MD5.Size(), maxSize} {
		if sum, ok := parseHash(text, size); ok {
			return HA1{sum: sum, length: uint8(size)}, nil
		}
	}
	return HA1{}, ErrHA1
}

// Valid tells whether there is an HA1.
func (h HA1) Valid() bool { return h.length != 0 }

// String hides the secret.
func (h HA1) String() string { return "HA1" }

// GoString hides the secret from %#v.
func (h HA1) GoString() string { return "HA1" }

// MarshalText is the secret in lower case hexadecimal; ErrHA1 for none.
func (h HA1) MarshalText() ([]byte, error) {
	if !h.Valid() {
		return nil, ErrHA1
	}
	return appendHex(nil, h.sum[:h.length]), nil
}

// UnmarshalText is ParseHA1.
func (h *HA1) UnmarshalText(text []byte) error {
	parsed, err := ParseHA1(string(text))
	if err != nil {
		return err
	}
	*h = parsed
	return nil
}

// Decoy is an HA1 for a user there isn't, always the same for the same name, so that the
// answer to an unknown user takes the work of the answer to a known one. A request
// verified with it must be refused whatever Verify says.
func Decoy(key Key, algorithm Algorithm, username string) HA1 {
	var scratch [scratchSize]byte
	data := append(scratch[:0], labelDecoy, byte(algorithm), 0)
	data = append(data, username...)
	decoy := HA1{length: uint8(algorithm.Size())}
	for half := range 2 {
		data[2] = byte(half)
		first, second := siphash.Hash128(key.low(), key.high(), data)
		binary.LittleEndian.PutUint64(decoy.sum[16*half:], first)
		binary.LittleEndian.PutUint64(decoy.sum[16*half+8:], second)
	}
	clear(decoy.sum[decoy.length:])
	return decoy
}
