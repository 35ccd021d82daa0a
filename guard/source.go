package guard

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// address is an IP address as two words, IPv4 as IPv4-mapped (RFC 4291 §2.5.5.2).
type address struct{ high, low uint64 }

const mapped = 0xffff // the upper half of low for IPv4

func addressOf(ip netip.Addr) address {
	bytes := ip.As16()
	return address{high: binary.BigEndian.Uint64(bytes[:8]), low: binary.BigEndian.Uint64(bytes[8:])}
}

func (a address) is4() bool { return a.high == 0 && a.low>>32 == mapped }

// prefix is who shares one bucket: an IPv4 address, or an IPv6 /64, which is what one
// site has at least (RFC 6177).
func (a address) prefix() address {
	if !a.is4() {
		a.low = 0
	}
	return a
}

// seed keys the hash, so that nobody outside knows who shares a set.
type seed [4]uint64

// newSeed takes the key apart; the constants keep a key of zeros usable.
func newSeed(key [16]byte) seed {
	first, second := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	return seed{
		first ^ 0xa0761d6478bd642f,
		second ^ 0xe7037ed1a0b428db,
		bits.RotateLeft64(first, 32) ^ 0x8ebc6af09c88c6e3,
		bits.RotateLeft64(second, 32) ^ 0x589965cc75374cc3,
	}
}

// hash is never zero. It is a keyed hash by folded multiplication: enough where the
// result is never seen outside.
func (s *seed) hash(a address, port uint64) uint64 {
	return fold(fold(a.high^s[0], a.low^s[1])^s[2], port^s[3]) | 1
}

func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// prefixPort stands for "any port" where a whole prefix is hashed; no real port.
const prefixPort = 1 << 16

func (s *seed) prefixKey(a address) uint64            { return s.hash(a.prefix(), prefixPort) }
func (s *seed) flowKey(a address, port uint16) uint64 { return s.hash(a, uint64(port)) }
