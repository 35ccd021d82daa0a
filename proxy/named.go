package proxy

import (
	"hookflash/identity"
	"hookflash/sip"
)

// Who talks with somebody through an agent of this process has a dialog with the agent, and knows no more than with whom
// that agent connects them. So what names such a dialog may be sent to the address of that other one, whose telephones
// have never heard of it: it goes to the agent.

// agentsOf are the agents that are the ends of the call which a branch makes.
func (m *Machine) agentsOf(b *branch) [2]string {
	return [2]string{callerSide: m.agentOf(b.context.source), calleeSide: m.agentOf(b.target.flow)}
}

// behind is the agent at the end of a call whose tag is LocalTag; nil for anybody else's.
func (m *Machine) behind(id sip.DialogID) *identity.Behind {
	if entry, s := m.dialogWithin(id); entry != nil {
		if entry.agents[s] == "" {
			return nil
		}
		return &identity.Behind{Agent: entry.agents[s], As: entry.ends.of(s, endIdentity)}
	}
	b, s := m.ringingIn(id)
	if b == nil {
		return nil
	}
	agent := m.agentsOf(b)[s]
	if agent == "" {
		return nil
	}
	if s == callerSide {
		return &identity.Behind{Agent: agent, As: identityOf(&b.context.arrived)}
	}
	return &identity.Behind{Agent: agent, As: calledAs(b, b.context.request)}
}

// namesCall tells whether an address is the one that telephones know of the agent which stands between them, with a call to
// take over or to join there: whoever follows it is judged.
func namesCall(d *destination, uri sip.URI) bool {
	_, there := inURI(uri)
	return there && d.name == bridgeAgent && !d.uri.Params.Has("to") && !d.uri.Params.Has("join")
}

// toBehind is where a request goes that names a call of an agent's: to that agent, whatever its Request-URI.
func (m *Machine) toBehind(r *request) (d destination, ok bool) {
	if r.who.Behind == nil || r.route != "" {
		return d, false
	}
	if d = m.destinationOf(r.text, r.uri); d.means == meansAgent && d.name == r.who.Behind.Agent {
		return d, true
	}
	text := "sip:" + sip.EscapeUser(r.who.Behind.Agent) + "@" + m.settings.Domains[0]
	uri, err := sip.ParseURI(text)
	if err != nil {
		return d, false
	}
	d = destination{text: text, uri: uri}
	m.ownDestination(&d)
	return d, d.means == meansAgent
}
