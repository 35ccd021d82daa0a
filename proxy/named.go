package proxy

import (
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

// Who talks with somebody through an agent of this process has a dialog with the agent, and knows no more than with whom
// that agent connects them. So what names such a dialog may be sent to the address of that other one, whose telephones
// have never heard of it: it goes to the agent.

// agentsOf are the agents that are the ends of the call which a branch makes.
func (m *Machine) agentsOf(b *branch) [2]string {
	return [2]string{callerSide: m.agentOf(b.context.source), calleeSide: m.agentOf(b.target.flow)}
}

// standsFor is the agent that does at one end of a call what somebody asks of that end: the one that is the end; or the
// one between telephones, which is the other end, for a telephone that has not said that it can. "": the telephone itself.
func standsFor(agents [2]string, s side, needs, can sip.Abilities) string {
	if agents[s] == "" && needs != 0 && can&needs == 0 && agents[s.other()] == bridgeAgent {
		return bridgeAgent
	}
	return agents[s]
}

// behind is the agent that acts for the end of a call whose tag is LocalTag; nil: nobody but that end does.
func (m *Machine) behind(naming Naming) *identity.Behind {
	if entry, s := m.dialogWithin(naming.Dialog); entry != nil {
		agent := standsFor(entry.agents, s, naming.Needs, entry.can[s])
		if agent == "" {
			return nil
		}
		return &identity.Behind{Agent: agent, As: entry.ends.of(s, endIdentity)}
	}
	b, s := m.ringingIn(naming.Dialog)
	if b == nil {
		return nil
	}
	agents := m.agentsOf(b)
	agent := standsFor(agents, s, naming.Needs, b.abilities(agents)[s])
	if agent == "" {
		return nil
	}
	if s == callerSide {
		return &identity.Behind{Agent: agent, As: identityOf(&b.context.arrived)}
	}
	return &identity.Behind{Agent: agent, As: calledAs(b, b.context.request)}
}

// abilities are what the ends of the call which a branch makes have said of themselves. Of a telephone that nobody would act
// for it is not looked at.
func (b *branch) abilities(agents [2]string) [2]sip.Abilities {
	can := [2]sip.Abilities{calleeSide: b.can}
	if agents[calleeSide] == bridgeAgent {
		can[callerSide] = sip.AbilitiesOf(b.context.request)
	}
	return can
}

// says notes what the telephone of a branch says of itself, where the agent between telephones calls it.
func (m *Machine) says(b *branch, response *sip.Message) {
	if b.context.source.Transport == machine.Inside && m.agentOf(b.context.source) == bridgeAgent {
		b.can |= sip.AbilitiesOf(response)
	}
}

// recall finds out what the telephones of a call that began before this process did can do: what each said when it registered.
func (m *Machine) recall(r *request, entry *dialog) {
	for _, s := range [...]side{callerSide, calleeSide} {
		far := r.token.end(s)
		if entry.agents[s.other()] != bridgeAgent || far.user == "" {
			continue
		}
		record := m.views.Bindings.Bindings(far.user + "@" + m.settings.Domains[0])
		for i := 0; record != nil && i < len(record.Bindings); i++ {
			if b := &record.Bindings[i]; b.Flow.SamePeer(far.flow) {
				entry.can[s] |= b.Abilities
			}
		}
	}
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
