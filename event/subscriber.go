package event

import (
	"time"

	"hookflash/sip"
)

// How a subscriber waits.
const (
	TimerN     = 32 * time.Second // 64*T1: a SUBSCRIBE brings a NOTIFY within it (RFC 6665 §4.1.2.4)
	FirstRetry = 5 * time.Second  // after a failure that may pass; doubled with each further one
	LastRetry  = 30 * time.Minute // and never more than that
)

// Stage is where a watcher's subscription stands (RFC 6665 §4.1.2).
type Stage uint8

const (
	// Resting: nothing stands at the notifier. A SUBSCRIBE leaves at the time in Next.
	Resting Stage = iota
	// Waiting is notify_wait: SUBSCRIBE was sent. A NOTIFY makes it Pending or Active; Timer N
	// or a failure response ends it.
	Waiting
	// Subscribed: a NOTIFY said pending or active. It is refreshed in time; a NOTIFY that says
	// terminated, some failure responses to a refresh (RFC 6665 §4.1.2.2), Timer N and its
	// expiry end it.
	Subscribed
	// Leaving: SUBSCRIBE with Expires zero is to be sent or was. The final NOTIFY or Timer N
	// ends it.
	Leaving
	// Closed: over, and nothing more is sent. Failure says why, when it was not our wish.
	Closed
)

// Subscriber is a watcher's side of one subscription (RFC 6665 §4.1): it asks, refreshes,
// and asks again where the notifier's end of it allows that. It belongs to one owner. The
// zero value is of no use: Subscribe, Fetch, Expect or Fork makes one.
type Subscriber struct {
	event    sip.Event
	lifetime time.Duration // asked for
	once     bool          // never asked again from the start
	stage    Stage
	state    string // as the last NOTIFY said; "" before one

	at       time.Time // when the next SUBSCRIBE is to be sent
	expires  time.Time // when the subscription ends unless refreshed
	timerN   time.Time // a NOTIFY must come by then
	forks    time.Time // until then a NOTIFY of another dialog belongs to the initial SUBSCRIBE
	begun    time.Time // the subscription's first NOTIFY came
	asking   bool      // a SUBSCRIBE was sent and not answered yet
	failures uint      // in a row
	sequence uint32    // CSeq of the newest NOTIFY
	heard    bool      // sequence is one
	serial   uint32    // of the newest Ask
	failure  Failure   // of Closed, or of the refresh after which none follows
}

// Failure is why a subscription is over for good: a response code, or the reason of the
// final NOTIFY. Zero: our own wish.
type Failure struct {
	Code   int
	Reason Reason
}

// Ask is a SUBSCRIBE to send.
type Ask struct {
	Event   sip.Event
	Expires uint32 // seconds; 0 ends the subscription, or fetches the state once
	// Initial asks for a SUBSCRIBE outside of any dialog, with a fresh Call-ID and From tag;
	// else it belongs in the subscription's dialog.
	Initial bool

	serial uint32
}

// Subscribe makes a subscription that is kept up until Unsubscribe; its first SUBSCRIBE is
// due at once. The lifetime is what is asked for, at most MaxLifetime; 0: an hour.
func Subscribe(now time.Time, event sip.Event, lifetime time.Duration) Subscriber {
	if lifetime <= 0 {
		lifetime = time.Hour
	}
	return Subscriber{event: event, lifetime: max(min(lifetime, MaxLifetime), time.Second), at: now}
}

// Fetch makes a subscription that asks for the state once (RFC 6665 §4.4.3).
func Fetch(now time.Time, event sip.Event) Subscriber {
	return Subscriber{event: event, once: true, at: now}
}

// Expect makes the subscription that our REFER brings with it (RFC 3515 §2.4.4): no
// SUBSCRIBE is sent but to refresh it, and it is over when the notifier says so.
func Expect(now time.Time, event sip.Event) Subscriber {
	return Subscriber{event: event, lifetime: Refer.Lifetime, once: true, stage: Waiting, timerN: now.Add(TimerN)}
}

// Fork makes the subscription for a NOTIFY that came in another dialog for the same
// SUBSCRIBE (RFC 6665 §4.1.4); ok is false when Timer N is over, which is answered with 481.
// It is refreshed in its own dialog, and not asked for again when it ends.
func (s *Subscriber) Fork(now time.Time) (fork Subscriber, ok bool) {
	if !now.Before(s.forks) || s.stage != Waiting && s.stage != Subscribed {
		return Subscriber{}, false
	}
	return Subscriber{event: s.event, lifetime: s.lifetime, once: true, stage: Waiting, timerN: s.forks}, true
}

// Unsubscribe ends the subscription; where one stands its SUBSCRIBE with Expires zero is due
// at once.
func (s *Subscriber) Unsubscribe(now time.Time) {
	switch s.stage {
	case Resting:
		s.close(Failure{})
	case Waiting, Subscribed:
		s.stage, s.at, s.once = Leaving, now, true
	case Leaving, Closed:
	}
}

// Stage is where the subscription stands.
func (s *Subscriber) Stage() Stage { return s.stage }

// State is what the last NOTIFY said: Pending, Active or Terminated; "" before one.
func (s *Subscriber) State() string { return s.state }

// Failure is why it is Closed.
func (s *Subscriber) Failure() Failure { return s.failure }

// Event is the subscription's Event.
func (s *Subscriber) Event() sip.Event { return s.event }

// Renew makes a refresh due at once, to get the whole state told again.
func (s *Subscriber) Renew(now time.Time) {
	if s.stage == Subscribed && !s.asking && s.timerN.IsZero() {
		s.at = now
	}
}

// Next is when Step is to be called; the zero time when nothing waits but for others.
func (s *Subscriber) Next() time.Time {
	switch {
	case s.stage == Closed:
		return time.Time{}
	case s.asking:
		return earliest(s.timerN, s.expires)
	}
	return earliest(s.at, s.timerN, s.expires)
}

// Step runs what is due and gives the SUBSCRIBE to send, if any.
func (s *Subscriber) Step(now time.Time) (Ask, bool) {
	switch {
	case s.stage == Closed:
		return Ask{}, false
	case due(s.timerN, now):
		// RFC 6665 §4.1.2.4: without a NOTIFY the subscription failed.
		s.lost(now, Failure{Code: 408}, s.backOff())
	case due(s.expires, now):
		failure := s.failure
		if failure == (Failure{}) {
			failure.Reason = TimedOut
		}
		s.lost(now, failure, 0)
	}
	if s.stage == Closed || s.asking || !due(s.at, now) {
		return Ask{}, false
	}
	s.serial++
	ask := Ask{Event: s.event, Expires: roundUp(s.lifetime), Initial: s.stage == Resting, serial: s.serial}
	if s.stage == Leaving {
		ask.Expires = 0
	}
	if s.stage == Resting {
		s.stage, s.heard, s.state, s.forks = Waiting, false, "", now.Add(TimerN)
	}
	s.asking, s.at, s.timerN = true, time.Time{}, now.Add(TimerN)
	return ask, true
}

func due(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// lost ends what stood at the notifier, and asks again after a while where that is wanted.
func (s *Subscriber) lost(now time.Time, failure Failure, wait time.Duration) {
	if s.stage == Leaving {
		s.close(Failure{})
		return
	}
	if s.once {
		s.close(failure)
		return
	}
	s.stage, s.asking, s.at = Resting, false, now.Add(wait)
	s.expires, s.timerN, s.begun = time.Time{}, time.Time{}, time.Time{}
}

func (s *Subscriber) close(failure Failure) {
	s.stage, s.failure, s.asking = Closed, failure, false
	s.at, s.expires, s.timerN = time.Time{}, time.Time{}, time.Time{}
}

// backOff is how long to wait after one more failure in a row.
func (s *Subscriber) backOff() time.Duration {
	wait := FirstRetry << min(s.failures, 16)
	s.failures++
	return min(wait, LastRetry)
}
