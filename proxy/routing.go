package proxy

import (
	"cmp"
	"strings"
	"time"

	"hookflash/directory"
	"hookflash/machine"
	"hookflash/sip"
)

// Limits of the routing services.
const (
	MaxDiversions = 10 // ways from one callee to the next; 482 beyond
	MaxStages     = 64 // decisions of the services about one INVITE; the best answer goes back beyond
)

// routing is the way of one INVITE through the routing services.
type routing struct {
	Context
	callee  destination
	visited []string // whose rules were asked
	ring    time.Duration
	stages  int
	// until is when the phones have rung long enough; then, when those that were cancelled have
	// been waited for. Zero: nothing is waited for.
	until  time.Time
	index  int  // in Machine.ringing, -1 when it is not there
	left   bool // they have rung long enough, or are to ring no more
	took   bool // phones were cancelled, and not by the caller
	silent bool // nobody is asked, and the caller hears ringing all the same
	// over: nobody else will be asked. problem is the answer then, nil where it is the best one.
	over    bool
	problem *sip.StatusError
	// unsaid: the caller has not been told yet that the call is forwarded.
	unsaid bool
	// elsewhere is where a phone pointed by a 3xx.
	elsewhere *destination
	// only: the services of the callee are not asked, but for refusals.
	only bool
	// judged: the services of the callee are not asked at all. It takes over or joins a call of the
	// callee's, which was allowed, or they were asked before.
	judged bool
	// trunk is the name of that by which a call came to the agent that makes this one of it; "": by none.
	trunk string
	// unhelped is the callee of a call that goes through the agent which helps telephones; nil: it does not.
	unhelped *destination
	// partner is with whom the agent that helps has connected the caller before the call stood; nil: with whom he called.
	partner *Partner
	// coded: the caller dialled a code.
	coded bool
	// intercom: the phones are to answer by themselves.
	intercom bool
}

// newRouting is the beginning of an INVITE's way.
func (m *Machine) newRouting(now time.Time, r *request) *routing {
	g := m.spare
	if m.spare = nil; g == nil {
		g = &routing{}
	}
	*g = routing{index: -1, visited: g.visited[:0], Context: Context{
		Now: now, Users: m.views.Users, Domain: m.settings.Domains[0], Request: r.p.Message, Payer: r.who.User,
	}}
	m.insideOnly(r, g)
	g.Caller = m.callerOf(r, g.trunk)
	behind, named := m.toBehind(r)
	d, coded := destination{}, false
	if m.dials(r) && !named {
		d, coded = m.coded(g, r.uri)
	}
	switch {
	case named:
		g.coded, g.callee, g.judged = true, behind, true
	case m.picked != nil && r.route == "" && (r.uri.IsTel() || m.settings.serves(r.uri)):
		g.coded, g.callee, g.judged = true, m.pickedUp(m.picked), true
	case coded && d.means != meansAgent && !g.intercom: // as if it were dialled
		r.text, r.uri, g.callee = d.text, d.uri, d
	case coded:
		g.coded, g.callee = true, d
	case r.route != "":
		g.callee = destination{means: meansForeign, text: r.text, uri: r.uri}
	default:
		g.callee = m.destinationOf(r.text, r.uri)
		if g.callee.means == meansNobody && m.dials(r) {
			if d, ok := m.misdialled(r.uri); ok {
				g.coded, g.callee = true, d
			}
		}
	}
	if r.trunk != nil {
		g.callee = m.inward(r)
	}
	m.assist(r, g)
	g.judged = g.judged || r.who.ToEnd
	g.only = g.only || g.callee.means == meansPhone
	return g
}

// dials tells whether what a request is for may be a code: callers dial, agents don't.
func (m *Machine) dials(r *request) bool {
	return r.route == "" && r.who.User != nil && r.p.Flow.Transport != machine.Inside
}

// insideOnly reads what no caller may say in a Request-URI: on whose permissions a call goes out (payer), which
// agents say that call on somebody's behalf, that the callee's rules are not to be asked (phones): because they
// were, or because the callee wanted to be called, and nobody else in their place; and by which trunk a call came (trunk).
func (m *Machine) insideOnly(r *request, g *routing) {
	agent := m.agentOf(r.p.Flow)
	switch agent {
	case askAgent, menuAgent, redialAgent, clickAgent, parkAgent, bridgeAgent, roomAgent:
	default:
		return
	}
	if payer, ok := r.uri.Params.Get("payer"); ok {
		g.Payer = m.views.Users.User(sip.Unescape(payer))
	}
	g.judged = agent != menuAgent && r.uri.Params.Has("phones")
	if agent == bridgeAgent {
		trunk, _ := r.uri.Params.Get("trunk")
		g.trunk = m.trunkNamed(sip.Unescape(trunk)).name()
	}
	if stripped := r.uri.Params.Without("payer", "phones", "trunk"); stripped != r.uri.Params {
		r.uri.Params = stripped
		r.text = r.uri.String()
	}
}

// callerOf is who calls, as rules see it; trunk is that by which the call came before. The source is the packet's.
func (m *Machine) callerOf(r *request, trunk string) Caller {
	c := Caller{Source: r.p.Flow.Remote.Addr(), Anonymous: hides(r.p.Message), Trunk: cmp.Or(r.trunk.name(), trunk)}
	if user := r.who.User; user != nil {
		c.User, c.Name = user, user.Name
		c.Address = strings.TrimPrefix(r.who.Asserted, "sip:")
		if user.Routing != nil && len(user.Routing.Numbers) > 0 {
			c.Number = user.Routing.Numbers[0]
		}
		return c
	}
	value := r.p.Message.From()
	if r.who.Trusted && r.p.Message.Has(sip.HeaderPAssertedIdentity) {
		value = r.p.Message.TopValue(sip.HeaderPAssertedIdentity)
	}
	if address, err := sip.ParseAddress(value); err == nil && !strings.EqualFold(address.URI.Host, sip.AnonymousHost) {
		if c.Trunk == "" || !m.settings.serves(address.URI) { // nobody of ours calls by a trunk
			c.Address = address.URI.AddressOfRecord()
		}
		c.Number = m.numberOfCaller(r, directory.Digits(sip.Unescape(address.URI.User)))
		if m.settings.Local != nil && c.Number != "" {
			c.Local = m.settings.Local(c.Number)
		}
	}
	return c
}

// numberOfCaller is the number of a caller who is no user, as it is known here. Nobody but a trusted
// neighbour says so who has a number of ours: anybody can write one.
func (m *Machine) numberOfCaller(r *request, digits string) string {
	if digits == "" {
		return ""
	}
	number := digits
	if m.settings.Normalize != nil {
		if normal, _, ok := m.settings.Normalize(digits); ok {
			number = normal
		}
	}
	vouched := r.who.Trusted && r.trunk == nil && r.p.Flow.Transport != machine.Inside
	if !vouched && (m.views.Users.Number(number) != "" || m.views.Users.Number(digits) != "") {
		return ""
	}
	return number
}

// hides tells whether a caller does not want to be known to the callee.
func hides(message *sip.Message) bool {
	if wantsPrivacy(message) {
		return true
	}
	address, err := sip.ParseAddress(message.From())
	return err == nil && address.URI.IsAnonymous()
}

// decideLeave asks whether the payer may call a destination; nil when that is so.
func (m *Machine) decideLeave(g *routing, d *destination) *sip.StatusError {
	g.Dialled, g.Class, g.Emergency = d.subject(), d.class, d.emergency
	if problem := m.mayLeave(g, d); problem != nil {
		return problem
	}
	for i := range m.settings.Services {
		s := &m.settings.Services[i]
		if s.Leave == nil {
			continue
		}
		if decision := s.Leave(&g.Context); decision.Act == Reject {
			return m.refusal(&decision)
		}
	}
	return nil
}

// decideArrive asks the services what becomes of a call to the callee.
func (m *Machine) decideArrive(g *routing) Decision {
	for i := range m.settings.Services {
		s := &m.settings.Services[i]
		if s.Arrive == nil {
			continue
		}
		d := s.Arrive(&g.Context)
		if g.only && !d.refuses() {
			continue
		}
		if d.Act == Wait && g.ring == 0 {
			g.ring = d.Ring
		}
		if d.Act != Continue && d.Act != Wait {
			return d
		}
	}
	return Decision{}
}

// refuses tells whether a decision keeps a call away from the phones of the callee, rather than to find
// out where the callee is.
func (d *Decision) refuses() bool {
	switch d.Act {
	case Reject:
		return true
	case Redirect:
		return d.Ask || d.Reason == Rejected || d.Reason == UserBusy // before anybody was asked: do-not-disturb
	case Fork:
		return len(d.Targets) == 0
	case Continue, Wait:
	}
	return false
}

// decideFail asks the services what becomes of a call that nobody took.
func (m *Machine) decideFail(g *routing, code int) Decision {
	for i := range m.settings.Services {
		s := &m.settings.Services[i]
		if s.Fail == nil || g.only || g.judged {
			continue
		}
		if d := s.Fail(&g.Context, code); d.Act != Continue && d.Act != Wait {
			return d
		}
	}
	return Decision{}
}

// refusal is the response of a Reject.
func (m *Machine) refusal(d *Decision) *sip.StatusError {
	status := *d.Status
	if d.Announcement != "" {
		status.ErrorInfo = "sip:announce@" + m.settings.Domains[0] + ";announcement=" + escapeParam(d.Announcement)
	}
	status.RetryAfter = uint32(d.RetryAfter / time.Second)
	return &status
}
