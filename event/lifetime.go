package event

import (
	"math"
	"time"
)

// MaxLifetime bounds every subscription and publication, and what Retry-After is believed.
const MaxLifetime = 24 * time.Hour

// Terms are the lifetimes that a notifier or compositor grants. The zero value grants
// whatever is asked, up to MaxLifetime.
type Terms struct {
	Minimum time.Duration // what is shorter gets 423, unless it is an hour or more; 0: no minimum
	Maximum time.Duration // what is longer is shortened; 0, or more than MaxLifetime: MaxLifetime
	Default time.Duration // where the request does not say; 0: an hour
}

// grant decides on a lifetime. brief tells that it is refused with 423, and the lifetime is
// then the one for Min-Expires.
func (t Terms) grant(seconds uint32, said bool) (lifetime time.Duration, brief bool) {
	longest := t.Maximum
	if longest <= 0 || longest > MaxLifetime {
		longest = MaxLifetime
	}
	if !said {
		lifetime = t.Default
		if lifetime <= 0 {
			lifetime = time.Hour
		}
		return min(lifetime, longest), false
	}
	lifetime = time.Duration(seconds) * time.Second
	// RFC 6665 §4.2.1.1: only what is greater than zero and smaller than one hour is too brief.
	if lifetime > 0 && lifetime < time.Hour && lifetime < t.Minimum {
		return t.Minimum, true
	}
	return min(lifetime, longest), false
}

// seconds rounds down to whole seconds, so that nothing is promised that does not last.
func seconds(d time.Duration) uint32 {
	return uint32(min(max(d/time.Second, 0), math.MaxUint32))
}

// roundUp rounds up to whole seconds, for Min-Expires and Retry-After.
func roundUp(d time.Duration) uint32 { return seconds(d + time.Second - 1) }

// earliest is the first of the times that are not zero.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, at := range times {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}
