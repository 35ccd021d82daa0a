package proxy

import (
	"slices"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

// Limits of warrants.
const (
	MaxWarrants    = 4096 // the oldest is forgotten early
	WarrantLasts   = 5 * time.Minute
	maxWarrantText = 8192 // octets of a MESSAGE that are looked at
)

// Warrant is the word of one user, who is in a call, that another one may take that call over or
// join it: a REFER or MESSAGE with the call's identifiers was relayed between them. It is an event of
// the machine that relayed it, for Warrant of the one that has the call.
type Warrant struct {
	Dialog sip.DialogID
	By, To string // users of our domains
}

// warrant is one that holds, once, until its deadline.
type warrant struct {
	key      uint64
	to       string
	deadline int64 // seconds since the dialog table's epoch
}

// Naming is what an INVITE says of the call that it replaces or joins, or a REFER of the one that it is about.
type Naming struct {
	Dialog sip.DialogID
	// Unclear: another phone could read another call there than we do, or one where we read none.
	Unclear bool
	// Refers: it is a REFER, which is refused, if at all, for whom it is for.
	Refers bool
	// Needs is what a telephone must know to do what the INVITE asks for; 0 for a REFER.
	Needs sip.Abilities
	// About: it is a REFER that is for the end whose tag is the Dialog's LocalTag.
	About bool
	// To is the Request-URI of the INVITE.
	To string
	// From is the flow that it came by.
	From machine.Flow
}

// Named reads the call that an INVITE replaces or joins, or a REFER outside a dialog is about (by
// Target-Dialog, RFC 4538, or by what its target is to replace or join); false when it is about none.
func Named(p machine.Packet) (naming Naming, ok bool) {
	m := p.Message
	naming.From = p.Flow
	var err error
	if m.IsRequest() && m.Method() == sip.REFER && m.ToTag() == "" {
		naming.Refers = true
		if m.Has(sip.HeaderTargetDialog) {
			naming.Dialog, err = sip.ParseTargetDialog(m.Header(sip.HeaderTargetDialog))
			// RFC 4538 §7: the tags are those of who sends it.
			naming.Dialog.LocalTag, naming.Dialog.RemoteTag = naming.Dialog.RemoteTag, naming.Dialog.LocalTag
			naming.About = true
			return naming, err == nil
		}
		naming.Dialog, ok = carried(m)
		return naming, ok
	}
	replaces, joins := m.Has(sip.HeaderReplaces), m.Has(sip.HeaderJoin)
	if !replaces && !joins || m.Method() != sip.INVITE || !m.IsRequest() {
		return naming, false
	}
	header, parse := sip.HeaderReplaces, sip.ParseReplaces
	naming.Needs = sip.Replaces
	if joins {
		header, parse = sip.HeaderJoin, sip.ParseJoin
		naming.Needs = sip.Joins
	}
	count := 0
	for range m.Values(header) {
		count++
	}
	naming.Dialog, err = parse(m.TopValue(header))
	naming.Unclear, naming.To = err != nil || count != 1 || replaces && joins, m.RequestURI()
	return naming, true
}

var (
	refusedTaking  = &sip.StatusError{Code: 403, Reason: "Not Your Call"}
	refusedLate    = &sip.StatusError{Code: 486, Reason: "Answered Meanwhile"}
	refusedUnclear = &sip.StatusError{Code: 400, Reason: "One Replaces Or One Join Is Needed"}
)

// Judge decides whether who sends an INVITE may take over or join the call that it names (RFC 3891
// §3, RFC 3911 §4): its own users may, those they named as their assistants, and whoever has a
// warrant, once. Knowing the identifiers is worth nothing. The answer to anybody else is set as the
// identity's Refusal. It is asked of the machine that has the call.
func (m *Machine) Judge(now time.Time, naming Naming, who identity.Identity) identity.Identity {
	switch {
	case who.Refusal != nil || who.Kind == identity.Nobody:
	case naming.Refers:
		_, users, there := m.parties(naming.Dialog)
		if who.OwnCall = who.User != nil && there && m.speaksFor(users, who.User.Name); who.OwnCall && naming.About {
			who.Behind = m.behind(naming)
		}
	case naming.Unclear:
		who.Refusal, who.User = refusedUnclear, nil
	case !(who.User != nil && m.mayTake(now, naming.Dialog, who.User.Name)) && !m.mayTake(now, naming.Dialog, party(m.agentOf(naming.From))):
		who.Refusal = refusedTaking
		if who.User != nil && m.tooLate(naming.Dialog, who.User.Name) {
			who.Refusal = refusedLate
		}
		who.User = nil
	default:
		who.ToEnd, who.Behind = m.leadsToEnd(naming), m.behind(naming)
	}
	return who
}

// leadsToEnd tells whether the callee of an INVITE is an end of the call that it replaces or joins. A phone
// that knows neither would just ring, so anybody else's rules are asked as ever.
func (m *Machine) leadsToEnd(naming Naming) bool {
	_, users, ok := m.parties(naming.Dialog)
	uri, err := sip.ParseURI(naming.To)
	if !ok || err != nil {
		return false
	}
	d := m.destinationOf(naming.To, uri)
	return d.user != nil && slices.Contains(users[:], d.user.Name)
}

func (m *Machine) mayTake(now time.Time, id sip.DialogID, user string) bool {
	key, users, ok := m.parties(id)
	if !ok || user == "" {
		return false
	}
	if m.speaksFor(users, user) || m.offered(id, user) || m.mayTakeRinging(id, user) {
		return true
	}
	at := m.dialogs.seconds(now)
	for i, w := range m.warrants {
		if w.key == key && w.to == user && w.deadline >= at {
			m.warrants = slices.Delete(m.warrants, i, i+1)
			return true
		}
	}
	return false
}

// speaksFor tells whether a user is an end of a call, or the assistant of one.
func (m *Machine) speaksFor(users [2]string, user string) bool {
	return slices.ContainsFunc(users[:], func(owner string) bool { return owner != "" && (owner == user || m.assists(owner, user)) })
}

// assists tells whether somebody is the assistant of a user.
func (m *Machine) assists(owner, user string) bool {
	known := m.views.Users.User(owner)
	return known != nil && slices.Contains(known.Assistants, user)
}

// mayTakeRinging tells whether a user may pick up a call that rings, and will not take it once it was answered.
func (m *Machine) mayTakeRinging(id sip.DialogID, user string) bool {
	b, _ := m.ringingIn(id)
	return b != nil && id.EarlyOnly && m.mayPickUp(user, b)
}

// tooLate tells whether a call that a user might have picked up was answered (RFC 3891 §3).
func (m *Machine) tooLate(id sip.DialogID, user string) bool {
	entry := m.dialogOf(id)
	return entry != nil && id.EarlyOnly && entry.callee != "" && m.settings.Mates != nil && m.settings.Mates(user, entry.callee)
}

// Offer takes an agent's word on who may take a call of its over.
func (m *Machine) Offer(o Offer) {
	entry := m.dialogOf(o.Dialog)
	if entry == nil {
		return
	}
	o.To = slices.Clone(o.To[:min(len(o.To), MaxOffered)]) // the agent goes on with its own
	entry.offer = &o
}

// offered tells whether an agent has offered a call to a user.
func (m *Machine) offered(id sip.DialogID, user string) bool {
	entry := m.dialogOf(id)
	return entry != nil && entry.offer != nil && (entry.offer.All && m.views.Users.User(user) != nil || slices.Contains(entry.offer.To, user))
}

// dialogOf is the call of a dialog identifier, whichever side's tag is the caller's.
func (m *Machine) dialogOf(id sip.DialogID) *dialog {
	entry, _ := m.dialogWithin(id)
	return entry
}

// dialogWithin is dialogOf, and tells whose tag LocalTag is.
func (m *Machine) dialogWithin(id sip.DialogID) (*dialog, side) {
	for s, tags := range [...][2]string{callerSide: {id.LocalTag, id.RemoteTag}, calleeSide: {id.RemoteTag, id.LocalTag}} {
		if slot, ok := m.dialogs.index[m.dialogKey(id.CallID, tags[0], tags[1])]; ok {
			return &m.dialogs.slots[slot], side(s)
		}
	}
	return nil, callerSide
}

// Warrant takes a warrant in, when the user who gives it is in the call.
func (m *Machine) Warrant(now time.Time, w Warrant) {
	key, users, ok := m.parties(w.Dialog)
	if !ok || w.By == "" || w.To == "" || !slices.Contains(users[:], w.By) {
		return
	}
	at := m.dialogs.seconds(now)
	m.warrants = slices.DeleteFunc(m.warrants, func(old warrant) bool { return old.deadline < at })
	if len(m.warrants) == MaxWarrants {
		m.warrants = slices.Delete(m.warrants, 0, 1)
	}
	m.warrants = append(m.warrants, warrant{key: key, to: w.To, deadline: at + int64(WarrantLasts/time.Second)})
}

// warranted tells of the warrant that a REFER or MESSAGE to a user carries.
func warranted(r *request, by, to string, out *machine.Output) {
	method := r.p.Message.Method()
	if method != sip.REFER && method != sip.MESSAGE || by == "" || to == "" {
		return
	}
	if id, ok := carried(r.p.Message); ok {
		out.Events = append(out.Events, Warrant{Dialog: id, By: by, To: to})
	}
}

// carried is the dialog that a REFER's target or a URI in the text of a MESSAGE is to replace or
// join.
func carried(m *sip.Message) (sip.DialogID, bool) {
	if m.Method() == sip.REFER {
		to, err := sip.ParseAddress(m.Header(sip.HeaderReferTo))
		if err != nil {
			return sip.DialogID{}, false
		}
		return inURI(to.URI)
	}
	text := m.Body()
	_, id, ok := sip.Offered(text[:min(len(text), maxWarrantText)])
	return id, ok
}

func inURI(uri sip.URI) (sip.DialogID, bool) {
	if id, there, err := uri.Replaces(); there {
		return id, err == nil
	}
	value, there := uri.Header("Join")
	if !there {
		return sip.DialogID{}, false
	}
	id, err := sip.ParseJoin(value)
	return id, err == nil
}
