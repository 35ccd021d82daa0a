package proxy

import (
	"strings"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// bridgeParam tells an agent that a call it handed to a phone came to nothing: it is to connect both by itself.
const bridgeParam = ";bridge"

// handed follows a redirection of the agent of parked calls to a phone whose call with the agent the INVITE is to replace: a
// call that is fetched by calling its place. The phone's refusal gives the call back to the agent. Other agents pass on where
// somebody else redirects to, and nobody has decided that the caller may go there.
func (m *Machine) handed(now time.Time, b *branch, response *sip.Message) bool {
	c := b.context
	if response.StatusCode() != 302 || b.target.flow.Transport != machine.Inside || strings.HasSuffix(b.target.uri, bridgeParam) || c.inDialog || c.cancelled || c.decided {
		return false
	}
	contact, err := sip.ParseContact(response.TopValue(sip.HeaderContact))
	if err != nil || contact.All {
		return false
	}
	replaces, there, unclear := contact.Address.URI.Replaces()
	text := sip.RequestURI(contact.Address.Text)
	uri, err := sip.ParseURI(text)
	if err != nil || unclear != nil || !uri.IsSIP() {
		return false
	}
	d := m.destinationOf(text, uri)
	if !there {
		return m.sentOn(c, b, &d)
	}
	if m.agentOf(b.target.flow) != parkAgent {
		return false
	}
	var targets []target
	if d.means == meansPhone || d.means == meansForeign {
		targets, _ = m.ring(now, &c.arrived, &d)
	}
	if t, ok := m.agentNamed(bridgeAgent, text); ok && d.means == meansAgent && d.name == bridgeAgent {
		targets = []target{t} // the other half of the call is with a telephone that it helps
	}
	if len(targets) == 0 && !m.settings.serves(uri) {
		targets = []target{{alternative: alternative{uri: text}, from: b.target.from}}
	}
	for i := range targets {
		targets[i].q, targets[i].replaces = 1000, &replaces
	}
	back := b.target
	back.uri, back.q = back.uri+bridgeParam, 999
	c.waiting = append(append(targets, back), c.waiting...)
	return true
}

// sentOn follows the agent of callbacks to the user whose queue it keeps: the call goes there by that user's rules
// (RFC 6910 §7.2: where a caller calls whose turn it is).
func (m *Machine) sentOn(c *responseContext, b *branch, d *destination) bool {
	g := c.routing
	if g == nil || g.elsewhere != nil || d.means != meansUser || m.agentOf(b.target.flow) != redialAgent {
		return false
	}
	g.elsewhere = d
	return true
}

// setReplaces adds what the proxy says on behalf of a telephone that does not know how.
func (m *Machine) setReplaces(e *sip.Edit, replaces sip.DialogID) {
	m.value = replaces.AppendReplaces(m.value[:0])
	e.Add(sip.HeaderReplaces, m.value)
	e.Add(sip.HeaderRequire, []byte("replaces"))
}
