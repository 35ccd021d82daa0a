package proxy

import (
	"net/netip"
	"slices"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/registrar"
	"hookflash/sip"
)

// target is one place a request goes to (RFC 3261 §16.5).
type target struct {
	alternative          // the way that is tried
	further     *further // what is tried when it fails; nil: nothing
	q           uint16   // thousandths; higher is asked first
	user        string   // of our domain, whose phone it is; "" for anybody else
	// renewed: flow is the one of a later registration than it was at first.
	renewed bool
	breadth int32 // Max-Breadth of its branch; 0: none is written (RFC 5393 §5.3.3)
	// replaces is the call that the INVITE is to replace there, because the proxy says so; nil: none.
	replaces *sip.DialogID
	// from is who named the target's address: what may be reached hangs on it.
	from netip.Addr
}

// targets is the target set of a request that begins something (RFC 3261 §16.5).
func (m *Machine) targets(now time.Time, r *request) ([]target, *sip.StatusError) {
	source := r.p.Flow.Remote.Addr()
	if d, ok := m.toBehind(r); ok {
		t, _ := m.agentNamed(d.name, d.text)
		return []target{t}, nil
	}
	if r.route != "" { // whoever is meant is looked up behind that hop
		return []target{{alternative: alternative{uri: r.text}, from: source}}, m.onlyForUsers(r)
	}
	if r.uri.IsTel() {
		return m.ownTargets(now, r, sip.URI{Scheme: "sip", User: r.uri.User, Host: m.settings.Domains[0]})
	}
	if m.settings.serves(r.uri) {
		return m.ownTargets(now, r, r.uri)
	}
	if targets := m.registrarTargets(r); targets != nil {
		return targets, nil
	}
	if problem := m.onlyForUsers(r); problem != nil {
		return nil, problem
	}
	return []target{{alternative: alternative{uri: r.text}, from: source}}, nil
}

// onlyForUsers: nobody but our users calls out through us.
func (m *Machine) onlyForUsers(r *request) *sip.StatusError {
	if r.who.Kind == identity.User {
		return nil
	}
	return &sip.StatusError{Code: 403, Reason: "Only Users Of This Domain Call Out"}
}

// ownTargets looks up who of our domain is meant.
func (m *Machine) ownTargets(now time.Time, r *request, uri sip.URI) ([]target, *sip.StatusError) {
	uri = m.inDomain(uri)
	if text, ok := m.alias(uri); ok {
		if named, err := sip.ParseURI(text); err == nil {
			uri, r.text = named, text
		}
	}
	if t, ok := m.agentTarget(uri, r.text); ok {
		return []target{t}, nil
	}
	if t, ok := m.packageTarget(r.p.Message, uri, r.text); ok {
		return []target{t}, nil
	}
	if uri.Params.Has("gr") {
		return m.instanceTargets(now, r, uri)
	}
	lookup := lookup{now: now, asked: r.text, secure: uri.IsSecure()}
	m.expand(&lookup, uri.AddressOfRecord(), 0)
	if targets := lookup.best(); len(targets) > 0 {
		return targets, nil
	}
	return nil, m.nobodyThere(r, uri)
}

// best are the targets that were found, highest q first, as many as may be asked.
func (l *lookup) best() []target {
	slices.SortStableFunc(l.targets, func(a, b target) int { return int(b.q) - int(a.q) })
	return l.targets[:min(len(l.targets), MaxBranches)]
}

// nobodyThere: to a guest an unknown user and an absent one look the same.
func (m *Machine) nobodyThere(r *request, uri sip.URI) *sip.StatusError {
	if r.who.Kind == identity.User && m.views.Users.User(sip.Unescape(uri.User)) == nil {
		return &sip.StatusError{Code: 404, Reason: sip.Reason(404)}
	}
	return &sip.StatusError{Code: 480, Reason: sip.Reason(480)}
}

// inDomain names the domain in a URI that names one of our sockets.
func (m *Machine) inDomain(uri sip.URI) sip.URI {
	if m.settings.serves(uri) {
		uri.Host, uri.Port = m.settings.Domains[0], 0
	}
	return uri
}

// instanceTargets finds the phone behind a GRUU (RFC 5627 §5.1).
func (m *Machine) instanceTargets(now time.Time, r *request, uri sip.URI) ([]target, *sip.StatusError) {
	gone := &sip.StatusError{Code: 404, Reason: sip.Reason(404)}
	if m.settings.Resolve == nil {
		return nil, gone
	}
	address, instance, ok := m.settings.Resolve(uri)
	if !ok {
		return nil, gone
	}
	record := m.views.Bindings.Bindings(address)
	if record == nil {
		return nil, &sip.StatusError{Code: 480, Reason: sip.Reason(480)}
	}
	for i := range record.Bindings {
		b := &record.Bindings[i]
		if b.Instance == instance && b.Expires.After(now) && newestFlow(record, i, now) {
			return []target{m.phoneTarget(now, record, i)}, nil
		}
	}
	return nil, &sip.StatusError{Code: 480, Reason: sip.Reason(480)}
}

// lookup gathers the contacts of an address of record and of those it leads to. An
// address is looked up once, so two that lead to each other end there.
type lookup struct {
	now     time.Time
	asked   string
	secure  bool // by encrypted transports only (RFC 3261 §26.2.2)
	visited []string
	targets []target
}

func (m *Machine) expand(l *lookup, addressOfRecord string, depth int) {
	record := m.views.Bindings.Bindings(addressOfRecord)
	if record == nil {
		return
	}
	l.visited = append(l.visited, addressOfRecord)
	for i := range record.Bindings {
		b := &record.Bindings[i]
		if !b.Expires.After(l.now) || l.secure && !secured(b.Flow.Transport) {
			continue
		}
		if !b.FlowBound && len(b.Path) == 0 && m.leadsHome(l, b, depth) {
			continue
		}
		if newestFlow(record, i, l.now) {
			l.targets = append(l.targets, m.phoneTarget(l.now, record, i))
		}
	}
}

// leadsHome follows a contact that is an address of our own domain.
func (m *Machine) leadsHome(l *lookup, b *registrar.Binding, depth int) bool {
	uri, err := sip.ParseURI(b.Contact)
	if err != nil || !m.settings.serves(uri) {
		return err != nil
	}
	uri = m.inDomain(uri)
	if t, ok := m.agentTarget(uri, b.Contact); ok {
		if d := (destination{means: meansAgent, name: sip.Unescape(uri.User)}); !internal(&d) {
			t.q = b.Q
			l.targets = append(l.targets, t)
		}
		return true
	}
	next := uri.AddressOfRecord()
	if depth < MaxExpansion && !slices.Contains(l.visited, next) {
		m.expand(l, next, depth+1)
	}
	return true
}

func userOf(addressOfRecord string) string {
	for i := range len(addressOfRecord) {
		if addressOfRecord[i] == '@' {
			return addressOfRecord[:i]
		}
	}
	return addressOfRecord
}

// locate works out the flow to a URI whose maddr or host is an IP address; byName says
// that it is not.
func (m *Machine) locate(text string, preferred uint16, from netip.Addr) (flow machine.Flow, resolved bool, problem *sip.StatusError) {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() {
		return flow, false, &sip.StatusError{Code: 416, Reason: sip.Reason(416), Err: err}
	}
	address, ok := uri.Address()
	if maddr, given := uri.Params.Get("maddr"); given {
		address, ok = sip.HostAddress(maddr)
	}
	if !ok {
		return flow, false, byName
	}
	transport, explicit := transportOf(uri)
	if transport == 0 {
		return flow, false, &sip.StatusError{Code: 502, Reason: "Next Hop Wants An Unknown Transport"}
	}
	port := uri.Port
	if port == 0 {
		if port = 5060; transport == machine.TLS {
			port = 5061
		}
	}
	remote := netip.AddrPortFrom(address, port)
	if !m.settings.mayReach(remote, from) {
		return flow, false, outOfBounds
	}
	listener, ok := m.settings.listenerFor(transport, address, preferred)
	if !ok {
		return flow, false, &sip.StatusError{Code: 502, Reason: "No Way To The Next Hop"}
	}
	return machine.Flow{Transport: transport, Remote: remote, Listener: listener}, !explicit, nil
}

var outOfBounds = &sip.StatusError{Code: 403, Reason: "Next Hop Is Out Of Bounds"}

// transportOf is the transport a URI asks for; explicit when it says so itself.
func transportOf(uri sip.URI) (transport machine.Transport, explicit bool) {
	name, ok := uri.Params.Get("transport")
	if uri.IsSecure() {
		return machine.TLS, true
	}
	if !ok {
		return machine.UDP, false
	}
	switch sip.Lower(name) {
	case "udp":
		return machine.UDP, true
	case "tcp":
		return machine.TCP, true
	case "tls":
		return machine.TLS, true
	}
	return 0, true
}
