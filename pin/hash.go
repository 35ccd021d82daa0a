package pin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What a hash costs: the least that OWASP recommends for argon2id.
const (
	memory   = 19 * 1024 // KiB
	passes   = 2
	lanes    = 1
	saltSize = 16 // bytes
	sumSize  = 32 // bytes
)

// The most that a hash may cost which we did not make.
const (
	maxMemory = 256 * 1024 // KiB
	maxPasses = 16
	maxLanes  = 16
	maxHash   = 256 // bytes of a PHC string
)

// Hash makes the hash of a PIN, with a salt of its own: a different one each time.
func Hash(pin string) string {
	var salt [saltSize]byte
	rand.Read(salt[:]) // never fails
	return HashWith(pin, salt)
}

// HashWith makes the hash of a PIN with a salt that the caller gives, so that what is hashed again
// and again stays the same. No two mailboxes may have the same salt.
func HashWith(pin string, salt [saltSize]byte) string {
	sum := argon2.IDKey([]byte(pin), salt[:], passes, memory, lanes, sumSize)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, encode(salt[:]), encode(sum))
}

// Check tells whether a PIN has a hash. It is false for what is no hash, "" among them, and for a
// hash that would cost more than a few times what ours do.
func Check(hash, pin string) bool {
	h, ok := parse(hash)
	if !ok || len(pin) > MaxDigits {
		return false
	}
	sum := argon2.IDKey([]byte(pin), h.salt, h.passes, h.memory, h.lanes, uint32(len(h.sum)))
	return subtle.ConstantTimeCompare(sum, h.sum) == 1
}

// IsHash tells whether a text is a hash that Check can read.
func IsHash(text string) bool {
	_, ok := parse(text)
	return ok
}

type hashed struct {
	passes, memory uint32
	lanes          uint8
	salt, sum      []byte
}

func parse(text string) (h hashed, ok bool) {
	parts := strings.Split(text, "$")
	if len(text) > maxHash || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return h, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes); err != nil ||
		parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", h.memory, h.passes, h.lanes) {
		return h, false
	}
	var badSalt, badSum error
	h.salt, badSalt = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.sum, badSum = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	return h, badSalt == nil && badSum == nil && len(h.salt) >= 8 && len(h.sum) >= 16 &&
		h.memory >= 8*uint32(h.lanes) && h.memory <= maxMemory && h.passes >= 1 && h.passes <= maxPasses && h.lanes >= 1 && h.lanes <= maxLanes
}
