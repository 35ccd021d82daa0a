package ua

import "time"

// What is told of changes, by all subscriptions to an agent together: so many NOTIFYs at once, and so many a second. What
// changes meanwhile is told in one. More would keep calls waiting: each goes through the server, and so does its
// response. What a SUBSCRIBE asks for, and the last NOTIFY of a subscription, wait for nothing.
const (
	NotifyBurst = 200
	NotifyRate  = 2500
)

const notifyEach = time.Second / NotifyRate

// pace is whose turn it is to tell of a change.
type pace struct {
	full    time.Time // all of NotifyBurst are there again then
	waiting []*Subscription
	due     *timer
}

// take takes one of those that may leave now; false when there is none.
func (p *pace) take(now time.Time) bool {
	full := p.full
	if full.Before(now) {
		full = now
	}
	if full = full.Add(notifyEach); full.Sub(now) > NotifyBurst*notifyEach {
		return false
	}
	p.full = full
	return true
}

// awaitTurn has a subscription wait until it may tell of a change.
func (a *Agent) awaitTurn(s *Subscription) {
	s.queued = true
	a.pace.waiting = append(a.pace.waiting, s)
	if a.pace.due == nil {
		a.pace.due = a.after(NotifyBurst/4*notifyEach, a.takeTurns)
	}
}

// takeTurns has those tell of changes who waited longest.
func (a *Agent) takeTurns() {
	p := &a.pace
	p.due = nil
	for len(p.waiting) > 0 {
		s := p.waiting[0]
		if s.mayWait() && !p.take(a.now) {
			p.due = a.after(NotifyBurst/4*notifyEach, a.takeTurns)
			return
		}
		p.waiting[0] = nil
		p.waiting = p.waiting[1:]
		s.queued = false
		if !s.dropped {
			s.tell()
		}
	}
	p.waiting = nil // a storm leaves no memory behind
}

// mayWait tells whether the subscription has a NOTIFY to send now that only tells of a change.
func (s *Subscription) mayWait() bool {
	return !s.dropped && s.state.Changed() && !s.state.Urgent() && !s.state.Next().After(s.agent.now)
}
