package guard

import (
	"fmt"
	"time"
)

// Rate is a token bucket: PerSecond tokens a second, Burst at once. A datagram costs one
// token, and one more for every full 2 KiB.
//
// The zero value stands for the default; a negative PerSecond for no limit.
type Rate struct {
	PerSecond int // at most MaxRate
	Burst     int // at least MinBurst, at most MaxBurst
}

// Bounds of a Rate.
const (
	MaxRate  = 1_000_000
	MinBurst = 64 // the largest datagram costs 32 tokens
	MaxBurst = 1_000_000
)

// Limits are what each class of source may send. The zero value is [DefaultLimits].
type Limits struct {
	// Stranger is for a prefix without standing.
	Stranger Rate
	// Neighbour is for what comes from the prefix of a live flow, but not on a flow.
	Neighbour Rate
	// Flow is for one address and port that was vouched for.
	Flow Rate
	// Strangers is what all prefixes without standing may send together.
	Strangers Rate
}

// DefaultLimits says what the defaults are, and why:
//
//   - Stranger 200/s, burst 2,000. An office of 500 phones behind one address that come up
//     together sends 500 REGISTERs and 500 more with credentials; with two lines each,
//     2,000, which fit the burst even if no authentication had succeeded meanwhile. The
//     first that does makes the office a neighbour. Alone, a flooder costs 200
//     challenges a second, some thousandths of a core, so that nothing is gained by a ban
//     that a forger could turn against others.
//   - Neighbour 2,000/s, burst 20,000: ten such offices, or 300 calls/s from a peer that
//     sends from another port than it registers from.
//   - Flow 10,000/s, burst 20,000: some 1,600 calls/s from one peer that authenticates,
//     and a part only of what one core serves. Peers above that are listed as trusted.
//   - Strangers 20,000/s, burst 20,000: at some 10 µs for parsing and a stateless
//     challenge, a fifth of a core. 100,000 phones that all lost their standing are
//     challenged in five seconds.
var DefaultLimits = Limits{
	Stranger:  Rate{PerSecond: 200, Burst: 2_000},
	Neighbour: Rate{PerSecond: 2_000, Burst: 20_000},
	Flow:      Rate{PerSecond: 10_000, Burst: 20_000},
	Strangers: Rate{PerSecond: 20_000, Burst: 20_000},
}

// Sizes of the tables, in entries of 16 bytes, by four to a set: 17 MiB together.
const (
	strangerEntries = 1 << 16
	standingEntries = 1 << 19
	flowEntries     = 1 << 19
)

// perToken is how many bytes one token carries.
const perToken = 2 << 10

// refund is what a success pays back to its prefix, in stranger's tokens: the request
// without credentials, the one with them, and a retransmission of each.
const refund = 4

// withDefaults fills in what is zero.
func (l Limits) withDefaults() Limits {
	or := func(rate, fallback Rate) Rate {
		if rate == (Rate{}) {
			return fallback
		}
		return rate
	}
	return Limits{
		Stranger:  or(l.Stranger, DefaultLimits.Stranger),
		Neighbour: or(l.Neighbour, DefaultLimits.Neighbour),
		Flow:      or(l.Flow, DefaultLimits.Flow),
		Strangers: or(l.Strangers, DefaultLimits.Strangers),
	}
}

// Validate tells which limit is out of bounds.
func (l Limits) Validate() error {
	l = l.withDefaults()
	for _, each := range []struct {
		name string
		rate Rate
	}{{"stranger", l.Stranger}, {"neighbour", l.Neighbour}, {"flow", l.Flow}, {"strangers", l.Strangers}} {
		if err := each.rate.validate(); err != nil {
			return fmt.Errorf("guard: limit for %s: %w", each.name, err)
		}
	}
	return nil
}

func (r Rate) validate() error {
	switch {
	case r.PerSecond < 0:
		return nil
	case r.PerSecond == 0 || r.PerSecond > MaxRate:
		return fmt.Errorf("%d per second is not within 1 to %d", r.PerSecond, MaxRate)
	case r.Burst < MinBurst || r.Burst > MaxBurst:
		return fmt.Errorf("a burst of %d is not within %d to %d", r.Burst, MinBurst, MaxBurst)
	}
	return nil
}

// bucket is a Rate in microseconds: a token takes cost to come back, and a full bucket
// holds window.
type bucket struct{ cost, window uint64 }

func (r Rate) bucket() bucket {
	if r.PerSecond < 0 {
		return bucket{}
	}
	cost := uint64(time.Second/time.Microsecond) / uint64(r.PerSecond)
	return bucket{cost: cost, window: cost * uint64(r.Burst)}
}
