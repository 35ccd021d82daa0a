package proxy

import (
	"strings"

	"hookflash/machine"
	"hookflash/sip"
)

// ServedUser is the header field that tells an agent on whose behalf the agent between telephones makes a call (RFC 5502): the
// URI of the user by whose permissions it is. What anybody else says there reaches no agent.
const ServedUser = "P-Served-User"

// setServed says so to agents of this process.
func (m *Machine) setServed(e *sip.Edit, r *request, h *hop) {
	if h.target.flow.Transport != machine.Inside {
		return
	}
	if r.who.Trusted { // of others it was taken out
		e.RemoveIf(func(_ sip.Header, name string) bool { return strings.EqualFold(name, ServedUser) })
	}
	if h.routing == nil || h.routing.Payer == nil || m.agentOf(r.p.Flow) != bridgeAgent {
		return
	}
	m.value = append(append(append(m.value[:0], "<sip:"...), sip.EscapeUser(h.routing.Payer.Name)...), '@')
	m.value = append(append(m.value, m.settings.Domains[0]...), '>')
	e.AddNamed(ServedUser, m.value)
}
