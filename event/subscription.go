package event

import (
	"time"

	"hookflash/sip"
)

// Interval is the least time between two NOTIFY requests of a subscription where its
// Terms say none, but that Burst of them may leave at once where there were none for as many intervals: a call that is
// placed, rings and is answered is told step by step. What changes meanwhile is told in one.
const (
	Interval = 500 * time.Millisecond
	Burst    = 4
)

// RetryNotify is how long a NOTIFY that failed waits for the next one.
const RetryNotify = 10 * time.Second

// Request is what a SUBSCRIBE says.
type Request struct {
	Event      sip.Event
	Expires    uint32 // seconds
	HasExpires bool
}

// Answer is the response to a SUBSCRIBE or PUBLISH.
type Answer struct {
	Code       int
	Expires    uint32 // seconds, of a 2xx; RFC 6665 §4.2.1.1: always there
	MinExpires uint32 // seconds, of a 423
	RetryAfter uint32 // seconds; 0 without one
	ETag       string // of a 2xx to PUBLISH
}

// Notice is one NOTIFY to send: its Event and Subscription-State, and what its body holds.
type Notice struct {
	Event sip.Event
	State sip.SubscriptionState
	// Full asks for the whole state: the subscriber asked, or may have missed the last NOTIFY.
	Full bool
	// Empty allows no state: the subscription is pending, or never was authorized.
	Empty bool
	// Required: it leaves even when there is nothing new to tell.
	Required bool
}

// Final tells whether it is the last NOTIFY: the dialog usage ends with it.
func (n *Notice) Final() bool { return n.State.State == Terminated }

// Subscription is a notifier's side of one subscription (RFC 6665 §4.2). It belongs to the
// owner of its dialog. The zero value is of no use: Accept makes one.
type Subscription struct {
	event    sip.Event
	terms    Terms
	interval time.Duration

	state      string
	reason     Reason
	retryAfter time.Duration
	authorized bool // ever
	expires    time.Time

	changed  bool      // the resource changed since the last NOTIFY
	asked    bool      // a NOTIFY must leave at once: SUBSCRIBE was answered, or the state changed
	full     bool      // the next NOTIFY holds the whole state
	waiting  bool      // a NOTIFY was sent and not answered yet
	quiet    time.Time // no NOTIFY before that, unless asked
	rested   time.Time // all of Burst may leave at once again
	finished bool      // the final NOTIFY left, or none is to leave
}

// Offer is what a notifier grants to a new subscription.
type Offer struct {
	Terms    Terms
	Interval time.Duration // least time between two NOTIFYs; 0: Interval; negative: none
	Pending  bool          // authorization is still to come
}

// Accept answers the SUBSCRIBE of a new subscription, whose package is known and whose
// sender may subscribe or may have to wait for it. Where the answer is a 2xx the subscription
// has a NOTIFY to send at once (RFC 6665 §4.2.1.2); with an Expires of zero that one is the
// last.
func Accept(now time.Time, request Request, offer Offer) (Subscription, Answer) {
	s := Subscription{event: request.Event, terms: offer.Terms, interval: offer.Interval, state: Active, authorized: true}
	if s.interval == 0 {
		s.interval = Interval
	}
	if offer.Pending {
		s.state, s.authorized = Pending, false
	}
	answer := s.Refresh(now, request)
	return s, answer
}

// Implied makes the subscription of a REFER, which has no SUBSCRIBE (RFC 3515 §2.4.4).
func Implied(now time.Time, event sip.Event, offer Offer) Subscription {
	s, _ := Accept(now, Request{Event: event}, offer)
	return s
}

// Refresh answers a further SUBSCRIBE of the subscription; Expires zero ends it, after a
// final NOTIFY (RFC 6665 §4.2.1.4). The lifetime asked for is never made longer.
func (s *Subscription) Refresh(now time.Time, request Request) Answer {
	if s.Over() {
		return Answer{Code: 481}
	}
	lifetime, brief := s.terms.grant(request.Expires, request.HasExpires)
	if brief {
		return Answer{Code: 423, MinExpires: roundUp(lifetime)}
	}
	s.expires, s.asked, s.full = now.Add(lifetime), true, true
	if lifetime < time.Second {
		s.end(TimedOut, 0)
		lifetime = 0
	}
	return Answer{Code: 200, Expires: seconds(lifetime)}
}

// Authorize lets a pending subscription in; its NOTIFY with the state leaves at once.
func (s *Subscription) Authorize() {
	if s.state == Pending {
		s.state, s.authorized, s.asked, s.full = Active, true, true, true
	}
}

// Terminate ends the subscription with a final NOTIFY. retryAfter is told with Probation,
// GiveUp and Invariant; 0: not told.
func (s *Subscription) Terminate(reason Reason, retryAfter time.Duration) {
	if !s.Over() {
		s.end(reason, retryAfter)
	}
}

func (s *Subscription) end(reason Reason, retryAfter time.Duration) {
	s.state, s.reason, s.retryAfter, s.asked = Terminated, reason, retryAfter, true
}

// Change tells that the resource changed: a NOTIFY leaves as soon as the interval allows.
func (s *Subscription) Change() { s.changed = true }

// Changed tells whether there is a change that was not told yet.
func (s *Subscription) Changed() bool { return s.changed }

// Urgent tells whether a NOTIFY is due for more than a change: the subscriber asked for it, or the subscription's own
// state is another one.
func (s *Subscription) Urgent() bool { return s.asked || s.Over() }

// Until is when the subscription ends unless it is refreshed.
func (s *Subscription) Until() time.Time { return s.expires }

// Shorten lets the subscription end earlier, which its next NOTIFY tells; never later.
func (s *Subscription) Shorten(until time.Time) {
	if until.Before(s.expires) {
		s.expires, s.asked = until, true
	}
}

// State is Pending, Active or Terminated.
func (s *Subscription) State() string { return s.state }

// Event is the subscription's Event.
func (s *Subscription) Event() sip.Event { return s.event }

// Over tells whether the subscription ended; its final NOTIFY may still be to send.
func (s *Subscription) Over() bool { return s.state == Terminated }

// Done tells whether there is nothing left to send: the subscription can be dropped.
func (s *Subscription) Done() bool { return s.finished }

// Next is when Notify is to be called; the zero time when nothing waits but for others.
func (s *Subscription) Next() time.Time {
	switch {
	case s.finished:
		return time.Time{}
	case s.waiting && !s.Over():
		return s.expires
	case s.asked:
		return time.Unix(0, 0)
	case s.changed && s.state == Active:
		return earliest(later(s.quiet), s.expires)
	}
	return s.expires
}

// later turns "no bound" into the beginning of time.
func later(at time.Time) time.Time {
	if at.IsZero() {
		return time.Unix(0, 0)
	}
	return at
}

// Notify gives the NOTIFY that is due now. While one is unanswered only the final one
// leaves. A caller that finds nothing new for a Notice that is not Required sends nothing
// and says so with Unsent.
func (s *Subscription) Notify(now time.Time) (Notice, bool) {
	if !s.Over() && !now.Before(s.expires) {
		s.end(TimedOut, 0)
	}
	next := s.Next()
	if next.IsZero() || now.Before(next) {
		return Notice{}, false
	}
	notice := Notice{Event: s.event, Full: s.full, Empty: !s.authorized, Required: s.asked, State: sip.SubscriptionState{State: s.state}}
	if s.Over() {
		notice.State.Reason = string(s.reason)
		if s.retryAfter > 0 {
			notice.State.RetryAfter, notice.State.HasRetryAfter = roundUp(s.retryAfter), true
		}
		s.finished = true
	} else {
		// RFC 6665 §4.2.2: the time that remains is told in every NOTIFY.
		notice.State.Expires, notice.State.HasExpires = seconds(s.expires.Sub(now)), true
	}
	s.changed, s.asked, s.full, s.waiting = false, false, false, true
	if s.rested.Before(now) {
		s.rested = now
	}
	s.rested = s.rested.Add(max(s.interval, 0))
	s.quiet = s.rested.Add(-(Burst - 1) * max(s.interval, 0))
	return notice, true
}

// Unsent takes the last Notice back: it was not Required and there was nothing new to tell.
func (s *Subscription) Unsent() {
	s.waiting, s.quiet, s.rested = false, time.Time{}, s.rested.Add(-max(s.interval, 0))
}

// Answered tells the final response to a NOTIFY; 408 stands for none that came. It gives
// false when that removes the subscription (RFC 6665 §4.2.2); nothing more is sent then. Any
// other failure gets a further NOTIFY with the whole state, RetryNotify later.
func (s *Subscription) Answered(now time.Time, code int) bool {
	s.waiting = false
	switch {
	case 200 <= code && code < 300:
	case endsUsage(code) || code == 408:
		s.state, s.finished = Terminated, true
		return false
	default:
		// The subscriber did not take it: what it holds is older than we think.
		s.full, s.changed, s.quiet = true, true, now.Add(RetryNotify)
	}
	return !s.finished
}

// endsUsage: RFC 6665 §4.1.2.2 and §4.2.2: the responses that end a subscription.
func endsUsage(code int) bool {
	switch code {
	case 404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604:
		return true
	}
	return false
}
