package proxy

import (
	"strconv"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// hop is what a request gets on one branch.
type hop struct {
	target *target
	number uint64 // of the client transaction
	began  int64  // seconds since 1970
	// inDialog: the request goes along a route that stands; no Record-Route is added.
	inDialog bool
	routing  *routing // of an INVITE that begins a call; nil otherwise
}

// compose makes the request as it leaves on one branch (RFC 3261 §16.6 steps 1 to 9), by
// splicing: what is not named here leaves as it came.
func (m *Machine) compose(r *request, h *hop) []byte {
	message, e := r.p.Message, &m.edit
	routes, popped := h.target.route, r.popped
	strict, uri := strictNext(r, h.target), sip.RequestURI(h.target.uri)
	e.Reset(message)
	switch {
	case strict == "":
		e.SetRequestURI(uri)
	case len(routes) > 0:
		routes = routes[1:]
		e.SetRequestURI(strict)
	default:
		popped++
		e.SetRequestURI(strict)
	}
	e.Prepend(sip.HeaderVia, m.viaValue(r, h))
	switch method := message.Method(); {
	case !h.inDialog && forms(method):
		t := m.newToken(r, h)
		m.recordRoute(e, r, h, &t)
		m.setAnswering(e, r, h)
	case h.inDialog && method == sip.NOTIFY:
		// RFC 6665 §4.3: it may come before the answer to its SUBSCRIBE, and makes the dialog then.
		m.recordRoute(e, r, h, &r.token)
	}
	for _, value := range routes {
		e.Prepend(sip.HeaderRoute, []byte(value))
	}
	e.StampVia(r.p.Flow.Remote)
	m.setForwards(e, message)
	if h.target.breadth > 0 {
		m.value = strconv.AppendInt(m.value[:0], int64(h.target.breadth), 10)
		e.Set(sip.HeaderMaxBreadth, m.value)
	}
	removeRoutes(e, r, popped)
	if strict != "" {
		m.value = append(append(append(m.value[:0], '<'), uri...), '>')
		e.AddLast(sip.HeaderRoute, m.value)
	}
	if h.target.trunk != nil {
		m.setTrunkIdentity(e, r, h)
	} else {
		m.setIdentity(e, r, h)
		m.setServed(e, r, h)
	}
	if h.target.replaces != nil {
		m.setReplaces(e, *h.target.replaces)
	}
	if h.tellsHistory() {
		m.setHistory(e, r, h)
	}
	if method := message.Method(); method == sip.INVITE || method == sip.UPDATE {
		m.setSession(e, message)
	}
	if h.target.raise > 0 {
		m.raiseSequence(e, message, h.target.raise)
	}
	m.setLength(e, message, h.target.flow)
	return e.Bytes()
}

// setLength: on a stream the length must be said, though a datagram did without
// (RFC 3261 §16.6 step 9, §18.3).
func (m *Machine) setLength(e *sip.Edit, message *sip.Message, to machine.Flow) {
	if to.Transport.Reliable() && !message.Has(sip.HeaderContentLength) {
		m.value = strconv.AppendInt(m.value[:0], int64(len(message.Body())), 10)
		e.Add(sip.HeaderContentLength, m.value)
	}
}

// strictNext is the URI of a next hop that is a strict router: it must find itself in the
// Request-URI, and the target as the last Route (RFC 3261 §16.6 step 6). "" for any other.
func strictNext(r *request, t *target) string {
	next := r.route
	if len(t.route) > 0 {
		next = t.route[0]
	}
	if next == "" {
		return ""
	}
	address, err := sip.ParseAddress(next)
	if err != nil || address.URI.Params.Has("lr") {
		return ""
	}
	return sip.RequestURI(address.Text)
}

// removeRoutes takes off the Route what was ours, and what a strict router had put last.
func removeRoutes(e *sip.Edit, r *request, popped int) {
	switch {
	case r.strict && r.route == "":
		e.Remove(sip.HeaderRoute)
		return
	case r.strict:
		e.RemoveLastValue(sip.HeaderRoute)
	}
	if popped > 0 {
		e.RemoveTopValues(sip.HeaderRoute, popped)
	}
}

// forms tells whether a request can begin a dialog whose requests must come back here.
func forms(method sip.Method) bool {
	return method == sip.INVITE || method == sip.SUBSCRIBE || method == sip.REFER
}

func (m *Machine) setForwards(e *sip.Edit, message *sip.Message) {
	hops, ok := message.Number(sip.HeaderMaxForwards)
	if !ok {
		hops = 71 // RFC 3261 §16.6 step 3: 70 when there is none
	}
	m.value = strconv.AppendUint(m.value[:0], uint64(hops-1), 10)
	e.Set(sip.HeaderMaxForwards, m.value)
}

// viaValue is our Via. The branch carries the number of the client transaction, the
// loop hash, and the session interval that a 2xx of the branch may need.
func (m *Machine) viaValue(r *request, h *hop) []byte {
	var suffix [loopHashLength + 16]byte
	text := m.appendLoopHash(suffix[:0], r)
	if seconds := m.sessionFor(r.p.Message); seconds > 0 {
		text = strconv.AppendUint(text, uint64(seconds), 10)
	}
	if h.target.raise > 0 {
		text = strconv.AppendUint(append(text, raised...), uint64(h.target.raise), 10)
	}
	listener := &m.settings.Listeners[h.target.flow.Listener]
	v := append(m.value[:0], "SIP/2.0/"...)
	v = append(v, h.target.flow.Transport.Via()...)
	v = append(append(v, ' '), listener.Host...)
	v = append(v, ";branch="...)
	m.value = transaction.AppendBranch(v, h.number, string(text))
	return m.value
}

// recordRoute adds our Record-Route; two where the request changes sockets, so that each
// side finds the one it can reach (RFC 5658).
func (m *Machine) recordRoute(e *sip.Edit, r *request, h *hop, t *token) {
	v := append(m.value[:0], "<sip:"...)
	if r.uri.IsSecure() && secured(r.p.Flow.Transport) && secured(h.target.flow.Transport) {
		v = append(m.value[:0], "<sips:"...) // RFC 3261 §16.6 step 4
	}
	v = m.tokens.seal(v, t, r.p.Message.CallID())
	v = append(v, '@')
	sealed := len(v)
	near, far := outward(r.p.Flow, h.target.flow), outward(h.target.flow, r.p.Flow)
	m.value = m.appendRouteEnd(v, far)
	e.Prepend(sip.HeaderRecordRoute, m.value)
	if far.Listener != near.Listener {
		m.value = m.appendRouteEnd(m.value[:sealed], near)
		e.Prepend(sip.HeaderRecordRoute, m.value)
	}
}

// newToken is what a request that begins a dialog tells of its two ends.
func (m *Machine) newToken(r *request, h *hop) token {
	t := token{callerTag: tagHash(r.p.Message.FromTag()), started: uint32(h.began), call: r.p.Message.Method() == sip.INVITE}
	t.caller = end{flow: r.p.Flow, bound: boundToFlow(r.p), named: r.p.Named}
	if r.who.Kind == identity.User && r.who.User != nil {
		t.caller.user = r.who.User.Name
	}
	t.callee = end{user: h.target.user, flow: h.target.flow, bound: h.target.bound}
	t.caller.trunk, t.callee.trunk, t.callee.raise = r.trunk.name(), h.target.trunk.name(), h.target.raise
	return t
}

func (m *Machine) appendRouteEnd(v []byte, flow machine.Flow) []byte {
	v = append(v, m.settings.Listeners[flow.Listener].Host...)
	switch flow.Transport {
	case machine.TCP:
		v = append(v, ";transport=tcp"...)
	case machine.TLS:
		v = append(v, ";transport=tls"...)
	case machine.WS, machine.WSS:
		v = append(v, ";transport=ws"...)
	case machine.UDP, machine.Inside: // what a SIP URI means without saying so
	}
	return append(v, ";lr>"...)
}

// boundToFlow tells whether requests back to a caller must leave on the flow his request
// came on: a stream, or an address that is not the one he names (RFC 5626 §5.3, RFC 3581).
func boundToFlow(p machine.Packet) bool {
	if p.Flow.Transport.Reliable() {
		return true
	}
	contact, err := sip.ParseAddress(p.Message.TopValue(sip.HeaderContact))
	if err != nil {
		return false
	}
	via := p.Message.TopVia()
	if contact.URI.Host != via.Host || contact.URI.Port != via.Port {
		return false // he is reached elsewhere than where he sends from
	}
	address, ok := contact.URI.Address()
	port := contact.URI.Port
	if port == 0 {
		port = 5060
	}
	return !ok || address != p.Flow.Remote.Addr() || port != p.Flow.Remote.Port()
}

// sessionFor is the session interval in seconds that a 2xx without one is given on the
// caller's behalf; 0 when the caller can't refresh (RFC 4028 §8.2).
func (m *Machine) sessionFor(message *sip.Message) uint32 {
	if method := message.Method(); method != sip.INVITE && method != sip.UPDATE || !message.HasToken(sip.HeaderSupported, "timer") {
		return 0
	}
	if seconds, ok := message.Number(sip.HeaderSessionExpires); ok {
		return seconds
	}
	return uint32(m.settings.SessionExpires / time.Second)
}
