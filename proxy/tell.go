package proxy

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/dchest/siphash"

	"hookflash/event/dialoginfo"
	"hookflash/machine"
	"hookflash/sip"
)

// MaxWatched bounds the users that are watched; of further ones nothing is told.
const MaxWatched = 1 << 17

// leg is how an INVITE stood for one user, when it was told last.
type leg struct {
	user  string
	side  side
	state dialoginfo.State
	tag   string // of the far end of the early dialog, or of the user's own as a callee
}

// Watch has the machine tell how calls of a user stand, or no longer.
func (m *Machine) Watch(_ time.Time, w Watch, out *machine.Output) {
	by := m.watched[w.User]
	at := slices.Index(by, w.By)
	switch {
	case w.Off && at >= 0:
		if by = slices.Delete(by, at, at+1); len(by) == 0 {
			delete(m.watched, w.User)
		} else {
			m.watched[w.User] = by
		}
		return
	case w.Off, at < 0 && len(by) == 0 && len(m.watched) >= MaxWatched:
		return
	case at < 0:
		m.watched[w.User] = append(by, w.By)
	}
	standing := Standing{User: w.User, By: w.By, Source: m.source}
	for entry, s := range m.dialogs.byUser(w.User) {
		standing.Dialogs = append(standing.Dialogs, m.confirmed(entry, s))
	}
	for _, first := range m.inviting {
		for c := first; c != nil; c = c.sibling {
			for _, l := range m.legsOf(c) {
				if l.user == w.User {
					standing.Dialogs = append(standing.Dialogs, m.early(c, &l))
					m.noted(c, l)
				}
			}
		}
	}
	standing.Dialogs = onePerLeg(standing.Dialogs)
	out.Events = append(out.Events, standing)
}

// onePerLeg puts dialogs in order. Of those that are one leg, forks that were answered, it leaves what was told last:
// the first of them that has come furthest.
func onePerLeg(dialogs []dialoginfo.Dialog) []dialoginfo.Dialog {
	slices.SortStableFunc(dialogs, func(a, b dialoginfo.Dialog) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Direction, b.Direction), cmp.Compare(b.State, a.State))
	})
	return slices.CompactFunc(dialogs, func(a, b dialoginfo.Dialog) bool { return a.ID == b.ID && a.Direction == b.Direction })
}

// noted notes how an INVITE stands for a user who is told of it.
func (m *Machine) noted(c *responseContext, l leg) {
	told := m.told[c]
	if at := slices.IndexFunc(told, func(old leg) bool { return old.user == l.user && old.side == l.side }); at >= 0 {
		told[at] = l
		return
	}
	m.told[c] = append(told, l)
}

// tells tells whether anybody watches a user.
func (m *Machine) tells(user string) bool { return len(m.watched) > 0 && m.watched[user] != nil }

func (m *Machine) tell(user string, d dialoginfo.Dialog, out *machine.Output) {
	out.Events = append(out.Events, Leg{User: user, Source: m.source, Dialog: d})
}

// legID names an INVITE among the calls of a user, from first to last: forks are one.
func (m *Machine) legID(callID, callerTag, user string) string {
	v := append(append(m.value[:0], callID...), 0)
	v = append(append(v, callerTag...), 0)
	v = append(v, user...)
	m.value = v
	return strconv.FormatUint(siphash.Hash(m.hashKey[1], m.hashKey[0], v), 36)
}

// legsOf are the users that an INVITE without final response concerns: the caller, and whose phones are asked.
func (m *Machine) legsOf(c *responseContext) []leg {
	legs := make([]leg, 0, 2)
	put := func(l leg) {
		for i := range legs {
			if known := &legs[i]; known.user == l.user && known.side == l.side {
				if l.state > known.state {
					*known = l
				}
				return
			}
		}
		legs = append(legs, l)
	}
	caller := ""
	if c.arrived.who.User != nil && c.source.Transport != machine.Inside { // what agents do is no call of a telephone's
		caller = c.arrived.who.User.Name
		put(leg{user: caller, side: callerSide})
	}
	for _, b := range c.branches {
		if !b.alive() {
			continue
		}
		l := leg{user: caller, side: callerSide}
		switch {
		case len(b.early) > 0:
			l.state, l.tag = dialoginfo.Early, b.early[0]
		case b.rang:
			l.state = dialoginfo.Proceeding
		}
		if caller != "" {
			put(l)
		}
		if l.user, l.side = b.target.user, calleeSide; l.user != "" {
			put(l)
		}
	}
	return legs
}

// tellEarly tells what has changed about an INVITE without final response.
func (m *Machine) tellEarly(c *responseContext, out *machine.Output) {
	if len(m.watched) == 0 || !c.invite || c.inDialog || c.server == nil {
		return
	}
	legs := slices.DeleteFunc(m.legsOf(c), func(l leg) bool { return m.watched[l.user] == nil })
	told := m.told[c]
	for _, old := range told {
		if !slices.ContainsFunc(legs, func(l leg) bool { return l.user == old.user && l.side == old.side }) {
			m.tellOver(c, &old, ending{dialoginfo.Cancelled, 487}, out)
		}
	}
	for i := range legs {
		if !slices.Contains(told, legs[i]) {
			m.tell(legs[i].user, m.early(c, &legs[i]), out)
		}
	}
	m.told[c] = legs
}

// early is how an INVITE without final response stands for a user.
func (m *Machine) early(c *responseContext, l *leg) dialoginfo.Dialog {
	message := c.request
	d := dialoginfo.Dialog{ID: m.legID(message.CallID(), message.FromTag(), l.user), CallID: message.CallID(), State: l.state}
	caller := dialoginfo.Participant{Identity: dialoginfo.Identity{URI: identityOf(&c.arrived)}, Target: contactOf(message)}
	callee := dialoginfo.Participant{Identity: dialoginfo.Identity{URI: addressOf(message.To())}}
	if address, err := sip.ParseAddress(message.From()); err == nil && caller.Identity.URI != "" {
		caller.Identity.Display = address.Display
	}
	if l.side == callerSide {
		d.Direction, d.LocalTag, d.RemoteTag, d.Local, d.Remote = dialoginfo.Initiator, message.FromTag(), l.tag, caller, callee
		return d
	}
	callee.Identity.URI = m.addressOfUser(l.user)
	d.Direction, d.LocalTag, d.RemoteTag, d.Local, d.Remote = dialoginfo.Recipient, l.tag, message.FromTag(), callee, caller
	return d
}

func (m *Machine) addressOfUser(name string) string {
	return "sip:" + sip.EscapeUser(name) + "@" + m.settings.Domains[0]
}

// ending is what a dialog came to.
type ending struct {
	why  dialoginfo.Event
	code int
}

// tellOver tells that an INVITE concerns a user no more.
func (m *Machine) tellOver(c *responseContext, l *leg, e ending, out *machine.Output) {
	d := m.early(c, l)
	d.State, d.Event, d.Code = dialoginfo.Terminated, e.why, e.code
	m.tell(l.user, d, out)
}

// tellFailed tells of the final response to an INVITE that came to nothing.
func (m *Machine) tellFailed(c *responseContext, code int, out *machine.Output) {
	e := ending{dialoginfo.Rejected, code}
	switch {
	case c.cancelled || code == 487:
		e.why = dialoginfo.Cancelled
	case code == 408:
		e.why = dialoginfo.Timeout
	}
	for _, l := range m.told[c] {
		m.tellOver(c, &l, e, out)
	}
	delete(m.told, c)
}

// tellConfirmed tells that a call stands, and that it concerns nobody else any more; nil is a call that is not kept in mind.
func (m *Machine) tellConfirmed(b *branch, entry *dialog, out *machine.Output) {
	c := b.context
	m.tellStanding(entry, out)
	for _, l := range m.told[c] {
		if entry == nil || l.user != entry.user(l.side) {
			m.tellOver(c, &l, ending{dialoginfo.Cancelled, 487}, out)
		}
	}
	delete(m.told, c)
}

// tellStanding tells of a call that stands, nil for none.
func (m *Machine) tellStanding(entry *dialog, out *machine.Output) {
	if entry == nil {
		return
	}
	for _, s := range [...]side{callerSide, calleeSide} {
		if user := entry.user(s); user != "" && m.tells(user) {
			m.tell(user, m.confirmed(entry, s), out)
		}
	}
}

// confirmed is how a call that stands is for the user at one side of it.
func (m *Machine) confirmed(entry *dialog, s side) dialoginfo.Dialog {
	e, far := &entry.ends, s.other()
	d := dialoginfo.Dialog{
		ID: m.legID(e.part(endCallID), e.part(endTag), entry.user(s)), State: dialoginfo.Confirmed, Direction: dialoginfo.Initiator,
		CallID: e.part(endCallID), LocalTag: e.of(s, endTag), RemoteTag: e.of(far, endTag),
		Local: dialoginfo.Participant{
			Identity: dialoginfo.Identity{URI: m.addressOfUser(entry.user(s))}, Target: e.of(s, endTarget),
		},
		Remote: dialoginfo.Participant{Identity: dialoginfo.Identity{URI: e.of(far, endIdentity)}, Target: e.of(far, endTarget)},
	}
	if s == calleeSide {
		d.Direction = dialoginfo.Recipient
	}
	return d
}

// tellEnded tells that a call is over: hungUp is the side that sent BYE, where timeout is false.
func (m *Machine) tellEnded(entry *dialog, hungUp side, timeout bool, out *machine.Output) {
	if len(m.watched) == 0 {
		return
	}
	for _, s := range [...]side{callerSide, calleeSide} {
		user := entry.user(s)
		if user == "" || m.watched[user] == nil {
			continue
		}
		if other := m.another(entry, s); other != nil {
			m.tell(user, m.confirmed(other, s), out)
			continue
		}
		d := m.confirmed(entry, s)
		d.State, d.Event = dialoginfo.Terminated, dialoginfo.RemoteBye
		switch {
		case timeout:
			d.Event = dialoginfo.Timeout
		case s == hungUp:
			d.Event = dialoginfo.LocalBye
		}
		m.tell(user, d, out)
	}
}

// another is the newest of further answers to the same INVITE that stand for the user at one side, nil for none.
func (m *Machine) another(entry *dialog, s side) *dialog {
	for other, at := range m.dialogs.byUser(entry.user(s)) {
		if at == s && other.ends.part(endCallID) == entry.ends.part(endCallID) && other.ends.part(endTag) == entry.ends.part(endTag) {
			return other
		}
	}
	return nil
}

// Watched are the users that are watched, in order.
func (m *Machine) Watched() []string { return slices.Sorted(maps.Keys(m.watched)) }

// Waiting counts the INVITEs that begin calls and have no final response yet, those of them that watchers were told
// of, and what is counted of MESSAGEs that wait.
func (m *Machine) Waiting() (inviting, told, letters int) {
	for _, first := range m.inviting {
		for c := first; c != nil; c = c.sibling {
			inviting++
		}
	}
	return inviting, len(m.told), len(m.letters.pending)
}
