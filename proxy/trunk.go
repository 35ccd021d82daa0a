package proxy

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"hookflash/directory"
	"hookflash/machine"
	"hookflash/sip"
)

// MaxHops is how many hops of trunks are tried for one call; further ones are left out.
const MaxHops = 16

// Trunk leads to a gateway or provider, for calls to numbers.
type Trunk struct {
	Name string
	// Hops are its gateways as SIP URIs without user part, in the order in which they are tried.
	Hops []string
	// Prefixes of the E.164 numbers that it takes; none: all.
	Prefixes []directory.Pattern
	// Sources are where its calls come from, beside the hops that are addresses.
	Sources []netip.Prefix
	// Username and Password answer the challenges of Realm, and of no other. Realm "": the host of
	// the first hop.
	Username, Password, Realm string
	// Contact is the user part to which it sends calls for a registration of ours, "" without one.
	Contact string
	// Limit is how many calls it may carry at a time, in both directions; 0: no limit.
	Limit int
	// Trusted tells that it keeps secret who calls when asked to (RFC 3325 §7), and that what it
	// says of callers is believed.
	Trusted bool
	// Emergency tells that it reaches those who help.
	Emergency bool
	// Number is who calls when the caller has no number of their own.
	Number string
	// Strip and Prepend change the number as the gateway wants it: how many characters are taken
	// off "+49…", and what is put on. Numbers of those who help stay as they are.
	Strip   int
	Prepend string
	// Default is who is called when nobody has the number that was called; never a number.
	Default directory.Target
}

// name is the trunk's, "" without a trunk.
func (t *Trunk) name() string {
	if t == nil {
		return ""
	}
	return t.Name
}

// realm is whose challenges the trunk's credentials answer.
func (t *Trunk) realm() string {
	if t.Realm != "" || len(t.Hops) == 0 {
		return t.Realm
	}
	uri, err := sip.ParseURI(t.Hops[0])
	if err != nil {
		return ""
	}
	return uri.Host
}

// gateway is a hop of a trunk as a machine looks it up.
type gateway struct {
	trunk *Trunk
	text  string // the hop
	host  string // without the dot at its end
	// address is the hop's when it names one.
	address netip.AddrPort
}

// gatewaysOf reads the hops of all trunks; what is no SIP URI is left out.
func gatewaysOf(s *Settings) (gateways []gateway) {
	for i := range s.Trunks {
		t := &s.Trunks[i]
		for _, hop := range t.Hops {
			uri, err := sip.ParseURI(hop)
			if err != nil || !uri.IsSIP() {
				continue
			}
			g := gateway{trunk: t, text: hop, host: strings.TrimSuffix(uri.Host, ".")}
			if address, ok := uri.Address(); ok {
				port := uri.Port
				if port == 0 {
					port = 5060
					if uri.IsSecure() {
						port = 5061
					}
				}
				g.address = netip.AddrPortFrom(address, port)
			}
			gateways = append(gateways, g)
		}
	}
	return gateways
}

// trunkNamed is a trunk by its name, nil without one.
func (m *Machine) trunkNamed(name string) *Trunk {
	for i := range m.settings.Trunks {
		if t := &m.settings.Trunks[i]; name != "" && t.Name == name {
			return t
		}
	}
	return nil
}

// trunkHost tells whether a URI names a hop of a trunk.
func (m *Machine) trunkHost(uri sip.URI) bool {
	if len(m.gateways) == 0 {
		return false
	}
	host := strings.TrimSuffix(uri.Host, ".")
	address, isAddress := uri.Address()
	port := uri.Port
	if port == 0 {
		port = 5060
	}
	for i := range m.gateways {
		g := &m.gateways[i]
		switch {
		case !isAddress && strings.EqualFold(g.host, host):
			return true
		case isAddress && sameHost(g.address, netip.AddrPortFrom(address, port)):
			return true
		}
	}
	return false
}

// sameHost compares a hop with a place. On loopback everybody has the same address.
func sameHost(hop, place netip.AddrPort) bool {
	return hop.IsValid() && hop.Addr() == place.Addr().Unmap() && (!hop.Addr().IsLoopback() || hop.Port() == place.Port())
}

// isGateway tells whether a place is a gateway of ours, so that nothing goes there but by its trunk:
// whatever name or contact led there, the number would be called past the rules. Who named the
// address from there may.
func (m *Machine) isGateway(place netip.AddrPort, from netip.Addr) bool {
	if len(m.gateways) == 0 || from == place.Addr() && !from.IsLoopback() {
		return false
	}
	for i := range m.settings.Trunks {
		for _, prefix := range m.settings.Trunks[i].Sources {
			// Where its calls come from there are gateways, too, which may take ours.
			if prefix.Contains(place.Addr().Unmap()) && !prefix.Contains(from.Unmap()) {
				return true
			}
		}
	}
	for i := range m.gateways {
		if sameHost(m.gateways[i].address, place) {
			return true
		}
	}
	return slices.ContainsFunc(m.found, func(known foundPlace) bool { return sameHost(known.address, place) })
}

// operator is who names the hops of trunks: they may be on loopback.
var operator = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// noTrunk: RFC 3398 §8.2.6.1, no route to the destination.
var noTrunk = &sip.StatusError{Code: 404, Reason: "No Way To That Number"}

// trunkTargets is the gateways that take a number, as one target whose alternatives are tried one
// after the other: trunks in their order, those for emergencies first where it is one, and hops that
// failed lately last.
func (m *Machine) trunkTargets(now time.Time, r *request, d *destination) ([]target, *sip.StatusError) {
	if r.trunk != nil && m.passed(r.p.Message) {
		return nil, &sip.StatusError{Code: 482, Reason: "Loop Detected (Trunks)"}
	}
	var ways []alternative
	if d.emergency {
		ways = m.hopsFor(ways, d, func(t *Trunk) bool { return t.Emergency })
		ways = m.hopsFor(ways, d, func(t *Trunk) bool { return !t.Emergency })
	} else {
		subject := directory.Subject{Number: d.number}
		ways = m.hopsFor(ways, d, func(t *Trunk) bool {
			return len(t.Prefixes) == 0 || slices.ContainsFunc(t.Prefixes, func(p directory.Pattern) bool { return p.Fits(subject) })
		})
	}
	if len(ways) == 0 {
		return nil, noTrunk
	}
	slices.SortStableFunc(ways, func(a, b alternative) int { return m.distance(now, nil, &a) - m.distance(now, nil, &b) })
	t := target{alternative: ways[0], q: 1000, from: operator}
	if len(ways) > 1 {
		t.further = &further{others: ways[1:]}
	}
	return []target{t}, nil
}

// hopsFor appends the hops of the trunks that take a call.
func (m *Machine) hopsFor(ways []alternative, d *destination, takes func(t *Trunk) bool) []alternative {
	for i := range m.gateways {
		g := &m.gateways[i]
		if len(ways) >= MaxHops || !takes(g.trunk) {
			continue
		}
		a := alternative{uri: g.call(d), trunk: g.trunk, emergency: d.emergency}
		if g.address.IsValid() {
			a.flow, a.resolved, a.problem = m.locate(a.uri, 0, operator)
			a.located = a.problem == nil
		}
		ways = append(ways, a)
	}
	return ways
}

// call is the Request-URI of a call to a number (RFC 3261 §19.1.6).
func (g *gateway) call(d *destination) string {
	number := d.number
	if !d.emergency {
		number = g.trunk.Prepend + number[min(g.trunk.Strip, len(number)):]
	}
	scheme, rest, _ := strings.Cut(g.text, ":")
	return scheme + ":" + sip.EscapeUser(number) + "@" + rest + ";user=phone"
}

// rather puts a hop that was just looked up, and has failed lately, behind others.
func (m *Machine) rather(now time.Time, t *target) {
	if t.trunk == nil || t.problem != nil || t.further == nil || !m.shunned.has(now, t.flow) {
		return
	}
	if !slices.ContainsFunc(t.further.others, func(a alternative) bool { return !m.shunned.has(now, a.flow) }) {
		return
	}
	shunned := t.alternative
	if m.advance(now, t) {
		t.follow(shunned)
	}
}

// passed tells whether a request went through this server before: its Via is there below the sender's.
func (m *Machine) passed(message *sip.Message) bool {
	first := true
	for value := range message.Values(sip.HeaderVia) {
		if first {
			first = false
			continue
		}
		if via, err := sip.ParseVia(value); err == nil && m.settings.isOurHost(via.Host, via.Port) {
			return true
		}
	}
	return false
}

// fromTrunk tells whether a packet comes from a place that a trunk calls from.
func (m *Machine) fromTrunk(t *Trunk, flow machine.Flow) bool {
	source := flow.Remote.Addr().Unmap()
	for _, prefix := range t.Sources {
		if prefix.Contains(source) {
			return true
		}
	}
	for i := range m.gateways {
		if g := &m.gateways[i]; g.trunk == t && sameHost(g.address, flow.Remote) {
			return true
		}
	}
	return false
}
