package proxy

import (
	"iter"
	"strings"

	"hookflash/sip"
)

// ends is what is kept of the two ends of a call for who watches it or may take it over: one text, cut into
// parts. It is empty where neither end is a user of ours.
type ends struct {
	text string
	cuts [endParts - 1]uint16 // where the parts end; the last one ends with the text
}

// The parts of ends: those of the callee stand behind those of the caller.
const (
	endCallID = iota
	endTag
	_
	endTarget // URI of the Contact
	_
	endIdentity // URI; "" of who hides
	_
	endParts
)

func newEnds(parts [endParts]string) ends {
	var e ends
	length := 0
	for i, part := range parts {
		if length += len(part); length > sip.MaxMessage { // all of it came in messages
			return ends{}
		}
		if i < endParts-1 {
			e.cuts[i] = uint16(length)
		}
	}
	var text strings.Builder
	text.Grow(length)
	for _, part := range parts {
		text.WriteString(part)
	}
	e.text = text.String()
	return e
}

func (e *ends) part(i int) string {
	from, to := 0, len(e.text)
	if i > 0 {
		from = int(e.cuts[i-1])
	}
	if i < endParts-1 {
		to = int(e.cuts[i])
	}
	return e.text[from:to]
}

// of is a part of one side.
func (e *ends) of(s side, part int) string { return e.part(part + int(s)) }

// endsOf are the ends of the call that a 2xx on a branch begins.
func endsOf(b *branch, response *sip.Message) ends {
	r := &b.context.arrived
	if r.who.User == nil && b.target.user == "" {
		return ends{}
	}
	message := b.context.request
	return newEnds([endParts]string{
		message.CallID(), message.FromTag(), response.ToTag(), contactOf(message), contactOf(response), identityOf(r), calledAs(b, message),
	})
}

// endsWithin are the ends of a call that a request within it tells of.
func endsWithin(r *request) ends {
	if r.token.caller.user == "" && r.token.callee.user == "" {
		return ends{}
	}
	m := r.p.Message
	parts := [endParts]string{endCallID: m.CallID()}
	from := r.side()
	to := from.other()
	parts[endTag+int(from)], parts[endTag+int(to)] = m.FromTag(), m.ToTag()
	parts[endTarget+int(from)], parts[endTarget+int(to)] = contactOf(m), r.text
	parts[endIdentity+int(from)], parts[endIdentity+int(to)] = addressOf(m.From()), addressOf(m.To())
	return newEnds(parts)
}

// contactOf is the URI where who sent a message is reached within the call.
func contactOf(m *sip.Message) string { return addressOf(m.TopValue(sip.HeaderContact)) }

// addressOf is the URI of a From, To or Contact, "" where it can't be read.
func addressOf(value string) string {
	address, err := sip.ParseAddress(value)
	if err != nil {
		return ""
	}
	return sip.RequestURI(address.Text)
}

// identityOf is who sends a request as its callee may know it.
func identityOf(r *request) string {
	switch {
	case hides(r.p.Message):
		return ""
	case r.who.Asserted != "":
		return r.who.Asserted
	}
	return addressOf(r.p.Message.From())
}

// calledAs is whom the caller of a branch is connected with.
func calledAs(b *branch, message *sip.Message) string {
	switch g := b.context.routing; {
	case g == nil:
	case g.partner != nil:
		return g.partner.As
	case g.callee.picked != nil:
		return g.callee.picked.Identity
	}
	if behind := b.context.arrived.who.Behind; behind != nil {
		return behind.As
	}
	return addressOf(message.To())
}

// link is the place of one side of a call in the table, as a number that is never 0.
type link uint32

func linkTo(slot uint32, s side) link { return link(slot<<1|uint32(s)) + 1 }

func (l link) place() (slot uint32, s side) { return uint32(l-1) >> 1, side((l - 1) & 1) }

func (d *dialog) user(s side) string {
	if s == callerSide {
		return d.caller
	}
	return d.callee
}

// link puts a call that was put into the table into the lists of its users.
func (d *dialogTable) link(slot uint32) {
	entry := &d.slots[slot]
	for _, s := range [...]side{callerSide, calleeSide} {
		user := entry.user(s)
		if user == "" {
			continue
		}
		d.calls.Begin(user)
		first := d.users[user]
		entry.next[s], entry.previous[s] = first, 0
		if first != 0 {
			other, of := first.place()
			d.slots[other].previous[of] = linkTo(slot, s)
		}
		d.users[user] = linkTo(slot, s)
	}
}

// unlink takes it out of them.
func (d *dialogTable) unlink(slot uint32) {
	for _, s := range [...]side{callerSide, calleeSide} {
		entry := &d.slots[slot]
		user := entry.user(s)
		if user == "" {
			continue
		}
		d.calls.End(user)
		next, previous := entry.next[s], entry.previous[s]
		if next != 0 {
			other, of := next.place()
			d.slots[other].previous[of] = previous
		}
		switch {
		case previous != 0:
			other, of := previous.place()
			d.slots[other].next[of] = next
		case next != 0:
			d.users[user] = next
		default:
			delete(d.users, user)
		}
	}
}

// byUser are the calls of a user, the newest first, each with the user's side.
func (d *dialogTable) byUser(user string) iter.Seq2[*dialog, side] {
	return func(yield func(*dialog, side) bool) {
		for at := d.users[user]; at != 0; {
			slot, s := at.place()
			entry := &d.slots[slot]
			if at = entry.next[s]; !yield(entry, s) {
				return
			}
		}
	}
}
