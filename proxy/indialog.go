package proxy

import (
	"net/netip"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// receiveInDialog places a request within a dialog: along its route, to the other end of
// the call that its Record-Route token names. It must come from one of the ends: by the
// path the token knows, or with that user's credentials.
func (m *Machine) receiveInDialog(now time.Time, r *request, out *machine.Output) {
	if !r.sealed {
		m.receiveStray(now, r, out)
		return
	}
	toCallee := r.token.callerTag == tagHash(r.p.Message.FromTag())
	from, to := &r.token.callee, &r.token.caller
	if toCallee {
		from, to = to, from
	}
	if !m.comesFrom(r, from) {
		if r.who.Kind == identity.Nobody {
			m.challenge(now, r, out)
		} else {
			m.reject(now, r, &sip.StatusError{Code: 403, Reason: "Not Your Call"}, out)
		}
		return
	}
	if problem := m.tooShort(r.p.Message); problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	t, problem := m.nextHop(r, to)
	if problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	if r.p.Message.Method() == sip.BYE {
		m.ended(r)
	} else {
		m.remember(now, r)
	}
	m.placeInDialog(now, r, t, out)
}

// comesFrom: RFC 3261 lets anybody who knows the tags speak in a dialog; we let the ends.
func (m *Machine) comesFrom(r *request, e *end) bool {
	if e.flow.SamePeer(r.p.Flow) {
		return true
	}
	return e.user != "" && r.who.Kind == identity.User && r.who.User != nil && r.who.User.Name == e.user
}

// receiveStray: a request with a To tag that came along no route of ours.
func (m *Machine) receiveStray(now time.Time, r *request, out *machine.Output) {
	switch {
	case r.who.Refusal != nil:
		m.reject(now, r, r.who.Refusal, out)
	case r.who.Kind == identity.Nobody:
		m.challenge(now, r, out)
	case r.who.Kind == identity.Guest:
		m.reject(now, r, &sip.StatusError{Code: 481, Reason: sip.Reason(481)}, out)
	default:
		targets, problem := m.targets(now, r)
		if problem != nil {
			problem = &sip.StatusError{Code: 481, Reason: sip.Reason(481)}
			m.reject(now, r, problem, out)
			return
		}
		m.place(now, r, targets[:1], out)
	}
}

// nextHop is where a request to one end of a call goes (RFC 3261 §16.4 to §16.6 step 6):
// to the next route, along the flow that is known to reach the end, or to its address.
func (m *Machine) nextHop(r *request, to *end) (*target, *sip.StatusError) {
	t := &target{uri: r.text, user: to.user, from: to.flow.Remote.Addr()}
	if to.bound {
		t.flow, t.bound = to.flow, true
		return t, nil
	}
	next := r.text
	if r.route != "" {
		next = uriOf(r.route)
	}
	flow, resolved, problem := m.locate(next, to.flow.Listener, m.farthest(r, to))
	if problem != nil && to.flow.Valid() {
		// The far end names a host that we can't reach; it is where it was.
		flow, resolved, problem = to.flow, false, nil
	}
	t.flow, t.resolved = flow, resolved
	return t, problem
}

// farthest: an end on loopback may name loopback, whoever asks for it.
func (m *Machine) farthest(r *request, to *end) netip.Addr {
	if to.flow.Remote.Addr().IsLoopback() {
		return to.flow.Remote.Addr()
	}
	return r.p.Flow.Remote.Addr()
}

func (m *Machine) placeInDialog(now time.Time, r *request, t *target, out *machine.Output) {
	server := m.table.Begin(now, r.p)
	if server == nil {
		m.reply(r.p, 503, "Too Many Requests Waiting", out)
		return
	}
	c := &responseContext{
		server: server, request: r.p.Message, source: r.p.Flow, arrived: *r, invite: r.p.Message.Method() == sip.INVITE, breadth: 1,
	}
	server.Context = c
	if c.invite {
		m.trying(now, c, out)
	}
	number := m.table.NewNumber()
	h := hop{target: t, number: number, inDialog: true}
	data := m.composeInDialog(r, &h)
	b := &branch{context: c, target: *t}
	b.client = m.table.Send(now, transaction.Call{Number: number, Data: data, Flow: t.flow, Method: c.request.Method(), Context: b}, out)
	if b.client == nil {
		c.consider(nil, 503)
		m.conclude(now, c, out)
		return
	}
	m.counts.Forwarded++
	c.branches = append(c.branches, b)
	c.active = 1
}

// composeInDialog is compose, but for a next hop that is a strict router: it finds its
// own URI as Request-URI, and the target as the last Route value (RFC 3261 §16.6 step 6).
func (m *Machine) composeInDialog(r *request, h *hop) []byte {
	address, err := sip.ParseAddress(r.route)
	if r.route == "" || err != nil || address.URI.Params.Has("lr") {
		return m.compose(r, h)
	}
	strict := *h.target
	strict.uri = address.Text
	again, rewritten := *h, *r
	again.target = &strict
	rewritten.popped++
	message, parseErr := sip.Parse(string(m.compose(&rewritten, &again)))
	if parseErr != nil {
		return m.compose(r, h)
	}
	e := &m.edit
	e.Reset(message)
	e.AddLast(sip.HeaderRoute, []byte("<"+h.target.uri+">"))
	return e.Bytes()
}

// receiveACK forwards the ACK of a 2xx along its route, without a transaction
// (RFC 3261 §16.11). Nothing is ever answered to an ACK.
func (m *Machine) receiveACK(now time.Time, r *request, out *machine.Output) {
	if problem := m.validate(r); problem != nil {
		return
	}
	m.readRoutes(r)
	if !r.sealed {
		return
	}
	from, to := &r.token.callee, &r.token.caller
	if r.token.callerTag == tagHash(r.p.Message.FromTag()) {
		from, to = to, from
	}
	if !m.comesFrom(r, from) {
		return
	}
	t, problem := m.nextHop(r, to)
	if problem != nil || !t.bound && !m.settings.mayReach(t.flow.Remote, m.farthest(r, to)) {
		return
	}
	h := hop{target: t, number: m.table.NewNumber(), inDialog: true}
	m.counts.Forwarded++
	out.Sends = append(out.Sends, machine.Send{To: t.flow, Data: m.composeInDialog(r, &h)})
}
