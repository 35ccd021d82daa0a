package proxy

import (
	"hookflash/machine"
	"hookflash/sip"
)

// registrarTargets is where the REGISTER of an agent of this process goes that registers us at a trunk:
// to that hop. The agent answers challenges itself, as a REGISTER needs a CSeq of its own.
func (m *Machine) registrarTargets(r *request) []target {
	if r.p.Flow.Transport != machine.Inside || r.p.Message.Method() != sip.REGISTER {
		return nil
	}
	for i := range m.gateways {
		g := &m.gateways[i]
		if g.text != r.text {
			continue
		}
		a := alternative{uri: r.text, trunk: g.trunk}
		if g.address.IsValid() {
			a.flow, a.resolved, a.problem = m.locate(a.uri, 0, operator)
			a.located = a.problem == nil
		}
		return []target{{alternative: a, q: 1000, from: operator}}
	}
	return nil
}
