package proxy

import (
	"math/bits"
	"time"
)

// Sizes of a rateTable: entries of 16 octets, by four to a set. Who comes into a full set takes the place of
// whoever would soonest have been forgotten; who loses it begins with a full bucket again.
const (
	rateEntries = 1 << 13
	rateWays    = 4
)

// rate is a token bucket: one request each, so many at once.
type rate struct {
	each  time.Duration // a token takes that long to come back
	burst int64
}

// rateEntry is one bucket. The zero value is free.
type rateEntry struct {
	key  uint64
	full int64 // nanoseconds since 1970; it is full again then
}

// rateTable has buckets by keyed hashes of whom they are for. Made at its first use.
type rateTable struct{ entries []rateEntry }

// take takes one token; false when there is none.
func (t *rateTable) take(now time.Time, key uint64, from rate) bool {
	if t.entries == nil {
		t.entries = make([]rateEntry, rateEntries)
	}
	at, entry := now.UnixNano(), t.claim(key)
	owed := max(entry.full-at, 0) + int64(from.each)
	if owed > int64(from.each)*from.burst {
		return false
	}
	entry.full = at + owed
	return true
}

// claim finds the bucket of a key, or makes a full one.
func (t *rateTable) claim(key uint64) *rateEntry {
	shift := 64 - bits.TrailingZeros(rateEntries/rateWays)
	first := key >> shift * rateWays
	set := t.entries[first : first+rateWays]
	least := &set[0]
	for i := range set {
		if set[i].key == key {
			return &set[i]
		}
		if set[i].full < least.full {
			least = &set[i]
		}
	}
	*least = rateEntry{key: key}
	return least
}
