package proxy

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

// NextHop is what is looked up where a URI has a name for a host (RFC 3263 §4).
type NextHop struct {
	Host      string            // the maddr parameter if there is one, else the host
	Port      uint16            // 0: none given
	Transport machine.Transport // of the transport parameter; 0: none given
	Secure    bool              // sips, there or in the Request-URI (RFC 3261 §16.6 step 7)
}

// Candidate is one place that a name leads to.
type Candidate struct {
	Transport machine.Transport
	Address   netip.AddrPort
	Name      string // what the certificate of a TLS connection must name
}

// Candidates is the outcome of a lookup.
type Candidates struct {
	List []Candidate // in the order in which to try them
	// Unanswered: nobody could say. Otherwise an empty list says that the name leads nowhere.
	Unanswered bool
}

var (
	// byName says that a next hop must be looked up first. It is the answer where that can't
	// be, and where the name leads nowhere.
	byName = &sip.StatusError{Code: 502, Reason: "Next Hop Has No Address"}
	// RFC 3261 §21.5.5: another server that we needed gave no answer in time.
	unanswered = &sip.StatusError{Code: 504, Reason: "Name Servers Give No Answer"}
)

// inquiry is a lookup under way.
type inquiry struct {
	hop   NextHop
	asker string // who is behind the request
	then  func(now time.Time, found Candidates, out *machine.Output)
	// context is the request that waits, which counts it as active; nil for an ACK.
	context *responseContext

	deadline time.Time
	over     bool // answered, given up, or not needed any more
}

// inquire begins a lookup. false: there is nobody to ask, or too much is being asked.
func (m *Machine) inquire(now time.Time, q *inquiry, out *machine.Output) bool {
	lookup := m.settings.Lookup
	if lookup == nil || len(m.inquiries) >= MaxLookups || m.asks(q.asker) >= MaxLookupsEach {
		return false
	}
	q.deadline = now.Add(m.settings.lookupPatience())
	m.inquiries = append(m.inquiries, q)
	hop := q.hop
	out.Jobs = append(out.Jobs, machine.Job{
		Run: func() any { return lookup(hop) },
		Done: func(now time.Time, result any, out *machine.Output) {
			found, ok := result.(Candidates)
			m.inquired(now, q, Candidates{List: found.List, Unanswered: found.Unanswered || !ok}, out)
		},
	})
	return true
}

// asks counts the lookups under way for somebody.
func (m *Machine) asks(asker string) (count int) {
	for _, q := range m.inquiries {
		if !q.over && q.asker == asker {
			count++
		}
	}
	return count
}

func (m *Machine) inquired(now time.Time, q *inquiry, found Candidates, out *machine.Output) {
	if q.over {
		return
	}
	m.forgetInquiry(q)
	q.then(now, found, out)
}

// forgetInquiry ends a lookup; what it finds is not wanted any more.
func (m *Machine) forgetInquiry(q *inquiry) {
	q.over = true
	if q.context != nil {
		q.context.active--
		q.context.lookups--
	}
	for len(m.inquiries) > 0 && m.inquiries[0].over {
		m.inquiries[0] = nil
		m.inquiries = m.inquiries[1:]
	}
}

// overdue ends the lookups that never came back: the shell may drop a job.
func (m *Machine) overdue(now time.Time, out *machine.Output) {
	for len(m.inquiries) > 0 && !m.inquiries[0].deadline.After(now) {
		m.inquired(now, m.inquiries[0], Candidates{Unanswered: true}, out)
	}
}

// askByName asks a target once its next hop is looked up; until then it counts as active.
func (m *Machine) askByName(now time.Time, c *responseContext, t *target, out *machine.Output) bool {
	waiting := *t
	q := &inquiry{hop: hopOf(nextURI(&c.arrived, t), t.uri), asker: c.arrived.asker(), context: c}
	q.then = func(now time.Time, found Candidates, out *machine.Output) {
		if !c.cancelled && !c.decided {
			waiting.take(m.alternatives(now, &c.arrived, &waiting, found))
			m.rather(now, &waiting)
			m.ask(now, c, &waiting, out)
		}
		m.forkNext(now, c, out)
	}
	if !m.inquire(now, q, out) {
		return false
	}
	c.active++
	c.lookups++
	return true
}

// take puts what a lookup found in the place of the alternative that it was for; nothing
// found is an alternative that can't be used.
func (t *target) take(found ways) {
	t.problem = found.problem
	if len(found.list) > 0 {
		t.alternative = found.list[0]
		t.precede(found.list[1:])
	}
}

// dropInquiries ends the lookups of a request that nobody waits for any more.
func (m *Machine) dropInquiries(c *responseContext) {
	if c.lookups == 0 {
		return
	}
	for _, q := range slices.Clone(m.inquiries) {
		if !q.over && q.context == c {
			m.forgetInquiry(q)
		}
	}
}

// ways are the alternatives that a lookup led to, or why there are none.
type ways struct {
	list    []alternative
	problem *sip.StatusError // nil where there are some
}

// alternatives makes alternatives of a target's current one and of what its next hop was
// found to be: those that may and can be reached from here. Within a dialog, where the end
// was comes first, and that is where it still is if its name leads nowhere; next hops that
// failed lately come last.
func (m *Machine) alternatives(now time.Time, r *request, t *target, found Candidates) ways {
	w, f := ways{problem: byName}, t.further
	if f == nil {
		f = &further{}
	}
	if found.Unanswered {
		w.problem = unanswered
	}
	for _, c := range found.List[:min(len(found.List), MaxAlternatives)] {
		listener, ok := m.settings.listenerFor(c.Transport, c.Address.Addr(), t.flow.Listener)
		a := t.alternative
		a.flow = machine.Flow{Transport: c.Transport, Remote: c.Address, Listener: listener, Name: nameFor(c.Transport, c.Name)}
		a.located = true
		if c.Transport == machine.TLS {
			a.flow.Name = c.Name
		}
		a.resolved = c.Transport == machine.UDP && t.user == "" && hopOf(nextURI(r, t), t.uri).Transport == 0
		switch {
		case !m.settings.mayReach(c.Address, t.from) || f.tied && !m.staysWith(now, a.flow, f.near),
			t.trunk == nil && m.isGateway(c.Address, t.from):
			w.problem = outOfBounds
		case ok:
			w.list = append(w.list, a)
		}
	}
	slices.SortStableFunc(w.list, func(a, b alternative) int {
		return cmp.Compare(m.distance(now, f.near, &a), m.distance(now, f.near, &b))
	})
	if len(w.list) == 0 && f.near != nil && f.near.flow.Valid() && r.route == "" {
		a := t.alternative
		a.flow, a.located = f.near.flow, true
		a.flow.Name = nameFor(a.flow.Transport, hopOf(nextURI(r, t), t.uri).Host)
		w.list = append(w.list, a)
	}
	if len(w.list) > 0 {
		w.problem = nil
	}
	return w
}

// nameFor is who the peer must be, where the transport can show it.
func nameFor(transport machine.Transport, name string) string {
	if transport == machine.TLS {
		return name
	}
	return ""
}

// distance orders alternatives.
func (m *Machine) distance(now time.Time, near *end, a *alternative) int {
	switch {
	case m.shunned.has(now, a.flow):
		return 2
	case near != nil && near.flow.Transport == a.flow.Transport && near.flow.Remote == a.flow.Remote:
		return 0
	}
	return 1
}

// hopOf is what must be looked up for a next hop; the Request-URI says whether nothing but
// TLS will do.
func hopOf(next, requestURI string) NextHop {
	uri, err := sip.ParseURI(next)
	if err != nil {
		return NextHop{}
	}
	hop := NextHop{Host: uri.Host, Port: uri.Port, Secure: uri.IsSecure()}
	if maddr, given := uri.Params.Get("maddr"); given {
		hop.Host = maddr
	}
	if transport, explicit := transportOf(uri); explicit && !uri.IsSecure() {
		hop.Transport = transport
	}
	if target, err := sip.ParseURI(requestURI); err == nil && target.IsSecure() {
		hop.Secure = true
	}
	return hop
}

// nextURI names the next hop of a target: its route, the request's, or itself.
func nextURI(r *request, t *target) string {
	switch {
	case len(t.route) > 0:
		return uriOf(t.route[0])
	case r.route != "":
		return uriOf(r.route)
	}
	return t.uri
}

// asker is who is behind a request, for MaxLookupsEach.
func (r *request) asker() string {
	if name := r.userName(); name != "" {
		return name
	}
	return r.p.Flow.Remote.Addr().String()
}

// userName is the user who sends a request, "" for anybody else.
func (r *request) userName() string {
	if r.who.Kind == identity.User && r.who.User != nil {
		return r.who.User.Name
	}
	return ""
}
