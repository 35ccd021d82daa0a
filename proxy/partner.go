package proxy

import "hookflash/machine"

// Partner takes an agent's word on whom it connects somebody with, and tells who watches.
func (m *Machine) Partner(p Partner, out *machine.Output) {
	entry, near := m.dialogWithin(p.Dialog)
	if entry == nil {
		m.partnered(&p)
		return
	}
	far := near.other()
	if e := &entry.ends; e.text == "" || entry.agents[far] != p.By || e.of(far, endIdentity) == p.As {
		return
	}
	var parts [endParts]string
	for i := range parts {
		parts[i] = entry.ends.part(i)
	}
	parts[endIdentity+int(far)] = p.As
	entry.ends = newEnds(parts)
	m.tellStanding(entry, out)
}

// partnered takes such a word on a call that is just being answered.
func (m *Machine) partnered(p *Partner) {
	if b, near := m.ringingIn(p.Dialog); b != nil && b.context.routing != nil && near == callerSide && m.agentOf(b.target.flow) == p.By {
		b.context.routing.partner = p
	}
}
