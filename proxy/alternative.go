package proxy

import (
	"slices"
	"time"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// alternative is one way to a target. A target has several where a name has several next
// hops (RFC 3263 §4) or a phone several flows (RFC 5626 §5.3): they are tried one after
// the other within the target's one branch of the fork.
type alternative struct {
	uri   string   // the new Request-URI
	route []string // put before the request's own Route: a binding's Path
	flow  machine.Flow
	// bound: flow came with the alternative and is kept whatever the size of the request.
	bound bool
	// registered is the reg-id of the flow, of a phone that has several; 0 for any other.
	registered uint32
	// located: flow was worked out already; it is only checked before it is used.
	located bool
	// resolved: flow was worked out from the URI, so RFC 3261 §18.1.1 may choose a stream.
	resolved bool
	// problem is why it can't be used after all; nil: nothing is known against it.
	problem *sip.StatusError
	// trunk is whose hop it is; nil for any other place.
	trunk     *Trunk
	line      bool // a line of the trunk is taken
	emergency bool // the call is for help
	answer    answer
	raise     uint8 // what is added to CSeq on the way there: the challenges of a trunk that were answered
}

// A next hop that says nothing is given tryFor while there are others, and the last one
// what is left of TimerB since the first was asked, but no less: whoever waits for
// another request than INVITE waits as long (RFC 3261 §17.1.2.2).
const tryFor = 4 * time.Second

// further is what a target has beside its current alternative. A branch hands it on to
// the one that takes its place.
type further struct {
	others   []alternative // in the order in which to try them
	deadline time.Time     // when the last one is given up; zero until the first was asked
	// near is, within a dialog, where the end was whose address must be looked up.
	near *end
	// tied: a guest asks, so nothing will do but where that end is.
	tied bool
}

// advance makes a target's next alternative the current one, rather one that has not
// failed for others meanwhile; false when none is left.
func (m *Machine) advance(now time.Time, t *target) bool {
	if t.further == nil || len(t.further.others) == 0 {
		return false
	}
	others := t.further.others
	next := max(0, slices.IndexFunc(others, func(a alternative) bool { return !m.shunned.has(now, a.flow) }))
	t.alternative = others[next]
	t.further.others = slices.Delete(others, next, next+1)
	t.renewed = false
	return true
}

// precede puts alternatives before those that are to be tried next.
func (t *target) precede(others []alternative) {
	if len(others) == 0 {
		return
	}
	if t.further == nil {
		t.further = &further{}
	}
	t.further.others = append(others, t.further.others...)
}

// follow puts an alternative behind all others.
func (t *target) follow(last alternative) {
	if t.further == nil {
		t.further = &further{}
	}
	t.further.others = append(t.further.others, last)
}

// patience is how long the current alternative may say nothing; 0: as long as it is usual.
func (t *target) patience(now time.Time) time.Duration {
	f := t.further
	switch {
	case f == nil || len(f.others) == 0 && f.deadline.IsZero():
		return 0
	case len(f.others) == 0:
		return max(tryFor, f.deadline.Sub(now))
	case f.deadline.IsZero():
		f.deadline = now.Add(transaction.TimerB)
	}
	return tryFor
}

// tryNext asks the next alternative in place of a branch that has failed and does not
// count as active any more; false when there is none, or nobody is to be asked any more.
// Whether the branch is active again is for the caller to see.
func (m *Machine) tryNext(now time.Time, b *branch, out *machine.Output) bool {
	c := b.context
	next := b.target
	if c.cancelled || c.decided || b.leave || !m.advance(now, &next) {
		return false
	}
	m.ask(now, c, &next, out)
	return true
}

// Silent: the next hop said nothing for as long as one of several may. The next one is
// asked; should this one wake up, its INVITE is cancelled, and if it takes the call all
// the same, that stands as with any fork.
func (m *Machine) Silent(now time.Time, client *transaction.Client, out *machine.Output) {
	b, ok := client.Context.(*branch)
	if !ok || b.leave || b.context.cancelled || b.context.decided {
		return // it has until Timer B
	}
	c := b.context
	m.shun(now, &b.target, shunFor)
	m.endCallee(b)
	c.active--
	if !m.tryNext(now, b, out) {
		c.consider(nil, 408)
	}
	b.superseded, b.leave = true, c.invite
	m.forkNext(now, c, out)
}

// instead asks another way to the target where a response says that this one is at
// fault: 503, and 430 (RFC 5626 §5.3) or 408, for which alone another flow of a phone may
// be asked; false when it goes back like any.
func (m *Machine) instead(now time.Time, b *branch, response *sip.Message, out *machine.Output) bool {
	switch code := response.StatusCode(); {
	case b.target.trunk != nil && !b.context.inDialog:
		return m.trunkFailed(now, b, response, out)
	case code == flowFailed:
		if !m.tryNext(now, b, out) {
			b.context.consider(nil, 480) // RFC 5626 §11.5: no phone should ever see a 430
		}
		return true
	case code == 408 && b.target.registered != 0:
		return m.tryNext(now, b, out)
	case code == 503 && b.target.registered == 0:
		return m.unavailable(now, b, response, out)
	}
	return false
}

// unavailable deals with a 503, which speaks of one next hop and not of the target
// (RFC 3263 §4.3): that hop is left alone for as long as it asks for (RFC 3261 §21.5.4),
// and another is asked; false when there is none.
func (m *Machine) unavailable(now time.Time, b *branch, response *sip.Message, out *machine.Output) bool {
	if seconds, ok := response.Number(sip.HeaderRetryAfter); ok && seconds > 0 {
		m.shun(now, &b.target, min(time.Duration(seconds)*time.Second, maxShun))
	}
	return m.tryNext(now, b, out)
}
