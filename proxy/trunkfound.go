package proxy

import (
	"net/netip"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// Where the names of trunks' hops lead is looked up before the first call: no user may call there
// past the rules, by whatever name.
const (
	maxFound   = 256             // places kept in mind
	findAgain  = 5 * time.Minute // names may lead elsewhere by then
	foundLasts = time.Hour       // a place that names lead to no more
)

// foundPlace is where the name of a hop led.
type foundPlace struct {
	address netip.AddrPort
	until   time.Time
}

// findGateways looks the names of hops up, when that was long ago.
func (m *Machine) findGateways(now time.Time, out *machine.Output) {
	if len(m.gateways) == 0 || now.Before(m.findNext) {
		return
	}
	m.findNext = now.Add(findAgain)
	for i := range m.gateways {
		g := &m.gateways[i]
		if g.address.IsValid() {
			continue
		}
		m.inquire(now, &inquiry{hop: hopOf(g.text, g.text), asker: "trunk " + g.trunk.Name, then: func(now time.Time, found Candidates, _ *machine.Output) {
			m.foundGateway(now, found)
		}}, out)
	}
}

// foundGateway keeps in mind where the name of a hop leads.
func (m *Machine) foundGateway(now time.Time, found Candidates) {
	for _, c := range found.List {
		m.keepFound(now, c.Address)
	}
}

func (m *Machine) keepFound(now time.Time, address netip.AddrPort) {
	kept := m.found[:0]
	for _, f := range m.found {
		if f.address != address && f.until.After(now) {
			kept = append(kept, f)
		}
	}
	if len(kept) >= maxFound {
		kept = kept[1:]
	}
	m.found = append(kept, foundPlace{address, now.Add(foundLasts)})
}

// trunkOf is the trunk that a request which begins something comes by, nil without one: by its
// source, or by the contact that was registered there.
func (m *Machine) trunkOf(r *request) *Trunk {
	if len(m.gateways) == 0 || r.p.Flow.Transport == machine.Inside {
		return nil
	}
	user := sip.Unescape(r.uri.User)
	for i := range m.settings.Trunks {
		if t := &m.settings.Trunks[i]; t.Contact != "" && user == t.Contact {
			return t
		}
	}
	for i := range m.gateways {
		if g := &m.gateways[i]; sameHost(g.address, r.p.Flow.Remote) {
			return g.trunk
		}
	}
	for i := range m.settings.Trunks {
		if t := &m.settings.Trunks[i]; m.fromTrunk(t, r.p.Flow) && !m.claimsUser(r.p.Message) {
			return t
		}
	}
	return nil
}
