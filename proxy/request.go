package proxy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// request is a request on its way through one step.
type request struct {
	p   machine.Packet
	who identity.Identity
	uri sip.URI // the Request-URI, after a strict router's rewriting was undone
	// text is the Request-URI to go on with, as text.
	text string
	// popped counts the Route values at the top that were ours.
	popped int
	// strict: text came from the last Route value, which goes (RFC 3261 §16.4).
	strict   bool
	route    string // the next Route value, "" without one
	token    token  // of our Record-Route, when sealed
	sealed   bool
	mergeKey uint64 // 0 within a dialog
	trunk    *Trunk // the trunk that it came by, nil for none
}

// receiveRequest is RFC 3261 §16.3 to §16.6 for everything but ACK and CANCEL.
func (m *Machine) receiveRequest(now time.Time, r *request, out *machine.Output) {
	if problem := m.validate(r); problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	m.readRoutes(r)
	if r.p.Message.ToTag() != "" {
		m.receiveInDialog(now, r, out)
		return
	}
	m.findGateways(now, out)
	m.receiveTrunk(now, r)
	if r.who.Refusal != nil {
		m.reject(now, r, r.who.Refusal, out)
		return
	}
	if r.who.Kind == identity.Nobody {
		m.challenge(now, r, out)
		return
	}
	if m.draining && forms(r.p.Message.Method()) {
		m.reject(now, r, &sip.StatusError{Code: 503, Reason: "Shutting Down"}, out)
		return
	}
	if m.settings.serves(r.uri) && r.uri.User == "" {
		m.answerForServer(now, r, out)
		return
	}
	r.mergeKey = m.mergeKey(r)
	if m.merged[r.mergeKey] != nil {
		m.reject(now, r, &sip.StatusError{Code: 482, Reason: "Loop Detected (Merged Request)"}, out)
		return
	}
	if problem := m.tooShort(r.p.Message); problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	if problem := m.mayWrite(now, r, r.userName()); problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	if r.p.Message.Method() == sip.INVITE {
		m.receiveInvite(now, r, out)
		return
	}
	if problem := m.mayRefer(now, r); problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	targets, problem := m.targets(now, r)
	if problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	m.place(now, r, &responseContext{waiting: targets}, out)
}

// validate is the part of RFC 3261 §16.3 that Parse has not done.
func (m *Machine) validate(r *request) *sip.StatusError {
	message := r.p.Message
	var err error
	r.text = message.RequestURI()
	if r.uri, err = sip.ParseURI(r.text); err != nil {
		return &sip.StatusError{Code: 400, Reason: "Bad Request", Err: err}
	}
	if !r.uri.IsSIP() && !r.uri.IsTel() {
		return &sip.StatusError{Code: 416, Reason: sip.Reason(416)}
	}
	if maddr, given := r.uri.Params.Get("maddr"); given {
		m.stripOwn(r, maddr)
	}
	if hops, ok := message.Number(sip.HeaderMaxForwards); ok && hops == 0 {
		return &sip.StatusError{Code: 483, Reason: sip.Reason(483)}
	}
	if message.Has(sip.HeaderProxyRequire) {
		// RFC 3261 §16.3 step 5: we know no extension that a proxy must support.
		options := slices.Collect(message.Values(sip.HeaderProxyRequire))
		return &sip.StatusError{Code: 420, Reason: sip.Reason(420), Unsupported: strings.Join(options, ", ")}
	}
	if m.loops(r) {
		return &sip.StatusError{Code: 482, Reason: sip.Reason(482)}
	}
	return nil
}

// stripOwn takes a maddr that names one of our sockets off the Request-URI, and what was
// written for its sake (RFC 3261 §16.4).
func (m *Machine) stripOwn(r *request, maddr string) {
	if !m.settings.listensOn(sip.URI{Scheme: r.uri.Scheme, Host: maddr, Port: r.uri.Port}) {
		return
	}
	r.uri.Params = r.uri.Params.Without("maddr", "transport")
	if r.uri.Port != 5060 && !r.uri.IsSecure() {
		r.uri.Port = 0
	}
	r.text = r.uri.String()
}

// place begins the server transaction and sends the request to its first targets.
func (m *Machine) place(now time.Time, r *request, c *responseContext, out *machine.Output) {
	server := m.table.Begin(now, r.p)
	if server == nil {
		m.releaseCaller(c)
		m.reply(r.p, 503, "Too Many Requests Waiting", out)
		return
	}
	c.server, c.request, c.source, c.mergeKey = server, r.p.Message, r.p.Flow, r.mergeKey
	c.invite, c.arrived = r.p.Message.Method() == sip.INVITE, *r
	m.pend(c, 1)
	server.Context = c
	server.Unproven = r.unproven()
	if c.breadth = DefaultBreadth; r.p.Message.Has(sip.HeaderMaxBreadth) {
		breadth, _ := r.p.Message.Number(sip.HeaderMaxBreadth)
		c.breadth = int32(min(breadth, DefaultBreadth))
	}
	if r.mergeKey != 0 {
		m.merged[r.mergeKey] = c
	}
	if c.invite {
		m.counts.Calls++
		c.began = now.UnixNano()
		m.inviting.add(m.callHash(c.request.CallID()), c)
		m.beginCaller(c)
	}
	for i := range c.waiting {
		warranted(r, r.userName(), cmp.Or(c.waiting[i].user, party(m.agentOf(c.waiting[i].flow))), out)
	}
	m.proceed(now, c, out)
	m.forkNext(now, c, out)
	if c.invite {
		m.trying(now, c, out)
	}
}

// unproven tells a guest whose address may be forged: nothing that is large or comes again
// by itself is sent there.
func (r *request) unproven() bool {
	return r.who.Kind == identity.Guest && !r.who.Trusted && r.trunk == nil && !r.p.Flow.Transport.Reliable()
}

// trying answers 100, so that the caller stops retransmitting, unless more was said already.
func (m *Machine) trying(now time.Time, c *responseContext, out *machine.Output) {
	if c.server == nil || !c.server.Unanswered() {
		return
	}
	data := sip.NewResponse(c.request, c.source.Remote, sip.Answer{Code: 100}).Copy(c.request, sip.HeaderTimestamp).Empty()
	m.table.Respond(now, c.server, transaction.Response{Code: 100, Data: data}, out)
}
