package guess

import "time"

// Pace is how an account of failures backs off.
type Pace struct {
	Free    int           // failures without any wait
	First   time.Duration // the wait after the next one; it doubles with each further one
	Longest time.Duration // where doubling ends
	Forgive time.Duration // quiet, after the wait, that takes one failure back
}

// Limits are the paces. Zero fields take those of [DefaultLimits].
type Limits struct {
	// User is for guesses at one user from elsewhere, from all addresses together.
	User Pace
	// Prefix is for guesses at any user from elsewhere, from one /24 or /48.
	Prefix Pace
	// Good is for one user at a good address, or at the addresses near one.
	Good Pace
	// UnprovenBurst and UnprovenEvery bound failures from all prefixes together where no
	// user has succeeded: a burst, and one more in every interval.
	UnprovenBurst int
	UnprovenEvery time.Duration
}

// DefaultLimits says what the defaults are, and why:
//
//   - User: five typing errors cost nothing; in the first minute of an attack ten guesses
//     are evaluated, then one a minute, half a million a year. An owner at a new address
//     waits at most a minute when the attack is over.
//   - Prefix: ten free for an office of many users, and never more than ten seconds between two
//     chances, so that phones with old passwords don't keep a new one out for long.
//   - Good: a phone with an old password is evaluated four times a minute at most, and an
//     owner who shares the address with an attacker gets in 15 s after the attack.
//   - Unproven: 30 and one every two seconds make at most 60 in a minute, whatever number
//     of users and prefixes the guesses are spread over; the aim is 100.
var DefaultLimits = Limits{
	User:          Pace{Free: 5, First: time.Second, Longest: time.Minute, Forgive: time.Minute},
	Prefix:        Pace{Free: 10, First: time.Second, Longest: 10 * time.Second, Forgive: 10 * time.Second},
	Good:          Pace{Free: 10, First: time.Second, Longest: 15 * time.Second, Forgive: 15 * time.Second},
	UnprovenBurst: 30,
	UnprovenEvery: 2 * time.Second,
}

const (
	// GoodAddresses is how many good addresses of a user are remembered: the latest.
	GoodAddresses = 4
	// MaxUser is how many bytes of a user's name tell it from others.
	MaxUser = 256
	// GoodFor is how long an address stays good, and a prefix proven, after the last success.
	GoodFor = 14 * 24 * time.Hour
	// Quiet is for how long a source must not have tried, to be heard where guesses crowd.
	Quiet = 10 * time.Second

	// MaxOwners bounds the users with good addresses, which only successes add to. Beyond
	// it, those who succeeded longest ago are forgotten.
	MaxOwners = 1 << 17
	// MaxProven bounds the proven prefixes, in the same way.
	MaxProven = 1 << 16
	// Accounts is how many accounts of failures there are, of 24 bytes. Beyond it, the one
	// that would be forgiven soonest gives way.
	Accounts = 1 << 14
)

func (l Limits) withDefaults() Limits {
	or := func(pace, fallback Pace) Pace {
		if pace == (Pace{}) {
			return fallback
		}
		return pace
	}
	l.User = or(l.User, DefaultLimits.User)
	l.Prefix = or(l.Prefix, DefaultLimits.Prefix)
	l.Good = or(l.Good, DefaultLimits.Good)
	if l.UnprovenBurst <= 0 {
		l.UnprovenBurst = DefaultLimits.UnprovenBurst
	}
	if l.UnprovenEvery <= 0 {
		l.UnprovenEvery = DefaultLimits.UnprovenEvery
	}
	return l
}
