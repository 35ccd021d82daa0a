package event

import (
	"strings"
	"time"

	"hookflash/sip"
)

// Notification is what a NOTIFY says, in the dialog of the subscription.
type Notification struct {
	Event    sip.Event
	State    sip.SubscriptionState
	HasState bool // a Subscription-State that could be read
	Sequence uint32
}

// Read reads the notification of a NOTIFY.
func Read(message *sip.Message) Notification {
	n := Notification{Sequence: message.CSeq()}
	n.Event, _ = sip.ParseEvent(message.Header(sip.HeaderEvent)) // without one it matches nothing
	state, err := sip.ParseSubscriptionState(message.Header(sip.HeaderSubscriptionState))
	n.State, n.HasState = state, err == nil
	return n
}

// Notified tells that a NOTIFY came, and gives the response code for it. A body counts only
// with a 200. It may come before the response to the SUBSCRIBE (RFC 6665 §4.1.2.4).
func (s *Subscriber) Notified(now time.Time, n Notification) (code int) {
	switch {
	case s.stage == Closed || s.stage == Resting || !s.event.Matches(n.Event):
		return 481 // RFC 6665 §4.1.3
	case s.stage == Waiting && due(s.timerN, now):
		return 481 // RFC 6665 §4.1.2.4
	case !n.HasState:
		return 400
	case s.heard && n.Sequence <= s.sequence:
		return 500 // RFC 3261 §12.2.2: out of order
	}
	s.heard, s.sequence, s.timerN, s.state = true, n.Sequence, time.Time{}, known(n.State.State)
	if n.State.State == Terminated {
		s.ended(now, n.State)
		return 200
	}
	if s.begun.IsZero() {
		s.begun = now
	}
	if s.stage == Leaving {
		s.timerN = now.Add(TimerN) // one that crossed: the final one is still to come
		return 200
	}
	s.stage = Subscribed
	if now.Sub(s.begun) >= TimerN {
		s.failures = 0
	}
	s.adjust(now, n.State)
	return 200
}

// known is one of the states known here, so that no message is kept for the sake of a word
// of it. One that is not known is of a subscription that stands.
func known(state string) string {
	switch state {
	case Pending:
		return Pending
	case Terminated:
		return Terminated
	}
	return Active
}

// adjust: RFC 6665 §4.1.3: expires, where it is said, is how long the subscription lasts.
func (s *Subscriber) adjust(now time.Time, state sip.SubscriptionState) {
	granted := s.lifetime
	if state.HasExpires {
		granted = min(time.Duration(state.Expires)*time.Second, MaxLifetime)
	} else if !s.expires.IsZero() {
		return
	}
	expires := now.Add(granted)
	// What is left of a lifetime that was told before says nothing new, but for rounding.
	if !s.expires.IsZero() && expires.Sub(s.expires).Abs() <= 2*time.Second {
		return
	}
	if s.asking {
		s.expires = expires
		return
	}
	s.last(now, granted)
}

// ended: RFC 6665 §4.1.3: what each reason lets the subscriber do.
func (s *Subscriber) ended(now time.Time, state sip.SubscriptionState) {
	reason := Reason(strings.Clone(state.Reason))
	if s.once || s.stage == Leaving {
		if s.lifetime == 0 || s.stage == Leaving {
			reason = ""
		}
		s.close(Failure{Reason: reason})
		return
	}
	switch reason {
	case Rejected, NoResource, Invariant:
		s.close(Failure{Reason: reason})
	case Deactivated, TimedOut:
		s.lost(now, Failure{Reason: reason}, s.atOnce(now))
	default: // probation, giveup, none, or one not known
		wait := s.backOff()
		if state.HasRetryAfter {
			wait = max(min(time.Duration(state.RetryAfter)*time.Second, MaxLifetime), FirstRetry)
		}
		s.lost(now, Failure{Reason: reason}, wait)
	}
}
