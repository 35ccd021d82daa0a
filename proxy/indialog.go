package proxy

import (
	"cmp"
	"encoding/binary"
	"iter"
	"net/netip"
	"time"

	"github.com/dchest/siphash"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/registrar"
	"hookflash/sip"
)

// receiveInDialog places a request within a dialog: along its route, to the other end of
// the call that its Record-Route token names. It must come from one of the ends: by the
// path that is known, or with that user's credentials. A request that came along no route
// of ours belongs to no call of ours.
func (m *Machine) receiveInDialog(now time.Time, r *request, out *machine.Output) {
	if !r.sealed {
		m.reject(now, r, &sip.StatusError{Code: 481, Reason: sip.Reason(481)}, out)
		return
	}
	side := r.side()
	from := r.token.end(side)
	known := m.comesFrom(r, side)
	if !known && !(from.user != "" && r.userName() == from.user) {
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
	if problem := m.mayWrite(now, r, from.user); problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	if problem := m.mayLearn(r, side.other()); problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	t, problem := m.nextHop(now, r, side.other())
	if problem == nil || problem == byName {
		if refused := m.mayReferTo(now, r, from.user); refused != nil {
			problem = refused
		}
	}
	if problem != nil && problem != byName {
		m.reject(now, r, problem, out)
		return
	}
	if r.p.Message.Method() == sip.BYE {
		m.ended(r, out)
	}
	if !known {
		m.moved(r, side, r.p.Flow)
	}
	other := r.token.end(side.other())
	warranted(r, from.user, cmp.Or(other.user, party(m.agentOf(other.flow))), out)
	m.placeInDialog(now, r, t, out)
}

// side tells which end of the call a request says to be from.
func (r *request) side() side {
	if r.token.callerTag == tagHash(r.p.Message.FromTag()) {
		return callerSide
	}
	return calleeSide
}

// comesFrom: RFC 3261 lets anybody who knows the tags speak in a dialog; we let the ends
// in, each by the way it came first or showed its credentials on last. Who is none of our
// users can't show any: its address must do.
func (m *Machine) comesFrom(r *request, from side) bool {
	e := r.token.end(from)
	if r.p.Named && !e.named && e.user != "" {
		// Anybody behind the same address can name that port. An ACK can't be challenged: its
		// sender showed credentials on the request before it.
		shown := m.dialogs.flow(m.requestKey(r), from)
		return shown != nil && shown.SamePeer(r.p.Flow) && r.p.Message.Method() == sip.ACK
	}
	if e.flow.SamePeer(r.p.Flow) || e.flow.Dialled(r.p.Flow) || e.byAddress() && e.flow.Remote.Addr() == r.p.Flow.Remote.Addr() {
		return true
	}
	if t := m.trunkNamed(e.trunk); t != nil && m.fromTrunk(t, r.p.Flow) {
		return true
	}
	flow := m.dialogs.flow(m.requestKey(r), from)
	return flow != nil && flow.SamePeer(r.p.Flow)
}

// byAddress tells an end that its address alone is known by: it is none of our users, nor in this
// process.
func (e *end) byAddress() bool { return e.user == "" && e.flow.Transport != machine.Inside }

// nextHop is where a request to one end of a call goes (RFC 3261 §16.4 to §16.6 step 6):
// to the next route, along the flow that is known to reach the end, or to its address.
func (m *Machine) nextHop(now time.Time, r *request, to side) (*target, *sip.StatusError) {
	e := r.token.end(to)
	t := &target{alternative: alternative{uri: r.text, trunk: m.trunkNamed(e.trunk), raise: e.raise}, user: e.user, from: e.flow.Remote.Addr()}
	if flow := m.dialogs.flow(m.requestKey(r), to); flow != nil && (e.bound || flow.Transport.Reliable()) {
		t.flow, t.bound = *flow, true
		return t, nil
	}
	if e.bound {
		t.flow, t.bound = e.flow, true
		return t, nil
	}
	next := r.text
	if r.route != "" {
		next = uriOf(r.route)
	}
	flow, resolved, problem := m.locate(next, e.flow.Listener, m.farthest(r, e))
	guest := r.token.end(to.other()).byAddress()
	if problem == byName && m.settings.Lookup != nil && !(r.route == "" && e.flow.Valid() && m.settings.serves(r.uri)) {
		// A GRUU of ours is no name to be looked up: the phone is where it was.
		near := *e
		t.further, t.from = &further{near: &near, tied: guest}, m.farthest(r, e)
		t.flow.Listener = e.flow.Listener
		return t, byName
	}
	switch {
	case problem != nil:
	case guest && !m.staysWith(now, flow, e):
		problem = outOfBounds // a guest names a host that this end has nothing to do with
	case t.trunk == nil && m.isGateway(flow.Remote, t.from):
		problem = outOfBounds // nor does a call lead to a gateway that began elsewhere
	}
	if problem != nil && e.flow.Valid() && r.route == "" {
		flow, resolved, problem = e.flow, false, nil // the end is where it was
	}
	t.flow, t.resolved = flow, resolved && e.user == ""
	return t, problem
}

// staysWith tells whether a flow leads to where an end of a call was, or is registered.
func (m *Machine) staysWith(now time.Time, flow machine.Flow, e *end) bool {
	if flow.Remote.Addr() == e.flow.Remote.Addr() {
		return true
	}
	for b := range m.bindingsOf(now, e.user) {
		if b.Flow.Remote.Addr() == flow.Remote.Addr() {
			return true
		}
	}
	return false
}

// bindingsOf are the bindings of a user of ours that have not expired.
func (m *Machine) bindingsOf(now time.Time, user string) iter.Seq[*registrar.Binding] {
	return func(yield func(*registrar.Binding) bool) {
		if user == "" {
			return
		}
		record := m.views.Bindings.Bindings(user + "@" + m.settings.Domains[0])
		for i := 0; record != nil && i < len(record.Bindings); i++ {
			if b := &record.Bindings[i]; b.Expires.After(now) && !yield(b) {
				return
			}
		}
	}
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
		server: server, request: r.p.Message, source: r.p.Flow, arrived: *r, invite: r.p.Message.Method() == sip.INVITE, inDialog: true,
	}
	server.Context = c
	if c.invite {
		m.table.Defer(now, c.server)
	}
	switch {
	case t.further == nil:
		m.sendBranch(now, c, t, out)
	case !m.askByName(now, c, t, out):
		t.take(m.alternatives(now, r, t, Candidates{}))
		m.ask(now, c, t, out)
	}
	if c.active == 0 {
		m.conclude(now, c, out)
	}
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
	side := r.side()
	if !m.comesFrom(r, side) {
		return
	}
	t, problem := m.nextHop(now, r, side.other())
	if problem == byName {
		m.acknowledgeByName(now, r, t, out)
		return
	}
	if problem != nil {
		return
	}
	m.sendACK(r, t, out)
}

// acknowledgeByName forwards an ACK once its next hop is looked up.
func (m *Machine) acknowledgeByName(now time.Time, r *request, t *target, out *machine.Output) {
	kept := *r
	send := func(now time.Time, found Candidates, out *machine.Output) {
		if ways := m.alternatives(now, &kept, t, found); len(ways.list) > 0 {
			t.alternative = ways.list[0]
			m.sendACK(&kept, t, out)
		}
	}
	if !m.inquire(now, &inquiry{hop: hopOf(nextURI(r, t), t.uri), asker: r.asker(), then: send}, out) {
		send(now, Candidates{}, out)
	}
}

func (m *Machine) sendACK(r *request, t *target, out *machine.Output) {
	h := hop{target: t, number: m.numberOf(r.p.Message), inDialog: true}
	m.counts.Forwarded++
	out.Sends = append(out.Sends, machine.Send{To: t.flow, Data: m.compose(r, &h)})
}

// numberOf is the branch number of an ACK: the same for a retransmission, as for any hop
// without state (RFC 3261 §16.11).
func (m *Machine) numberOf(message *sip.Message) uint64 {
	v := append(append(m.value[:0], message.Branch()...), 0)
	v = append(append(v, message.CallID()...), 0)
	v = append(append(v, message.FromTag()...), 0)
	m.value = binary.BigEndian.AppendUint32(v, message.CSeq())
	return siphash.Hash(m.hashKey[1], m.hashKey[0], m.value) >> 1
}
