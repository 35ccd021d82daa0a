package guard

import (
	"math/bits"
	"sync/atomic"
)

// ways is how many slots share a set: four of 16 bytes are one cache line.
const ways = 4

// table is a fixed hash table of sets. Any number of goroutines may use it; every word
// is atomic and no two words must agree, so the worst of a race is a packet counted to
// the wrong entry, once.
type table struct {
	slots []slot
	shift int
}

// slot is one entry: the keyed hash of what it is about, zero when free, and its state.
//
// The low 40 bits of the state are when its bucket is full again, in microseconds modulo
// 2^40 (the theoretical arrival time of the generic cell rate algorithm, ITU-T I.371).
// The high 24 bits are until when it has standing or is banned, in steps of 2^24 µs.
type slot struct{ key, state atomic.Uint64 }

const (
	fullBits  = 40
	fullMask  = 1<<fullBits - 1
	stepBits  = 24
	maxSteps  = 1<<stepBits - 1
	slotBytes = 16
)

// lag is by how many microseconds one reader's time may be behind another's: 10 s. A
// bucket that is full again later than lag allows was last used 12.7 days ago.
const lag = 10_000_000

func newTable(entries int) table {
	sets := entries / ways
	return table{slots: make([]slot, entries), shift: 64 - bits.TrailingZeros(uint(sets))}
}

func (t *table) set(key uint64) []slot {
	first := key >> t.shift * ways
	return t.slots[first : first+ways : first+ways]
}

// find is the entry of a key, or nil.
func (t *table) find(key uint64) *slot {
	set := t.set(key)
	for i := range set {
		if set[i].key.Load() == key {
			return &set[i]
		}
	}
	return nil
}

// claim is the entry of a key; a new one takes the slot in its set that says least: a
// free one, or the one that will soonest say nothing.
func (t *table) claim(key, now uint64) *slot {
	set := t.set(key)
	least, fewest := &set[0], ^uint64(0)
	for i := range set {
		switch set[i].key.Load() {
		case key:
			return &set[i]
		case 0:
			if fewest > 0 {
				least, fewest = &set[i], 0
			}
		default:
			if says := set[i].says(now); says+1 < fewest {
				least, fewest = &set[i], says+1
			}
		}
	}
	least.key.Store(key)
	least.state.Store(now & fullMask)
	return least
}

// says is for how many microseconds longer the entry differs from none.
func (s *slot) says(now uint64) uint64 {
	state := s.state.Load()
	if until := state >> fullBits << stepBits; until > now {
		return until - now
	}
	return debt(state, now)
}

// live tells whether standing, or a ban, holds at now.
func (s *slot) live(now uint64) bool {
	return s.state.Load()>>fullBits > now>>stepBits
}

// debt is how many microseconds the bucket lacks to be full.
func debt(state, now uint64) uint64 {
	ahead := (state - now) & fullMask
	if ahead >= 1<<(fullBits-1) { // it was full before now
		return 0
	}
	return ahead
}

// take takes tokens, all or none.
func (s *slot) take(now, tokens uint64, from bucket) bool {
	cost := tokens * from.cost
	if cost == 0 {
		return true
	}
	for {
		state := s.state.Load()
		owed := debt(state, now)
		if owed > from.window+lag { // a stale time that came round again
			owed = 0
		}
		owed += cost
		if owed > from.window {
			return false
		}
		if s.state.CompareAndSwap(state, state&^fullMask|(now+owed)&fullMask) {
			return true
		}
	}
}

// raise makes the entry live until a time, if it is not already for longer, and pays
// microseconds back.
func (s *slot) raise(now, until, back uint64) {
	steps := min(until>>stepBits+1, maxSteps)
	for {
		state := s.state.Load()
		owed := debt(state, now)
		owed -= min(owed, back)
		next := max(steps, state>>fullBits)<<fullBits | (now+owed)&fullMask
		if s.state.CompareAndSwap(state, next) {
			return
		}
	}
}
