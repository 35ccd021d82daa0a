package proxy

import (
	"slices"
	"time"

	"hookflash/machine"
	"hookflash/registrar"
	"hookflash/sip"
	"hookflash/transaction"
)

// responseContext is RFC 3261 §16.2's: one proxied request, its branches, and the best
// answer so far.
type responseContext struct {
	server   *transaction.Server // nil once a final response went back
	request  *sip.Message
	source   machine.Flow
	arrived  request
	invite   bool
	inDialog bool // it goes along a route that stands
	branches []*branch
	waiting  []target // not yet asked, in the order of their q
	active   int      // branches without final response, and lookups
	lookups  int32    // of next hops that have a name
	breadth  int32    // what is left of Max-Breadth
	best     *sip.Message
	bestCode int // code of best, or of a response made here when best is nil; 0 without one
	// challenges are the 401 and 407 that came besides best (RFC 3261 §16.7 step 7).
	challenges []*sip.Message
	cancelled  bool // the caller sent CANCEL: no further target is asked
	counted    bool // it counts as a call of the user who sent it
	decided    bool // a 2xx or 6xx came: no further target is asked
	mergeKey   uint64
	routing    *routing // of an INVITE that begins a call; nil otherwise
	// ended are the early dialogs of branches that failed, which the caller has not been told yet.
	ended   []string
	began   int64            // of an INVITE that begins a call, in nanoseconds since 1970
	sibling *responseContext // with the same Call-ID
	letter  *[2]uint64       // of a MESSAGE that waits: what it is counted by
	line    string           // of the trunk that the call came by: it is taken until the call stands or is over
}

// branch is one target that was asked.
type branch struct {
	context *responseContext
	client  *transaction.Client
	target  target
	// leave: a CANCEL goes out as soon as a provisional response allows it (RFC 3261 §9.1).
	leave bool
	left  bool // the CANCEL went out
	// superseded: it said nothing for too long, and counts as active no more.
	superseded bool
	// late: it was cancelled when its phone had rung long enough, and others were asked meanwhile.
	late  bool
	heard bool // a provisional response came: Timer C runs
	// counted: it counts as a call of the target's user.
	counted bool
	rang    bool          // a phone
	can     sip.Abilities // what the phone has said, where somebody may have to act for it (see says)
	// early are the tags of its early dialogs, as the caller knows them.
	early []string
}

// pending tells whether it counts as active.
func (b *branch) pending() bool { return b.client.State() != transaction.Ended && !b.superseded }

// forkNext asks the targets that come next. Where none is left and none is active, the routing
// services are asked where else to call; in the end the best answer goes back.
func (m *Machine) forkNext(now time.Time, c *responseContext, out *machine.Output) {
	for c.server != nil {
		m.askWaiting(now, c, out)
		if c.active > 0 || c.silent() {
			break
		}
		if g := c.routing; g != nil && !g.over {
			more, problem := m.moveOn(now, c)
			if more && problem == nil {
				m.tellEndedEarly(now, c, out)
				m.proceed(now, c, out)
				continue
			}
			g.over, g.problem = true, problem
		}
		if c.awaits() {
			break
		}
		if g := c.routing; g != nil && g.problem != nil && !c.cancelled {
			m.refuse(now, c, g.problem, out)
		} else {
			m.conclude(now, c, out)
		}
	}
	m.tellEndedEarly(now, c, out)
	m.tellEarly(c, out)
}

// awaits tells whether a phone that was cancelled, and is there, has not said what became of it: it may have
// taken the call, and no other final response goes back before (RFC 3261 §16.7 step 6).
func (c *responseContext) awaits() bool {
	return slices.ContainsFunc(c.branches, func(b *branch) bool {
		return b.late && b.heard && b.client.State() != transaction.Ended
	})
}

// endedLate goes on when a branch has failed that did not count as active any more.
func (m *Machine) endedLate(now time.Time, b *branch, out *machine.Output) {
	if b.late && b.context.active == 0 {
		m.forkNext(now, b.context, out)
	}
}

// askWaiting asks the targets with the highest q that were not asked yet, all at once
// (RFC 3261 §16.6).
func (m *Machine) askWaiting(now time.Time, c *responseContext, out *machine.Output) {
	for c.active == 0 && len(c.waiting) > 0 && !c.cancelled && !c.decided {
		group := 1
		for group < len(c.waiting) && c.waiting[group].q == c.waiting[0].q {
			group++
		}
		if int(c.breadth) < group {
			// RFC 5393 §5.3.3.1: not enough breadth to ask them at once.
			c.consider(nil, 440)
			break
		}
		share := int(c.breadth) / group
		batch := c.waiting[:group]
		c.waiting = c.waiting[group:]
		for i := range batch {
			batch[i].breadth = int32(share)
			m.ask(now, c, &batch[i], out)
		}
	}
}

// ask sends the request to one target: to the first of its alternatives that can be used.
func (m *Machine) ask(now time.Time, c *responseContext, t *target, out *machine.Output) {
	for {
		problem := m.reach(c, t)
		switch {
		case problem == nil:
			m.sendBranch(now, c, t, out)
			return
		case problem == byName && t.problem == nil && m.askByName(now, c, t, out):
			return // it goes on when the name is looked up
		case !m.advance(now, t):
			c.consider(nil, problem.Code)
			return
		}
	}
}

// reach works out the flow of the current alternative.
func (m *Machine) reach(c *responseContext, t *target) *sip.StatusError {
	if t.problem != nil {
		return t.problem
	}
	if !t.bound && !t.located {
		flow, resolved, problem := m.locate(nextURI(&c.arrived, t), t.flow.Listener, t.from)
		if problem != nil {
			return problem
		}
		// A registered contact stays on the transport it registered with.
		t.flow, t.resolved = flow, resolved && t.user == ""
	} else if t.flow.Transport != machine.Inside && !m.settings.mayReach(t.flow.Remote, t.from) {
		return outOfBounds
	}
	switch {
	case c.arrived.uri.IsSecure() && !secured(t.flow.Transport):
		return insecure
	case t.trunk == nil && !t.bound && !c.inDialog && m.isGateway(t.flow.Remote, t.from):
		return outOfBounds
	case t.trunk != nil && c.invite && !c.inDialog:
		return m.seize(&t.alternative)
	}
	return nil
}

// insecure: RFC 5630 §5.3: what is asked for by sips goes encrypted or not at all.
var insecure = &sip.StatusError{Code: 480, Reason: "No Encrypted Way To The Phone"}

func (m *Machine) sendBranch(now time.Time, c *responseContext, t *target, out *machine.Output) {
	number := m.table.NewNumber()
	hop := hop{target: t, number: number, began: now.Unix(), inDialog: c.inDialog, routing: c.routing}
	data := m.compose(&c.arrived, &hop)
	if t.resolved && t.flow.Transport == machine.UDP && len(data) > datagramLimit {
		if listener, ok := m.settings.listenerFor(machine.TCP, t.flow.Remote.Addr(), t.flow.Listener); ok {
			t.flow.Transport, t.flow.Listener = machine.TCP, listener
			data = m.compose(&c.arrived, &hop)
		}
	}
	if problem := tooLong(c, t, data); problem != 0 {
		m.release(&t.alternative)
		c.consider(nil, problem)
		return
	}
	patience := t.patience(now)
	b := &branch{context: c, target: *t}
	call := transaction.Call{Number: number, Data: data, Flow: t.flow, Method: c.request.Method(), Context: b, Patience: patience}
	b.client = m.table.Send(now, call, out)
	if b.client == nil {
		m.release(&t.alternative)
		c.consider(nil, 503)
		return
	}
	m.counts.Forwarded++
	m.beginCallee(b)
	c.branches = append(c.branches, b)
	c.active++
}

// uriOf is the URI of a Route or Path value.
func uriOf(value string) string {
	address, err := sip.ParseAddress(value)
	if err != nil {
		return value
	}
	return address.Text
}

// Unsent: the next hop refused the connection or the network the datagram.
func (m *Machine) Unsent(now time.Time, client *transaction.Client, out *machine.Output) {
	b, ok := client.Context.(*branch)
	if !ok {
		return
	}
	line := b.target.line
	m.release(&b.target.alternative)
	m.endCallee(b)
	if b.superseded {
		m.endedLate(now, b, out)
		return
	}
	c := b.context
	c.active--
	c.decided = c.decided || m.unkept
	if again := b.target; !c.cancelled && !c.decided && m.elsewhere(now, c, &again) && (!line || m.seize(&again.alternative) == nil) {
		m.sendBranch(now, c, &again, out)
		return
	}
	m.shun(now, &b.target, shunFor)
	if !m.tryNext(now, b, out) {
		c.consider(nil, m.unsentCode(b))
	}
	m.forkNext(now, c, out)
}

// elsewhere finds another way for what could not be sent, each but once: a request that
// went by a stream for its size alone goes as a datagram (RFC 3261 §18.1.1); for a
// connection that is gone, the one by which the phone has registered since, or its address.
func (m *Machine) elsewhere(now time.Time, c *responseContext, t *target) bool {
	switch {
	case t.resolved && t.flow.Transport == machine.TCP:
		listener, found := m.settings.listenerFor(machine.UDP, t.flow.Remote.Addr(), 0)
		t.resolved = false
		t.flow.Transport, t.flow.Listener = machine.UDP, listener
		return found
	case !t.bound || !t.flow.Transport.Reliable() || len(t.route) > 0 || c.arrived.route != "":
		return false
	}
	for b := range m.bindingsOf(now, t.user) {
		if m.names(t.uri, b) && b.FlowBound && !b.Flow.SamePeer(t.flow) && !t.renewed && (c.inDialog || b.RegID == t.registered) &&
			(secured(b.Flow.Transport) || !c.arrived.uri.IsSecure()) {
			t.flow, t.renewed = b.Flow, true
			return true
		}
	}
	if t.registered != 0 {
		return false // RFC 5626 §5.3: by its flows or not at all
	}
	flow, _, problem := m.locate(m.listensAt(now, c, t), t.flow.Listener, t.from)
	t.flow, t.bound = flow, false
	return problem == nil && (secured(flow.Transport) || !c.arrived.uri.IsSecure())
}

// names tells whether a URI is a phone's contact, or its GRUU (RFC 5627 §5.1).
func (m *Machine) names(text string, b *registrar.Binding) bool {
	if b.Contact == text {
		return true
	}
	uri, err := sip.ParseURI(text)
	if err != nil || b.Instance == "" || m.settings.Resolve == nil || !uri.Params.Has("gr") {
		return false
	}
	_, instance, ok := m.settings.Resolve(m.inDomain(uri)) // the bindings looked at are the user's own
	return ok && instance == b.Instance
}

// listensAt is the address of a target whose connection is gone. Within a dialog some
// phones name that very connection as their address: the registration that came by
// it says where they listen.
func (m *Machine) listensAt(now time.Time, c *responseContext, t *target) string {
	if !c.inDialog {
		return t.uri
	}
	for b := range m.bindingsOf(now, t.user) {
		if b.Flow.Transport == t.flow.Transport && b.Flow.Remote == t.flow.Remote {
			return b.Contact
		}
	}
	return t.uri
}

// TimedOut: nobody answers, or the phone has rung for Timer C.
func (m *Machine) TimedOut(now time.Time, client *transaction.Client, out *machine.Output) {
	b, ok := client.Context.(*branch)
	if !ok {
		return // a CANCEL that nobody answered
	}
	c := b.context
	if client.State() == transaction.Proceeding && client.Invite() && !b.left {
		m.leave(now, b, out) // RFC 3261 §16.8
		m.tellEarly(c, out)
		return
	}
	m.table.Abandon(client)
	m.release(&b.target.alternative)
	m.endCallee(b)
	if b.superseded {
		m.endedLate(now, b, out)
		return
	}
	c.active--
	c.failed(b)
	m.shun(now, &b.target, shunFor)
	code := 408
	if b.leave {
		code = 487 // RFC 3261 §9.1: a CANCEL that is never answered ends the INVITE all the same
	}
	c.consider(nil, code)
	m.forkNext(now, c, out)
}

// Unacknowledged: nothing is left to do for a refusal whose ACK never came.
func (m *Machine) Unacknowledged(time.Time, *transaction.Server, *machine.Output) {}
