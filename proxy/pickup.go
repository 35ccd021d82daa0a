package proxy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

// Calls that ring are picked up as RFC 5359 §2.16 has it: an INVITE with Replaces goes to the caller. Who dials
// a code needs a telephone that knows nothing of it: the proxy finds the call and adds Replaces itself.

// What the codes that pick up are called in Settings.Codes.
const (
	codePickup      = "pickup"       // what rings at the user or group that is dialled behind the code
	codePickupGroup = "pickup-group" // what rings at anybody of one's pickup groups
)

// Pickup is a dialled code's wish to take a call that rings.
type Pickup struct {
	Code   string
	By     string // who picks up: a user
	Target string // at which user or group it rings; "": at anybody of the same pickup group
}

// Ringing is a call that was found to ring.
type Ringing struct {
	Dialog   sip.DialogID // as the caller knows it
	Identity string       // of the caller, "" for one who hides
	Since    int64        // nanoseconds since 1970
	Hitch    Hitch

	contact string       // of the caller
	user    string       // the caller, where it is a user of ours
	flow    machine.Flow // by which the caller's INVITE came
	wish    Pickup
}

// Hitch is why a call can't be picked up. The least is told of several calls.
type Hitch uint8

// Why nothing is picked up, and what the agent of codes is told.
const (
	NoHitch        Hitch = iota
	CallerCannot         // the caller's telephone does not know Replaces
	NotYours             // who dials is in no pickup group with who is called
	NothingRinging       // there is no call
)

func (h Hitch) String() string {
	return [...]string{NoHitch: "", CallerCannot: "unsupported", NotYours: "refused", NothingRinging: "none"}[h]
}

// Pickup reads the wish of an INVITE to take a call that rings; ok is false for any other request.
func (s *Settings) Pickup(p machine.Packet, who identity.Identity) (wish Pickup, ok bool) {
	if p.Message.Method() != sip.INVITE || p.Message.ToTag() != "" || who.User == nil || p.Flow.Transport == machine.Inside {
		return wish, false
	}
	user := userPart(p.Message.RequestURI())
	if user == "" || user[0] != '*' && user[0] != '#' && user[0] != '%' {
		return wish, false
	}
	code, argument := s.code(sip.Unescape(user))
	if code.Does != codePickup && code.Does != codePickupGroup {
		return wish, false
	}
	return Pickup{Code: code.Code, By: who.User.Name, Target: argument}, true
}

// userPart is the user part of a URI as it is written, without looking at the rest.
func userPart(uri string) string {
	_, rest, _ := strings.Cut(uri, ":")
	end := strings.IndexAny(rest, "@;?")
	if end < 0 {
		return rest
	}
	return rest[:end]
}

// Find finds the call that has rung longest of those that a wish is about. Of calls that can't be picked up it
// tells why.
func (m *Machine) Find(wish Pickup) Ringing {
	best := Ringing{Hitch: NothingRinging, wish: wish}
	called := m.wanted(wish)
	for _, first := range m.inviting {
		for c := first; c != nil; c = c.sibling {
			for _, b := range c.branches {
				if b.alive() && len(b.early) > 0 && called(b.target.user) {
					best = best.Better(m.ringingAt(b, wish))
				}
			}
		}
	}
	return best
}

// Better is the one of two that is to be picked up.
func (r Ringing) Better(other Ringing) Ringing {
	if cmp.Or(cmp.Compare(other.Hitch, r.Hitch), cmp.Compare(other.Since, r.Since), cmp.Compare(other.Dialog.CallID, r.Dialog.CallID)) < 0 {
		return other
	}
	return r
}

// wanted tells of users whether a wish is about what rings at them.
func (m *Machine) wanted(wish Pickup) func(user string) bool {
	if wish.Target == "" {
		return func(user string) bool { return user != "" && user != wish.By }
	}
	name := wish.Target
	if known := m.views.Users.Number(name); known != "" {
		name = known
	}
	if group := m.views.Users.Group(name); group != nil {
		return func(user string) bool { return slices.Contains(group.Members, user) }
	}
	return func(user string) bool { return user != "" && user == name }
}

func (m *Machine) ringingAt(b *branch, wish Pickup) Ringing {
	c := b.context
	message := c.request
	r := Ringing{
		Dialog:   sip.DialogID{CallID: message.CallID(), LocalTag: message.FromTag(), RemoteTag: b.early[0], EarlyOnly: true},
		Identity: identityOf(&c.arrived), Since: c.began, contact: contactOf(message), user: b.ends()[callerSide], flow: c.source, wish: wish,
	}
	switch {
	case !m.mayPickUp(wish.By, b):
		r.Hitch = NotYours
		if wish.Target == "" {
			r.Hitch = NothingRinging // whoever else's telephone rings is nothing to say
		}
	case !message.HasToken(sip.HeaderSupported, "replaces") || r.contact == "":
		r.Hitch = CallerCannot
	}
	return r
}

// mayPickUp tells whether a user may take a call that rings: those it rings at may, their assistants, and
// the members of their pickup groups.
func (m *Machine) mayPickUp(user string, b *branch) bool {
	called := b.target.user
	return called == user || m.assists(called, user) || m.settings.Mates != nil && m.settings.Mates(user, called)
}

// Pick has the next request that the machine receives pick up a call: it is that of the wish that the call was found for.
func (m *Machine) Pick(r Ringing) { m.picked = &r }

// pickedUp is where an INVITE goes that picks up a call: to the caller, or to the agent that says why it doesn't.
func (m *Machine) pickedUp(r *Ringing) destination {
	if r.Hitch != NoHitch {
		return m.notPickedUp(r, r.Hitch)
	}
	uri, err := sip.ParseURI(r.contact)
	if err != nil {
		return m.notPickedUp(r, CallerCannot)
	}
	return destination{means: meansPhone, text: r.contact, uri: uri, picked: r}
}

func (m *Machine) notPickedUp(r *Ringing, why Hitch) destination {
	text := "sip:" + codesAgent + "@" + m.settings.Domains[0] + ";code=" + escapeParam(r.wish.Code) + ";result=" + why.String()
	parsed, _ := sip.ParseURI(text)
	d := destination{text: text, uri: parsed}
	m.ownDestination(&d)
	return d
}

// target is the caller's phone, by the way by which it called.
func (r *Ringing) target() target {
	return target{
		alternative: alternative{uri: r.contact, flow: r.flow, bound: true}, user: r.user, q: 1000, from: r.flow.Remote.Addr(), replaces: &r.Dialog,
	}
}

// missed has the agent of codes tell that a call could not be picked up after all; false when there is nothing to tell.
func (m *Machine) missed(now time.Time, c *responseContext) bool {
	picked := c.routing.callee.picked
	if picked == nil {
		return false
	}
	why := NothingRinging
	if c.bestCode == 420 || c.bestCode == 405 || c.bestCode == 501 {
		why = CallerCannot
	}
	c.routing.callee = m.notPickedUp(picked, why)
	targets, problem := m.ring(now, &c.arrived, &c.routing.callee)
	c.waiting, c.best, c.bestCode, c.challenges = targets, nil, 0, nil
	c.decided = false // a 600 of the caller's phone says nothing of the agent
	return problem == nil
}
