package proxy

import (
	"slices"
	"time"

	"hookflash/directory"
	"hookflash/sip"
)

// settle asks the services until it is known who rings: they wait to be asked then. Otherwise
// the problem is the answer.
func (m *Machine) settle(now time.Time, c *responseContext) *sip.StatusError {
	g := c.routing
	for {
		d := &g.callee
		g.Now, g.Callee, g.Group, g.Step, g.ring, g.Rang = now, d.user, d.group, 0, 0, false
		decision, engaged := Decision{}, m.engagedAll(c, d)
		var targets []target
		var problem *sip.StatusError
		if (d.user != nil || d.group != nil) && !g.judged {
			g.visited = append(g.visited, d.key())
			targets, problem = m.ring(now, &c.arrived, d)
			g.Registered = problem == nil || d.group != nil || engaged
			decision = m.decideArrive(g)
		}
		switch decision.Act {
		case Reject:
			return m.refusal(&decision)
		case Redirect:
			if problem := m.divert(c, &decision); problem != nil {
				return problem
			}
			continue
		case Fork:
			m.prepare(now, c, &decision)
			return nil
		case Continue, Wait:
		}
		if engaged {
			c.consider(nil, 486)
			c.waiting = nil
			return nil
		}
		if targets == nil && problem == nil {
			targets, problem = m.ring(now, &c.arrived, d)
		}
		if problem != nil {
			c.consider(nil, problem.Code)
		}
		c.waiting = targets
		return problem
	}
}

// moveOn asks the services what is next, when everybody who was asked has failed. ok tells that
// there is somebody to ask now, or a problem that is the answer; otherwise the best answer is.
func (m *Machine) moveOn(now time.Time, c *responseContext) (ok bool, problem *sip.StatusError) {
	g := c.routing
	if g == nil || c.cancelled || c.decided && c.bestCode != 600 || g.stages >= MaxStages {
		return false, nil
	}
	g.stages++
	code := c.bestCode
	switch {
	case g.left && (code == 0 || code == 487):
		code = 408
	case code == 0:
		code = 480
	}
	m.stopRinging(g)
	if m.missed(now, c) {
		return true, nil
	}
	if again, problem := m.unhelp(now, c); again {
		return true, problem
	}
	if g.elsewhere != nil {
		next := *g.elsewhere
		g.elsewhere, c.decided = nil, false
		if problem = m.turn(c, &next, Deflected, g.Payer); problem == nil {
			problem = m.settle(now, c)
		}
		return true, problem
	}
	g.Now = now
	decision := m.decideFail(g, code)
	switch decision.Act {
	case Fork:
		if c.decided {
			return false, nil
		}
		m.prepare(now, c, &decision)
		return true, nil
	case Redirect:
		switch problem = m.divert(c, &decision); {
		case problem != nil && problem.Code == 302:
			return true, problem // the caller is to call there
		case problem != nil:
			return false, nil // the best answer of those who were asked says more
		}
		c.decided = false
		return true, m.settle(now, c)
	case Reject:
		return true, m.refusal(&decision)
	case Continue, Wait:
	}
	return false, nil
}

// divert leaves the callee for the target of a decision.
func (m *Machine) divert(c *responseContext, decision *Decision) *sip.StatusError {
	g := c.routing
	owner := g.callee.user
	next, ok := destination{}, false
	if len(decision.Targets) > 0 {
		next, ok = m.resolveTarget(decision.Targets[0], g.callee.name, decision.Reason)
	}
	switch {
	case decision.Ask:
		next = m.asking("sip:"+sip.EscapeUser(g.callee.name)+"@"+m.settings.Domains[0]+";phones", "")
	case !ok:
		return &sip.StatusError{Code: 404, Reason: sip.Reason(404)}
	}
	if decision.ByCaller {
		return &sip.StatusError{Code: 302, Reason: sip.Reason(302), Contact: next.text}
	}
	return m.turn(c, &next, decision.Reason, owner)
}

// turn makes a destination the callee. It ends where it was before, and where who forwards may
// not call.
func (m *Machine) turn(c *responseContext, next *destination, why Reason, payer *directory.User) *sip.StatusError {
	g := c.routing
	if payer != nil {
		g.Payer = payer
	}
	if refused := m.decideLeave(g, next); refused != nil {
		return refused
	}
	if len(g.Diversions) >= MaxDiversions || slices.Contains(g.visited, next.key()) {
		return &sip.StatusError{Code: 482, Reason: "Loop Detected (Forwarding)"}
	}
	g.Diversions = append(g.Diversions, Diversion{From: m.canonical(&g.callee), To: m.canonical(next), Reason: why})
	g.callee, g.only, g.judged, g.intercom = *next, false, false, false
	g.unsaid = true
	c.best, c.bestCode, c.challenges = nil, 0, nil
	return nil
}

// prepare has the targets of a Fork wait to be asked, all at once.
func (m *Machine) prepare(now time.Time, c *responseContext, decision *Decision) {
	g := c.routing
	g.Step++
	g.ring, g.silent, g.Rang = decision.Ring, len(decision.Targets) == 0, false
	c.waiting = nil
	for _, wanted := range decision.Targets {
		d, ok := m.resolveTarget(wanted, g.callee.name, Unconditional)
		if !ok {
			continue
		}
		targets, code := m.forkTargets(now, c, &d, decision)
		if len(targets) == 0 {
			c.consider(nil, code)
		}
		for i := range targets {
			targets[i].q = 1000
			if !slices.ContainsFunc(c.waiting, func(t target) bool { return t.uri == targets[i].uri && t.flow == targets[i].flow }) {
				c.waiting = append(c.waiting, targets[i])
			}
		}
	}
	if len(c.waiting) > MaxBranches {
		c.waiting = c.waiting[:MaxBranches]
	}
}

// forkTargets are the places at which one target of a Fork rings. Users ring at their phones:
// what they have set about their calls is not asked, but for do-not-disturb and call waiting.
func (m *Machine) forkTargets(now time.Time, c *responseContext, d *destination, decision *Decision) ([]target, int) {
	g := c.routing
	own := d.user != nil && g.Callee != nil && d.name == g.Callee.Name
	member := g.Callee == nil && d.means == meansUser // nobody's permission is needed to reach it
	switch {
	case d.means == meansUser && (!own && m.disturbed(d.name) || m.engaged(c, d.user)):
		return nil, 486
	case !own && !member && m.mayPay(g, d) != nil:
		return nil, 403
	case d.means == meansUser && !(decision.Confirm && !own):
		return m.phonesOf(now, &c.arrived, d.name), 480
	case d.means == meansGroup:
		return m.phonesOfGroup(now, c, d.group)
	}
	if decision.Confirm {
		text, payer := unpaidFor(d.uri), ""
		if d.means == meansUser {
			text += ";phones"
		}
		if g.Callee != nil {
			payer = g.Callee.Name
		}
		*d = m.asking(text, payer)
	}
	targets, problem := m.ring(now, &c.arrived, d)
	if problem != nil {
		return nil, problem.Code
	}
	return targets, 480
}

// phonesOfGroup are the phones of all members but those who are not to be disturbed, or busy.
func (m *Machine) phonesOfGroup(now time.Time, c *responseContext, group *directory.Group) (targets []target, code int) {
	code = 480
	for _, member := range group.Members {
		switch {
		case m.disturbed(member):
		case m.engaged(c, m.views.Users.User(member)):
			code = 486
		default:
			targets = append(targets, m.phonesOf(now, &c.arrived, member)...)
		}
	}
	return targets, code
}

// disturbed tells whether a user is not to be disturbed.
func (m *Machine) disturbed(name string) bool {
	user := m.views.Users.User(name)
	return user != nil && user.Routing != nil && user.Routing.DoNotDisturb
}

// mayPay asks whether the callee may call one of the targets of a Fork; nil when that is so.
func (m *Machine) mayPay(g *routing, d *destination) *sip.StatusError {
	before := g.Payer
	if g.Callee != nil {
		g.Payer = g.Callee
	}
	refused := m.decideLeave(g, d)
	g.Payer = before
	return refused
}

// asking is the agent that asks whoever answers whether to take the call. With a payer the
// callee only has to confirm.
func (m *Machine) asking(uri, payer string) destination {
	text := "sip:" + askAgent + "@" + m.settings.Domains[0] + ";target="
	if payer != "" {
		uri += ";payer=" + escapeParam(payer)
	}
	text += escapeParam(uri)
	if payer != "" {
		text += ";confirm"
	}
	parsed, _ := sip.ParseURI(text)
	return destination{means: meansAgent, name: askAgent, text: text, uri: parsed}
}

// unpaidFor is a URI as a request may have it, without what insideOnly reads: a user may have written it.
func unpaidFor(uri sip.URI) string {
	uri.Params, uri.Headers = uri.Params.Without("payer", "phones"), ""
	return uri.String()
}

// Agents that the proxy knows by name: ask and codes are reached by what the services decide, and by
// nobody directly.
const (
	askAgent   = "ask"
	codesAgent = "codes"
	menuAgent  = "menu"
	// These call on behalf of users who asked them to.
	redialAgent = "redial"
	clickAgent  = "click"
	parkAgent   = "park"
	bridgeAgent = "bridge"
	roomAgent   = "conference"
)

// internal tells whether a destination is not for callers to choose, nor for what users have set or
// their phones say: its agent believes what the address says.
func internal(d *destination) bool {
	return d.means == meansAgent && (d.name == askAgent || d.name == codesAgent || d.name == bridgeAgent)
}

// escapeParam writes a value of a URI parameter (RFC 3261 §25.1).
func escapeParam(value string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(value)+16)
	for i := range len(value) {
		switch c := value[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '_', c == '.', c == '!', c == '~', c == '*', c == '\'', c == '(', c == ')', c == ':', c == '+':
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}
