package event

import "time"

// Response is the final response to a SUBSCRIBE or PUBLISH; a Code of 408 stands for none
// that came.
type Response struct {
	Code       int
	Expires    uint32 // seconds
	HasExpires bool
	MinExpires uint32 // seconds, of a 423; 0 without one
	RetryAfter uint32 // seconds; 0 without one
	ETag       string // of a 2xx to PUBLISH
}

// Answered tells the final response to a SUBSCRIBE that Step gave; one to an older SUBSCRIBE
// than the newest is left out. Challenges and redirections are the owner's: one that is told
// here was of no use, and ends it.
func (s *Subscriber) Answered(now time.Time, ask Ask, response Response) {
	if s.stage == Closed || !s.asking || ask.serial != s.serial {
		return
	}
	s.asking = false
	switch {
	case 200 <= response.Code && response.Code < 300:
		s.accepted(now, response)
	case s.stage == Leaving:
		s.close(Failure{}) // whatever stands there will expire
	case response.Code == 423 && s.lengthen(response.MinExpires):
		s.at, s.timerN = now, time.Time{}
		if s.stage == Waiting {
			s.stage = Resting
		}
	case s.stage == Subscribed:
		s.refused(now, response)
	case hopeless(response.Code):
		s.close(Failure{Code: response.Code})
	default:
		s.lost(now, Failure{Code: response.Code}, s.pause(response))
	}
}

// accepted: RFC 6665 §4.1.2.1: Expires says how long, never more than was asked for. State
// comes with a NOTIFY; it may have come already.
func (s *Subscriber) accepted(now time.Time, response Response) {
	if s.stage == Leaving || s.lifetime == 0 {
		return
	}
	granted := s.lifetime
	if response.HasExpires {
		granted = min(time.Duration(response.Expires)*time.Second, s.lifetime)
	}
	if response.Code == 204 { // RFC 5839 §6.3: no NOTIFY follows
		s.timerN = time.Time{}
	}
	s.last(now, granted)
}

// last sets when the subscription ends, and when to refresh it before.
func (s *Subscriber) last(now time.Time, granted time.Duration) {
	s.expires = now.Add(granted)
	s.at = now.Add(refreshAfter(granted))
}

// refreshAfter leaves a tenth of the lifetime, and at least Timer N, for the refresh; half
// of a lifetime that is too short for that.
func refreshAfter(granted time.Duration) time.Duration {
	lead := max(granted/10, TimerN)
	return granted - min(lead, granted/2)
}

// refused: a refresh failed. RFC 6665 §4.1.2.2: some codes end the subscription; with any
// other it stands until it expires.
func (s *Subscriber) refused(now time.Time, response Response) {
	s.timerN = time.Time{}
	switch {
	case response.Code == 481:
		s.lost(now, Failure{Code: 481}, s.atOnce(now))
	case hopeless(response.Code) && endsUsage(response.Code):
		s.close(Failure{Code: response.Code})
	case endsUsage(response.Code):
		s.lost(now, Failure{Code: response.Code}, s.pause(response))
	case hopeless(response.Code):
		s.once, s.at, s.failure = true, time.Time{}, Failure{Code: response.Code}
	default:
		s.at = now.Add(s.pause(response))
	}
}

// pause is how long to wait after a failure that may pass.
func (s *Subscriber) pause(response Response) time.Duration {
	wait := s.backOff()
	if response.RetryAfter > 0 {
		wait = min(time.Duration(response.RetryAfter)*time.Second, MaxLifetime)
	}
	return wait
}

// atOnce is no wait at all for a subscription that lasted, and a growing one where the
// notifier ends each as soon as it began.
func (s *Subscriber) atOnce(now time.Time) time.Duration {
	if !s.begun.IsZero() && now.Sub(s.begun) >= TimerN {
		s.failures = 0
		return 0
	}
	if s.failures == 0 {
		s.failures++
		return 0
	}
	return s.backOff()
}

// lengthen takes the lifetime that a 423 wants; false when it wants none that is longer.
func (s *Subscriber) lengthen(minimum uint32) bool {
	wanted := time.Duration(minimum) * time.Second
	if wanted <= s.lifetime || wanted > MaxLifetime || s.lifetime == 0 {
		return false
	}
	s.lifetime = wanted
	return true
}

// hopeless tells the responses that the same request would get again: the resource is
// none, the package or method is not known (489, 405, 501), or we may not.
func hopeless(code int) bool {
	switch code {
	case 400, 401, 402, 403, 404, 405, 406, 407, 410, 413, 414, 415, 416, 420, 421, 423, 484, 485, 489, 501, 505, 513, 603, 604, 606:
		return true
	}
	return 300 <= code && code < 400
}
