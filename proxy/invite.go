package proxy

import (
	"cmp"
	"time"

	"hookflash/directory"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// receiveInvite places an INVITE that begins a call, as the routing services decide. A refusal
// before anybody was asked leaves no transaction behind (see reject).
func (m *Machine) receiveInvite(now time.Time, r *request, out *machine.Output) {
	g := m.newRouting(now, r)
	if problem := m.mayCall(r, g); problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	c := &responseContext{routing: g, arrived: *r, invite: true}
	r = &c.arrived
	called, by, back := g.callee.user, g.Caller.known(), g.Caller.back(m.settings.Domains[0])
	problem := m.settle(now, c)
	for problem == nil && len(c.waiting) == 0 && !c.silent() {
		more, refused := m.moveOn(now, c)
		if refused != nil {
			problem = refused
		}
		if !more || refused != nil {
			break
		}
	}
	if len(c.waiting) == 0 && !c.silent() {
		if problem == nil {
			problem = m.failure(c, cmp.Or(c.bestCode, 480))
		}
		m.tellRefused(c, problem.Code, out)
		m.reject(now, r, problem, out)
		return
	}
	if problem = m.seizeCaller(c); problem != nil {
		m.reject(now, r, problem, out)
		return
	}
	if g.idle(m.settings) {
		c.routing = nil
		m.spare = g
	}
	m.place(now, r, c, out)
	if called != nil && by != "" {
		out.Events = append(out.Events, Called{User: called.Name, By: by, Back: back})
	}
}

// Called is an event of a Machine: somebody calls a user.
type Called struct {
	User string
	By   string // number, name or address
	Back string // address by which the callee calls back, without its scheme; "": by none
}

// known is what the callee may know a caller by, "" for one who hides.
func (c *Caller) known() string {
	if c.Anonymous {
		return ""
	}
	return cmp.Or(c.Number, c.Name, c.Address)
}

// idle tells whether no service will have anything to say of the call: it is as if there were none.
func (g *routing) idle(s *Settings) bool {
	return g.callee.picked == nil && g.unhelped == nil && g.callee.name != redialAgent && (g.callee.user == nil || g.callee.user.Routing == nil) && g.callee.group == nil && len(g.Diversions) == 0 &&
		g.ring == 0 && !g.silent && g.Payer == g.Caller.User && s.Redirects != directory.RedirectsFollow
}

// mayCall tells whether the caller may call whom the Request-URI names; nil when that is so.
func (m *Machine) mayCall(r *request, g *routing) *sip.StatusError {
	d := &g.callee
	switch {
	case !g.coded && notBehind(r, d):
		return &sip.StatusError{Code: 481, Reason: sip.Reason(481)}
	case internal(d) && !g.coded && !asksBridge(d):
		return &sip.StatusError{Code: 403, Reason: sip.Reason(403)}
	case r.trunk != nil && d.means == meansNobody:
		return nobodysNumber
	case d.means == meansForeign && !callsOut(r) && g.Payer == nil:
		return m.onlyForUsers(r)
	case d.means == meansNumber && !callsOut(r) && g.Payer == nil:
		return m.nobodyThere(r, d.uri)
	}
	return m.decideLeave(g, d)
}

// silent tells whether the caller hears ringing though nobody is asked.
func (c *responseContext) silent() bool { return c.routing != nil && c.routing.silent }

// proceed tells the caller what has just been decided, and how long it holds.
func (m *Machine) proceed(now time.Time, c *responseContext, out *machine.Output) {
	g := c.routing
	if g == nil {
		return
	}
	if g.unsaid {
		g.unsaid = false
		m.inform(now, c, sip.Answer{Code: 181}, out)
	}
	if g.silent {
		m.inform(now, c, sip.Answer{Code: 180}, out)
	}
	if g.ring > 0 {
		m.ringFor(now, c, g.ring)
	}
}

// inform sends a provisional response of our own (RFC 5359 §2.7): unreliably, so never where
// reliable ones are required (RFC 3262 §3), and with a To tag that belongs to no dialog, unless
// it is about one.
func (m *Machine) inform(now time.Time, c *responseContext, answer sip.Answer, out *machine.Output) {
	if c.server == nil || c.request.HasToken(sip.HeaderRequire, "100rel") || c.arrived.unproven() {
		return
	}
	if answer.ToTag == "" {
		answer.ToTag = m.informTag(c.request, answer.Code+len(c.routing.Diversions))
	}
	data := sip.NewResponse(c.request, c.source.Remote, answer).Empty()
	m.table.Respond(now, c.server, transaction.Response{Code: answer.Code, Data: data}, out)
}

// refuse ends an INVITE with a response of our own.
func (m *Machine) refuse(now time.Time, c *responseContext, problem *sip.StatusError, out *machine.Output) {
	data := m.errorResponse(machine.Packet{Message: c.request, Flow: c.source}, problem)
	m.finish(now, c, transaction.Response{Code: problem.Code, Data: data}, out)
}

// MaxEarly is how many early dialogs of a branch are kept in mind; further ones end unannounced.
const MaxEarly = 8

// rings notes that the phone of a branch rings, and the early dialog that this makes.
func (b *branch) rings(response *sip.Message) {
	if g := b.context.routing; g != nil {
		g.Rang = true
	}
	tag := response.ToTag()
	if tag == "" || len(b.early) >= MaxEarly {
		return
	}
	for _, known := range b.early {
		if known == tag {
			return
		}
	}
	b.early = append(b.early, tag)
}

// failed notes that the early dialogs of a branch are over.
func (c *responseContext) failed(b *branch) {
	c.ended = append(c.ended, b.early...)
	b.early = nil
}

// tellEndedEarly tells the caller of early dialogs that are over while the call goes on (RFC 6228 §6).
func (m *Machine) tellEndedEarly(now time.Time, c *responseContext, out *machine.Output) {
	if c.server != nil && len(c.ended) > 0 && !c.cancelled && c.request.HasToken(sip.HeaderSupported, "199") {
		for _, tag := range c.ended {
			m.inform(now, c, sip.Answer{Code: 199, ToTag: tag}, out)
		}
	}
	c.ended = nil
}
