package guess

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/dchest/siphash"
)

// Guesses keeps the accounts. It belongs to one owner at a time.
type Guesses struct {
	limits     Limits
	key0, key1 uint64

	start    time.Time // the first time ever passed in
	failures accounts
	owners   recent[owner]  // by user
	proven   recent[uint32] // by prefix: the second of the last success
	unproven int64          // when that bucket is full again, in nanoseconds
	counts   Counts
	buffer   [MaxUser + 24]byte // what is hashed
}

// Counts is what happened so far.
type Counts struct {
	Allowed         uint64
	RefusedGood     uint64 // a good address, or near one, with too many failures of its own
	RefusedUser     uint64 // too many failures of the user's, from elsewhere
	RefusedPrefix   uint64
	RefusedUnproven uint64
	Failed          uint64
	Succeeded       uint64
}

// Withheld is how many questions were refused.
func (c Counts) Withheld() uint64 {
	return c.RefusedGood + c.RefusedUser + c.RefusedPrefix + c.RefusedUnproven
}

// Add counts what happened elsewhere, too.
func (c *Counts) Add(other Counts) {
	c.Allowed += other.Allowed
	c.RefusedGood += other.RefusedGood
	c.RefusedUser += other.RefusedUser
	c.RefusedPrefix += other.RefusedPrefix
	c.RefusedUnproven += other.RefusedUnproven
	c.Failed += other.Failed
	c.Succeeded += other.Succeeded
}

// New makes accounts without any failure. The key is secret and random: it decides who
// shares an account's place with whom.
func New(limits Limits, key [16]byte) *Guesses {
	return &Guesses{
		limits:   limits.withDefaults(),
		key0:     binary.LittleEndian.Uint64(key[:8]),
		key1:     binary.LittleEndian.Uint64(key[8:]),
		failures: newAccounts(Accounts),
		owners:   newRecent[owner](MaxOwners),
		proven:   newRecent[uint32](MaxProven),
	}
}

// Counts is what happened so far.
func (g *Guesses) Counts() Counts { return g.counts }

// at is our time: nanoseconds since the first time passed in.
func (g *Guesses) at(now time.Time) int64 {
	if g.start.IsZero() {
		g.start = now
	}
	return int64(max(now.Sub(g.start), 0))
}

func second(at int64) uint32 { return uint32(at/int64(time.Second)) + 1 }

// source is an address, as hashes. Address is what a user has to themselves: an IPv4
// address, an IPv6 /64. Prefix is what one attacker may well have: a /24, a /48. Site is
// what attackers are counted by where they crowd: an IPv4 address, which costs money, and
// an IPv6 /48.
type source struct{ address, prefix, site uint64 }

// What a hash is about, so that no two kinds share an account.
const (
	ofUser = iota + 1
	ofAddress
	ofPrefix
	ofGood
	ofNear
	ofRival
	ofSite
)

func (g *Guesses) source(ip netip.Addr) source {
	ip = ip.Unmap()
	bytes := ip.As16()
	high, low := binary.BigEndian.Uint64(bytes[:8]), binary.BigEndian.Uint64(bytes[8:])
	if ip.Is4() {
		address := g.hash(ofAddress, high, low)
		return source{address: address, prefix: g.hash(ofPrefix, high, low>>8), site: address}
	}
	prefix := g.hash(ofPrefix, high>>16, 0)
	return source{address: g.hash(ofAddress, high, 0), prefix: prefix, site: prefix}
}

func (g *Guesses) user(name string) uint64 {
	g.buffer[0] = ofUser
	length := 1 + copy(g.buffer[1:1+MaxUser], name)
	return siphash.Hash(g.key0, g.key1, g.buffer[:length])
}

func (g *Guesses) hash(kind byte, first, second uint64) uint64 {
	g.buffer[0] = kind
	binary.LittleEndian.PutUint64(g.buffer[1:], first)
	binary.LittleEndian.PutUint64(g.buffer[9:], second)
	return siphash.Hash(g.key0, g.key1, g.buffer[:17])
}
