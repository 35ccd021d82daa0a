package guess

import (
	"math/bits"
	"time"
)

// ways is how many accounts share a set.
const ways = 4

// account counts the failures of what its key stands for. The zero value is a free one.
// It is worth nothing after forgiven, which is its measure when one must give way.
type account struct {
	key      uint64
	next     int64 // nanoseconds; nothing is evaluated before
	failures int32
	forgive  int32 // milliseconds of quiet that take one failure back
}

func (a *account) forgiven() int64 {
	return a.next + int64(a.failures)*int64(a.forgive)*int64(time.Millisecond)
}

// accounts is a fixed hash table of sets; keys are keyed hashes.
type accounts struct {
	all   []account
	shift int
}

func newAccounts(number int) accounts {
	return accounts{all: make([]account, number), shift: 64 - bits.TrailingZeros(uint(number/ways))}
}

func (t *accounts) set(key uint64) []account {
	first := key >> t.shift * ways
	return t.all[first : first+ways]
}

func (t *accounts) find(key uint64) *account {
	set := t.set(key)
	for i := range set {
		if set[i].key == key {
			return &set[i]
		}
	}
	return nil
}

// claim finds an account or makes one in place of the one that is forgiven soonest.
func (t *accounts) claim(key uint64) *account {
	if found := t.find(key); found != nil {
		return found
	}
	set := t.set(key)
	least := &set[0]
	for i := range set[1:] {
		if each := &set[1+i]; each.forgiven() < least.forgiven() {
			least = each
		}
	}
	*least = account{key: key}
	return least
}

// open tells whether an account lets a guess through.
func (t *accounts) open(key uint64, now int64) bool {
	found := t.find(key)
	return found == nil || now >= found.next
}

// backing tells whether an account has used up its free failures.
func (t *accounts) backing(key uint64, now int64, pace Pace) bool {
	found := t.find(key)
	return found != nil && found.standing(now) > pace.Free
}

// standing is how many failures are not yet forgiven.
func (a *account) standing(now int64) int {
	quiet := max(now-a.next, 0)
	if a.forgive <= 0 {
		return int(a.failures)
	}
	return int(max(int64(a.failures)-quiet/(int64(a.forgive)*int64(time.Millisecond)), 0))
}

// fail counts a failure. Failures beyond the longest wait aren't counted: they would only
// lengthen forgiveness.
func (t *accounts) fail(key uint64, now int64, pace Pace) {
	a := t.claim(key)
	before := a.standing(now)
	a.failures = int32(before)
	if before <= pace.Free || pace.wait(before) < pace.Longest {
		a.failures++
	}
	a.next = now + int64(pace.wait(int(a.failures)))
	a.forgive = int32(pace.Forgive / time.Millisecond)
}

// wait is how long nothing is evaluated after so many failures.
func (p Pace) wait(failures int) time.Duration {
	beyond := failures - p.Free
	if beyond <= 0 {
		return 0
	}
	return min(p.First<<min(beyond-1, maxDoublings), p.Longest)
}

// maxDoublings keeps the shift within an int64 for any First up to two hours.
const maxDoublings = 20

// patient tells whether nobody asked under this key for [Quiet], and asks.
func (t *accounts) patient(key uint64, now int64) bool {
	a := t.claim(key)
	quiet := now >= a.next
	a.next = now + int64(Quiet)
	return quiet
}
