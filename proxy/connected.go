package proxy

import (
	"hookflash/machine"
	"hookflash/sip"
)

// introduces tells whether a request is one by which the agent that stands between telephones says within a call whom it
// connects its other end with now (RFC 3311, RFC 3325 §9.1).
func (m *Machine) introduces(r *request) bool {
	message := r.p.Message
	return message.Method() == sip.UPDATE && r.p.Flow.Transport == machine.Inside && message.Has(sip.HeaderPAssertedIdentity) && m.agentOf(r.p.Flow) == bridgeAgent
}

// mayLearn refuses to tell that to who is neither a user of ours nor a trunk that is trusted.
func (m *Machine) mayLearn(r *request, to side) *sip.StatusError {
	if !m.introduces(r) {
		return nil
	}
	e := r.token.end(to)
	if t := m.trunkNamed(e.trunk); t != nil && t.Trusted || t == nil && e.user != "" {
		return nil
	}
	return &sip.StatusError{Code: 403, Reason: "Not Told Who That Is"}
}

// setConnected makes such a request say it to a trunk: by the number that is a user's in the telephone network, or the trunk's
// own. Whoever is no user goes by the address that is known.
func (m *Machine) setConnected(e *sip.Edit, r *request, h *hop) {
	t, user := h.target.trunk, r.who.User
	number := numberOf(user)
	if number == "" {
		number = t.Number
	}
	v := m.value[:0]
	switch {
	case user == nil:
		v = append(v, r.p.Message.Header(sip.HeaderPAssertedIdentity)...)
	case number == "":
		return
	default:
		v = append(append(append(append(append(v, "<sip:"...), number...), '@'), m.settings.Domains[0]...), ";user=phone>"...)
	}
	m.value = v
	e.Add(sip.HeaderPAssertedIdentity, v)
}
