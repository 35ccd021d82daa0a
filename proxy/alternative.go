package proxy

import (
	"time"

	"hookflash/machine"
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
	// resolved: flow was worked out from the URI, so RFC 3261 §18.1.1 may choose a stream.
	resolved bool
}

// advance makes a target's next alternative the current one; false when none is left.
func (t *target) advance() bool {
	if len(t.others) == 0 {
		return false
	}
	t.alternative, t.others = t.others[0], t.others[1:]
	t.renewed = false
	return true
}

// tryNext asks the next alternative in place of a branch that has failed and does not
// count as active any more; false when there is none, or nobody is to be asked any more.
// Whether the branch is active again is for the caller to see.
func (m *Machine) tryNext(now time.Time, b *branch, out *machine.Output) bool {
	c := b.context
	next := b.target
	if c.cancelled || c.decided || b.leave || !next.advance() {
		return false
	}
	m.ask(now, c, &next, out)
	return true
}
