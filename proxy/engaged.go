package proxy

import (
	"hookflash/directory"
	"hookflash/machine"
)

// Calls counts the calls of users, over all machines: those that stand, those that ring, and those that they are making. It
// is safe for any number of them.
type Calls interface {
	// Begin counts one more.
	Begin(user string)
	// End counts one less.
	End(user string)
	// Count is how many there are.
	Count(user string) int
}

// OwnCalls counts for one machine alone.
type OwnCalls map[string]int

// Begin implements Calls.
func (o OwnCalls) Begin(user string) { o[user]++ }

// End implements Calls.
func (o OwnCalls) End(user string) {
	if o[user]--; o[user] == 0 {
		delete(o, user)
	}
}

// Count implements Calls.
func (o OwnCalls) Count(user string) int { return o[user] }

// engaged tells whether a user who wants no second call has one already: an INVITE finds the user's telephones busy then, and
// none rings. Of the user's calls the INVITE's own do not count. Who takes over a call of the user's, or joins it, brings no
// second one; and nobody is busy for the own telephones.
func (m *Machine) engaged(c *responseContext, user *directory.User) bool {
	if user == nil || user.Routing == nil || !bool(user.Routing.CallWaitingOff) {
		return false
	}
	g := c.routing
	if g.judged && c.arrived.who.ToEnd || g.Caller.User != nil && g.Caller.User.Name == user.Name {
		return false
	}
	count := m.views.Calls.Count(user.Name)
	for _, b := range c.branches {
		if b.counted && b.target.user == user.Name {
			count--
		}
	}
	return count > 0
}

// engagedAll tells of an INVITE for one user's telephones whether none rings, because the user is in a call: it is as if
// each had answered 486.
func (m *Machine) engagedAll(c *responseContext, d *destination) bool {
	if !m.engaged(c, d.user) {
		return false
	}
	if g := c.routing; g.Note != nil {
		g.Note(d.name + " is in a call, and has no call waiting: all phones are busy")
	}
	return true
}

// beginCaller counts a call that a telephone makes.
func (m *Machine) beginCaller(c *responseContext) {
	if who := &c.arrived.who; who.User != nil && c.source.Transport != machine.Inside {
		c.counted = true
		m.views.Calls.Begin(who.User.Name)
	}
}

// endCaller counts it no more: it came to nothing, or stands.
func (m *Machine) endCaller(c *responseContext) {
	if c.counted {
		c.counted = false
		m.views.Calls.End(c.arrived.who.User.Name)
	}
}

// beginCallee counts a call that is offered to a telephone of a user.
func (m *Machine) beginCallee(b *branch) {
	if c := b.context; c.invite && !c.inDialog && b.target.user != "" {
		b.counted = true
		m.views.Calls.Begin(b.target.user)
	}
}

// endCallee counts it no more: the telephone rings no longer, or the call stands.
func (m *Machine) endCallee(b *branch) {
	if b.counted {
		b.counted = false
		m.views.Calls.End(b.target.user)
	}
}
