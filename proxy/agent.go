package proxy

import (
	"strings"

	"hookflash/machine"
	"hookflash/sip"
)

// Agents of this process (Settings.Agents) are reached by their flows alone, whatever the method:
// nothing is looked up, and the URI goes to them with all its parameters.

// agentTarget is the agent whose address in our domain a URI is; text is that URI as it goes on.
func (m *Machine) agentTarget(uri sip.URI, text string) (t target, ok bool) {
	if len(m.settings.Agents) == 0 {
		return t, false
	}
	return m.agentNamed(sip.Unescape(uri.User), text)
}

// agentNamed is the agent with that user part.
func (m *Machine) agentNamed(name, text string) (t target, ok bool) {
	flow, ok := m.settings.Agents[name]
	return target{alternative: alternative{uri: text, flow: flow, bound: true}, q: 1000, from: flow.Remote.Addr()}, ok
}

// alias is the address of an agent that has another name as well, such as the number of a parking place.
func (m *Machine) alias(uri sip.URI) (text string, ok bool) {
	if m.settings.Alias == nil || uri.Params.Has("gr") {
		return "", false
	}
	return m.settings.Alias(uri)
}

// agentOf is the agent that a request comes from, "" for anybody outside of this process.
func (m *Machine) agentOf(flow machine.Flow) string {
	if flow.Transport != machine.Inside {
		return ""
	}
	for name, own := range m.settings.Agents {
		if own.SamePeer(flow) {
			return name
		}
	}
	return ""
}

// packageTarget is the agent that answers a SUBSCRIBE or PUBLISH on behalf of everybody in the domain.
// A GRUU means one phone: it answers for itself.
func (m *Machine) packageTarget(message *sip.Message, uri sip.URI, text string) (t target, ok bool) {
	if method := message.Method(); len(m.settings.Packages) == 0 || method != sip.SUBSCRIBE && method != sip.PUBLISH || uri.Params.Has("gr") {
		return t, false
	}
	event, _, _ := strings.Cut(message.Header(sip.HeaderEvent), ";")
	name, ok := m.settings.Packages[sip.Lower(strings.TrimSpace(event))]
	if !ok {
		return t, false
	}
	return m.agentNamed(name, text)
}

// outward is whichever of two flows leads out of the process: the one that both sides of a call can
// be told, as an agent takes what comes by any socket's name.
func outward(one, other machine.Flow) machine.Flow {
	if one.Transport == machine.Inside {
		return other
	}
	return one
}
