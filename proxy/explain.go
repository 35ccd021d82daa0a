package proxy

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hookflash/directory"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
)

// Question is a call that nobody makes: what would become of it?
type Question struct {
	// From and To are names of users, numbers or SIP URIs.
	From, To string
	At       time.Time // when the call would be made
	Now      time.Time // when the question is asked: phones are those that are registered now
	// Source is where the call comes from; the zero value: from this machine.
	Source netip.Addr
}

// Finding is one thing that was found out on the way.
type Finding struct {
	// When says under which circumstances: "" at first, then "nobody answers" or "busy".
	When    string
	Service string
	Text    string
}

// Explanation is the answer: what was found out about each rule, in order, and what comes of it.
type Explanation struct {
	Findings []Finding
	Outcome  string
	Targets  []string // URIs that ring at first
}

// ErrQuestion says that it can't be told who would call, or whom.
var ErrQuestion = errors.New("neither a name nor a number nor a SIP URI")

// explainer asks the services what they would do.
type explainer struct {
	machine *Machine
	service string
	when    string
	noted   bool // the service that is asked has said something
	found   Explanation
}

// Explain tells what would become of a call, by the same decisions as if it were made.
func Explain(settings *Settings, views Views, q Question) (Explanation, error) {
	copied := *settings
	e := &explainer{machine: &Machine{settings: &copied, views: views, gateways: gatewaysOf(&copied)}}
	if views.Calls == nil {
		e.machine.views.Calls = OwnCalls{}
	}
	e.wrap(q.At)
	r, err := e.request(q)
	if err != nil {
		return Explanation{}, err
	}
	m := e.machine
	g := m.newRouting(q.Now, r)
	g.Request, g.Note = nil, e.note
	c := &responseContext{routing: g, arrived: *r}
	e.service = "call"
	e.note(fmt.Sprintf("%s calls %s, which is %s", e.describe(g.Caller.Subject), q.To, m.meaning(&g.callee)))
	if problem := m.mayCall(r, g); problem != nil {
		e.conclude(problem)
		return e.found, nil
	}
	e.conclude(m.settle(q.Now, c))
	for i := range c.waiting {
		e.found.Targets = append(e.found.Targets, c.waiting[i].uri)
	}
	e.otherwise(q.Now, c)
	return e.found, nil
}

// Explain is Explain with what the machine goes by. It changes nothing.
func (m *Machine) Explain(q Question) (Explanation, error) { return Explain(m.settings, m.views, q) }

// wrap has each service say who it is before it is asked what it does at a time.
func (e *explainer) wrap(at time.Time) {
	s := e.machine.settings
	s.Services = slices.Clone(s.Services)
	for i := range s.Services {
		service := s.Services[i]
		if leave := service.Leave; leave != nil {
			s.Services[i].Leave = func(c *Context) Decision { e.asks(c, service.Name, at); return e.decided(leave(c)) }
		}
		if arrive := service.Arrive; arrive != nil {
			s.Services[i].Arrive = func(c *Context) Decision { e.asks(c, service.Name, at); return e.decided(arrive(c)) }
		}
		if fail := service.Fail; fail != nil {
			s.Services[i].Fail = func(c *Context, code int) Decision { e.asks(c, service.Name, at); return e.decided(fail(c, code)) }
		}
	}
}

func (e *explainer) asks(c *Context, service string, at time.Time) {
	e.service, c.Now, e.noted = service, at, false
}

// decided notes what a service did, unless it has said so itself.
func (e *explainer) decided(d Decision) Decision {
	if e.noted && d.Act != Reject {
		return d
	}
	switch d.Act {
	case Fork:
		e.note(fmt.Sprintf("%s: rings %s for %s", d.Rule, list(d.Targets), d.Ring))
	case Redirect:
		e.note(fmt.Sprintf("%s: the call goes to %s", d.Rule, list(d.Targets)))
	case Reject:
		e.note(fmt.Sprintf("%s: refused with %d %s", d.Rule, d.Status.Code, d.Status.Reason))
	case Continue, Wait:
	}
	return d
}

func list(targets []directory.Target) string {
	if len(targets) == 0 {
		return "nobody"
	}
	texts := make([]string, len(targets))
	for i, t := range targets {
		texts[i] = t.String()
	}
	return strings.Join(texts, ", ")
}

func (e *explainer) note(text string) {
	e.noted = true
	e.found.Findings = append(e.found.Findings, Finding{When: e.when, Service: e.service, Text: text})
}

// request makes the INVITE that nobody sends.
func (e *explainer) request(q Question) (*request, error) {
	m := e.machine
	from, err := m.addressOf(q.From)
	if err != nil {
		return nil, fmt.Errorf("who calls, %q: %w", q.From, err)
	}
	to, err := m.addressOf(q.To)
	if err != nil {
		return nil, fmt.Errorf("who is called, %q: %w", q.To, err)
	}
	text := "INVITE " + to.String() + " SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK-explain\r\nMax-Forwards: 70\r\n" +
		"From: <" + from.String() + ">;tag=1\r\nTo: <" + to.String() + ">\r\nCall-ID: explain\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
	message, err := sip.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the call from %q to %q: %w", q.From, q.To, err)
	}
	if !q.Source.IsValid() {
		q.Source = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	r := &request{uri: to, text: message.RequestURI(), who: identity.Identity{Kind: identity.Guest}}
	r.p = machine.Packet{Message: message, Flow: machine.Flow{Transport: machine.UDP, Remote: netip.AddrPortFrom(q.Source, 5060)}}
	if caller := m.destinationOf(from.String(), from); caller.user != nil {
		r.who = identity.Identity{Kind: identity.User, User: caller.user, Asserted: m.canonical(&caller)}
	}
	return r, nil
}

// addressOf reads what people write for somebody: a URI, a number, or a name.
func (m *Machine) addressOf(text string) (sip.URI, error) {
	target, err := directory.ParseTarget(text)
	if err != nil {
		return sip.URI{}, ErrQuestion
	}
	uri, err := sip.ParseURI(m.targetURI(target, "", Unconditional))
	if err != nil || uri.User == "" {
		return sip.URI{}, ErrQuestion
	}
	return uri, nil
}

// meaning says what an address means.
func (m *Machine) meaning(d *destination) string {
	switch d.means {
	case meansUser:
		return "the user " + d.name
	case meansGroup:
		return "the group " + d.name
	case meansPhone:
		return "one phone of " + d.name
	case meansAgent:
		return "the server's " + d.name
	case meansNumber:
		if d.emergency {
			return "a number for emergencies"
		}
		return "the " + string(d.class) + " number " + d.number
	case meansForeign:
		return "an address of another domain"
	case meansNobody:
	}
	return "nobody"
}

func (e *explainer) describe(s directory.Subject) string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Number != "":
		return s.Number
	}
	return s.Address
}

// conclude says what comes of the call at first.
func (e *explainer) conclude(problem *sip.StatusError) {
	if problem != nil {
		e.found.Outcome = fmt.Sprintf("%d %s", problem.Code, problem.Reason)
		if problem.Contact != "" {
			e.found.Outcome += ": call " + problem.Contact
		}
	}
}

// otherwise follows the call through what happens when those who ring are busy, or do not answer.
func (e *explainer) otherwise(now time.Time, c *responseContext) {
	m, g := e.machine, c.routing
	if e.found.Outcome != "" {
		return
	}
	switch {
	case g.silent:
		e.found.Outcome = "the caller hears ringing, and nobody is rung"
	case len(c.waiting) == 0 && c.bestCode == 486:
		e.found.Outcome = "no phone rings at first: the callee is in a call"
	case len(c.waiting) == 0:
		e.found.Outcome = "no phone rings at first: none is registered"
	case g.ring > 0:
		e.found.Outcome = "it rings for " + g.ring.String()
	default:
		e.found.Outcome = "it rings"
	}
	if len(c.waiting) > 0 || c.bestCode != 486 {
		busy := *g
		busy.Diversions, busy.visited, busy.Rang = slices.Clone(g.Diversions), slices.Clone(g.visited), true
		e.when = "busy"
		m.decideFail(&busy, 486)
	}
	for range MaxStages {
		e.when = "nobody answers"
		code := 408
		switch {
		case len(c.waiting) == 0 && c.bestCode == 486: // call waiting is off
			e.when, code = "busy", 486
		case len(c.waiting) == 0 && !g.silent:
			e.when = "no phone is registered"
		}
		g.Rang, c.bestCode = len(c.waiting) > 0, code
		c.waiting, g.silent = nil, false
		more, problem := m.moveOn(now, c)
		if problem != nil {
			e.note(fmt.Sprintf("the caller gets %d %s", problem.Code, problem.Reason))
		}
		if !more || problem != nil {
			return
		}
	}
}
