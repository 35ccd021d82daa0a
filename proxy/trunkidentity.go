package proxy

import (
	"strings"

	"hookflash/directory"
	"hookflash/machine"
	"hookflash/sip"
)

// setTrunkIdentity makes an INVITE say to a trunk who calls: the number that is the caller's in the
// telephone network (RFC 3325 §9.1). Who wants to stay unknown is told of only where the trunk keeps
// it secret (§7); those who help are told in any case.
func (m *Machine) setTrunkIdentity(e *sip.Edit, r *request, h *hop) {
	t, message := h.target.trunk, r.p.Message
	switch {
	case !t.Trusted || !r.who.Trusted:
		e.RemoveIf(onlyTrusted)
	case message.Has(sip.HeaderPAssertedIdentity):
		e.Remove(sip.HeaderPAssertedIdentity)
	}
	m.removeCredentials(e, message)
	if a := &h.target.answer; a.value != "" {
		e.Add(a.field, []byte(a.value))
	}
	if h.inDialog && m.introduces(r) {
		m.setConnected(e, r, h)
	}
	if h.inDialog || message.Method() != sip.INVITE {
		return
	}
	number, callers := m.numberFor(r, h)
	private := callers && hides(message)
	if number == "" || private && !t.Trusted && !h.target.emergency {
		return
	}
	v := append(append(m.value[:0], "<sip:"...), number...)
	v = append(append(append(v, '@'), m.settings.Domains[0]...), ";user=phone>"...)
	m.value = v
	e.Add(sip.HeaderPAssertedIdentity, v)
	if private && !message.Has(sip.HeaderPrivacy) {
		e.Add(sip.HeaderPrivacy, append(m.value[:0], "id"...))
	}
}

// numberFor is the number that calls, and whether it is the caller's own: a user's; for the call of
// somebody else that is forwarded, the caller's where that is known and the trunk trusted, else the
// number of who forwards it.
func (m *Machine) numberFor(r *request, h *hop) (number string, callers bool) {
	t, user, g := h.target.trunk, r.who.User, h.routing
	if user == nil && g != nil {
		if t.Trusted && r.who.Trusted && strings.HasPrefix(g.Caller.Number, "+") && r.p.Message.Has(sip.HeaderPAssertedIdentity) {
			return g.Caller.Number, true
		}
		if number = numberOf(g.Payer); number == "" {
			number = t.Number
		}
		return number, false
	}
	if number = numberOf(user); number == "" {
		number = t.Number
	}
	return number, true
}

// numberOf is a user's number in the telephone network, "" without one.
func numberOf(user *directory.User) string {
	if user == nil || user.Routing == nil {
		return ""
	}
	for _, number := range user.Routing.Numbers {
		if strings.HasPrefix(number, "+") {
			return number
		}
	}
	return ""
}

// tellsHistory tells whether a hop is told where a call has been: users of ours, agents of this
// process, and trusted trunks.
func (h *hop) tellsHistory() bool {
	if h.routing == nil || len(h.routing.Diversions) == 0 {
		return false
	}
	if t := h.target.trunk; t != nil {
		return t.Trusted
	}
	return h.target.user != "" || h.target.flow.Transport == machine.Inside
}

// shown is the URI of a callee as a hop is told: a trunk knows users by their numbers.
func (m *Machine) shown(h *hop, text string) string {
	if h.target.trunk == nil {
		return text
	}
	uri, err := sip.ParseURI(text)
	if err != nil || !m.settings.serves(uri) {
		return text
	}
	number := numberOf(m.views.Users.User(sip.Unescape(uri.User)))
	if number == "" {
		return text
	}
	return "sip:" + number + "@" + m.settings.Domains[0] + ";user=phone"
}
