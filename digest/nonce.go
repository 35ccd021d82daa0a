package digest

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/dchest/siphash"
)

const (
	// Lifetime is how long a nonce is good for where the server sets nothing else.
	Lifetime = 5 * time.Minute
	// MaxAhead is how far in the future a nonce may have been issued, for clocks that are
	// corrected and for nodes that differ.
	MaxAhead = 10 * time.Second
	// NonceLength is the length of a nonce in characters. Up to 32 the compiler keeps
	// Challenge{Nonce: string(text)}.Append off the heap.
	NonceLength = 32
)

const (
	payloadSize = 14 // bytes: 6 of milliseconds since 1970, 8 of salt
	// macSize is the length of the MAC in bytes. RFC 2104 §5: at least half of the whole
	// and at least 80 bits.
	macSize   = 10
	nonceSize = payloadSize + macSize

	maxIssued = 1<<48 - 1 // milliseconds, in the year 10889
)

// Labels keep apart what the same key is used for.
const (
	labelNonce = 'n'
	labelDecoy = 'd'
)

// Key is the secret of a domain for nonces and decoys: random, kept in the store, the same
// on all nodes. A new key makes every nonce Forged.
type Key [16]byte

func (k *Key) low() uint64  { return binary.LittleEndian.Uint64(k[:8]) }
func (k *Key) high() uint64 { return binary.LittleEndian.Uint64(k[8:]) }

// String hides the secret.
func (k Key) String() string { return "Key" }

// GoString hides the secret from %#v.
func (k Key) GoString() string { return "Key" }

// Verdict is what becomes of a nonce or of one use of it. The zero value is none.
type Verdict uint8

const (
	// Fresh nonces and uses pass.
	Fresh Verdict = iota + 1
	// Stale nonces are ours, but too old, from the future, or out of the user's Windows.
	// The answer is a challenge with Stale set.
	Stale
	// Forged nonces were never issued, or for something else. The answer is a challenge.
	Forged
	// Replayed uses have an nc that was used before, or that is too far behind to tell.
	// The answer is a challenge with Stale set: the owner goes on, the thief gains nothing.
	Replayed
)

var verdictNames = [...]string{Fresh: "fresh", Stale: "stale", Forged: "forged", Replayed: "replayed"}

// String is the verdict in a word.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) && verdictNames[v] != "" {
		return verdictNames[v]
	}
	return "unknown"
}

// Class is a group of methods that may share a nonce.
type Class uint8

// The classes. A nonce of one is Forged in the other, so what is captured of a
// registration is of no use for calls.
const (
	Register Class = iota + 1 // REGISTER
	Other                     // every other method
)

// Binding is what a nonce was issued for; it is good for nothing else.
type Binding struct {
	Realm string
	Class Class
	// Source tells classes of senders apart (a listener, an address prefix); 0 if it doesn't matter.
	Source uint64
}

// Nonce names a nonce we issued.
type Nonce struct {
	Issued int64 // milliseconds since 1970, from 0 to 2^48-1
	Salt   uint64
}

// Nonces issues and checks nonces without remembering them, so a restart and another node
// with the same key change nothing. It never changes and may be shared.
//
// The MAC is SipHash-2-4 with 128 bits: a pseudo-random function made for short inputs
// under a secret key, and far cheaper than HMAC with a hash. All that a forger could gain in 2^80
// tries is a nonce of their own; they still need the HA1 to answer it.
type Nonces struct {
	key      Key
	lifetime time.Duration
}

// NewNonces makes Nonces whose nonces live for lifetime; 0 and below mean Lifetime.
func NewNonces(key Key, lifetime time.Duration) Nonces {
	if lifetime <= 0 {
		lifetime = Lifetime
	}
	return Nonces{key: key, lifetime: lifetime}
}

// Lifetime is how long its nonces are good for.
func (n *Nonces) Lifetime() time.Duration { return n.lifetime }

// Append appends a new nonce: NonceLength characters of base64url. The salt tells apart
// nonces of the same millisecond; a counter will do.
func (n *Nonces) Append(dst []byte, now time.Time, binding Binding, salt uint64) []byte {
	var nonce [nonceSize]byte
	appendPayload(nonce[:0], Nonce{Issued: milliseconds(now), Salt: salt})
	mac := n.mac(nonce[:payloadSize], binding)
	copy(nonce[payloadSize:], mac[:])
	return base64.RawURLEncoding.AppendEncode(dst, nonce[:])
}

// Check reads a nonce that came back: Forged unless issued with this key for this binding,
// Stale if older than the lifetime or from over MaxAhead in the future, else Fresh.
func (n *Nonces) Check(now time.Time, nonce string, binding Binding) (Nonce, Verdict) {
	if len(nonce) != NonceLength {
		return Nonce{}, Forged
	}
	var text [NonceLength]byte
	var raw [nonceSize]byte
	copy(text[:], nonce)
	// Decode skips line ends, and then it is short of bytes.
	if size, err := base64.RawURLEncoding.Decode(raw[:], text[:]); err != nil || size != nonceSize {
		return Nonce{}, Forged
	}
	mac := n.mac(raw[:payloadSize], binding)
	if subtle.ConstantTimeCompare(mac[:], raw[payloadSize:]) != 1 {
		return Nonce{}, Forged
	}
	parsed := parsePayload(raw[:payloadSize])
	age := milliseconds(now) - parsed.Issued
	if age > n.lifetime.Milliseconds() || age < -MaxAhead.Milliseconds() {
		return parsed, Stale
	}
	return parsed, Fresh
}

// mac is the MAC over what a nonce says and what it is bound to.
func (n *Nonces) mac(payload []byte, binding Binding) (mac [macSize]byte) {
	var scratch [scratchSize]byte
	data := append(scratch[:0], labelNonce, byte(binding.Class))
	data = binary.LittleEndian.AppendUint64(data, binding.Source)
	data = append(data, payload...)
	data = append(data, binding.Realm...) // last: all before has a fixed length
	var whole [16]byte
	first, second := siphash.Hash128(n.key.low(), n.key.high(), data)
	binary.LittleEndian.PutUint64(whole[:8], first)
	binary.LittleEndian.PutUint64(whole[8:], second)
	copy(mac[:], whole[:])
	return mac
}

// milliseconds is a time as nonces tell it.
func milliseconds(t time.Time) int64 { return min(max(t.UnixMilli(), 0), maxIssued) }

func appendPayload(dst []byte, nonce Nonce) []byte {
	var issued [8]byte
	binary.BigEndian.PutUint64(issued[:], uint64(nonce.Issued))
	dst = append(dst, issued[2:]...)
	return binary.BigEndian.AppendUint64(dst, nonce.Salt)
}

// parsePayload reads the first payloadSize bytes of data.
func parsePayload(data []byte) Nonce {
	var issued [8]byte
	copy(issued[2:], data[:6])
	return Nonce{
		Issued: int64(binary.BigEndian.Uint64(issued[:])),
		Salt:   binary.BigEndian.Uint64(data[6:payloadSize]),
	}
}
