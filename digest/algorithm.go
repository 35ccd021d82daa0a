package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"strings"
)

// Algorithm is a hash of the IANA registry "Hash Algorithms for HTTP Digest
// Authentication" (RFC 7616 §6.1). The zero value is no algorithm.
type Algorithm uint8

// The algorithms. MD5 is what an absent algorithm parameter means (RFC 7616 §3.3).
const (
	MD5       Algorithm = iota + 1
	SHA256              // FIPS 180-4
	SHA512256           // FIPS 180-4 §6.7: SHA-512/256, which is not SHA-512 cut short
)

// maxSize is the longest hash in bytes.
const maxSize = 32

// ErrAlgorithm tells of an algorithm that is none of SHA-512-256, SHA-256 and MD5.
var ErrAlgorithm = errors.New("digest: the algorithm is none of SHA-512-256, SHA-256, MD5")

var algorithmTokens = [...]string{MD5: "MD5", SHA256: "SHA-256", SHA512256: "SHA-512-256"}

// String is the token of the algorithm parameter (RFC 7616 §6.1), "unknown" for none.
func (a Algorithm) String() string {
	if !a.Valid() {
		return "unknown"
	}
	return algorithmTokens[a]
}

// Valid tells whether a is one of the algorithms.
func (a Algorithm) Valid() bool { return a >= MD5 && a <= SHA512256 }

// Size is the length of the hash in bytes: 16 or 32, 0 for no algorithm.
func (a Algorithm) Size() int {
	switch a {
	case MD5:
		return md5.Size
	case SHA256, SHA512256:
		return maxSize
	}
	return 0
}

// ParseAlgorithm reads a token of the algorithm parameter in any case. The error is ErrAlgorithm.
func ParseAlgorithm(token string) (Algorithm, error) {
	for a := MD5; a <= SHA512256; a++ {
		if strings.EqualFold(token, algorithmTokens[a]) {
			return a, nil
		}
	}
	return 0, ErrAlgorithm
}

// MarshalText is the token; ErrAlgorithm for no algorithm.
func (a Algorithm) MarshalText() ([]byte, error) {
	if !a.Valid() {
		return nil, ErrAlgorithm
	}
	return []byte(algorithmTokens[a]), nil
}

// UnmarshalText is ParseAlgorithm.
func (a *Algorithm) UnmarshalText(text []byte) error {
	parsed, err := ParseAlgorithm(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// sum hashes data into the first Size bytes.
func (a Algorithm) sum(data []byte) (out [maxSize]byte) {
	switch a {
	case MD5:
		short := md5.Sum(data)
		copy(out[:], short[:])
	case SHA256:
		out = sha256.Sum256(data)
	case SHA512256:
		out = sha512.Sum512_256(data)
	}
	return out
}

// appendHash appends the hash of data in lower case hexadecimal (RFC 8760 §2.2).
func (a Algorithm) appendHash(dst, data []byte) []byte {
	sum := a.sum(data)
	return appendHex(dst, sum[:a.Size()])
}

const hexDigits = "0123456789abcdef"

func appendHex(dst, data []byte) []byte {
	for _, octet := range data {
		dst = append(dst, hexDigits[octet>>4], hexDigits[octet&15])
	}
	return dst
}

// hexValue is the value of one hexadecimal digit of either case, -1 if it isn't one.
func hexValue(digit byte) int {
	switch {
	case digit >= '0' && digit <= '9':
		return int(digit - '0')
	case digit >= 'a' && digit <= 'f':
		return int(digit-'a') + 10
	case digit >= 'A' && digit <= 'F':
		return int(digit-'A') + 10
	}
	return -1
}

// parseHash reads exactly size bytes in hexadecimal; false if text is anything else.
func parseHash(text string, size int) (out [maxSize]byte, ok bool) {
	if len(text) != 2*size || size > maxSize {
		return out, false
	}
	for i := range size {
		high, low := hexValue(text[2*i]), hexValue(text[2*i+1])
		if high < 0 || low < 0 {
			return out, false
		}
		out[i] = byte(high<<4 | low)
	}
	return out, true
}
