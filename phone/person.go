package phone

import (
	"slices"
	"strings"
	"time"

	"hookflash/event/summary"
	"hookflash/machine"
	"hookflash/media/dtmf"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/ua"
)

// person is who sits at the phone: what they want done without being asked, and what they
// remember. It is owned by who holds the phone's mutex.
type person struct {
	doNotDisturb, autoAnswer, muted bool

	intercom bool // who is asked to answer by the server does

	accept  []string
	domain  string
	lines   int
	server  string // as a URI
	leaving bool

	past   []Past
	dialed string // for redial
	offer  string // of a call that can be taken over
	reason string // URI that says why the last call was refused, "" without one

	lamps map[string]*ua.Watching // by whom they show

	redials *order.Redials // nil: none yet

	redirected int // times since a call was answered
}

func newPerson(s Settings) person {
	server := "sip:" + s.Server.String()
	if s.Transport != machine.UDP {
		server += ";transport=" + sip.Lower(s.Transport.String())
	}
	return person{
		doNotDisturb: s.DoNotDisturb, autoAnswer: s.AutoAnswer, intercom: s.Intercom, accept: s.Accept, domain: s.Domain, lines: s.Lines, server: server,
	}
}

// handlers are what the phone does about requests, before the roles of the services are added.
func (p *Phone) handlers() ua.Handlers {
	return ua.Handlers{
		Invite:  p.invited,
		Message: func(ua.Letter) int { return 200 },
		Info:    informed,

		Unsolicited: map[string]func(m *sip.Message){summary.Package: p.summarized},
	}
}

// invited decides on a call that came in.
func (p *Phone) invited(c *ua.Call) {
	who := &p.person
	switch {
	case who.leaving:
		c.Reject(sip.Answer{Code: 480})
	case !p.arriving.SamePeer(p.settings.outbound()) && !who.accepts(c.Remote.URI):
		c.Redirect(305, who.server)
	case who.doNotDisturb, len(p.agent.Calls()) > who.lines:
		c.Reject(sip.Answer{Code: 486})
	case who.autoAnswer, who.intercom && len(p.agent.Calls()) == 1 && p.arriving.SamePeer(p.settings.outbound()) && answersItself(c.Request()):
		_ = c.Answer() // a call that can't be answered is refused, and that is told
	default:
		c.Ring()
	}
}

// accepts tells whether somebody may call directly.
func (w *person) accepts(uri string) bool {
	if len(w.accept) == 0 {
		return true
	}
	caller, err := sip.ParseURI(uri)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(w.accept, func(listed string) bool {
		user, host, all := strings.Cut(strings.TrimPrefix(listed, "sip:"), "@")
		if !all {
			host = w.domain
		}
		return strings.EqualFold(host, caller.Host) && (user == "*" || user == sip.Unescape(caller.User))
	})
}

// informed hears a digit in an INFO, which older phones send instead of RTP events.
func informed(c *ua.Call, m *sip.Message) int {
	press, err := dtmf.ParseInfo(m.Header(sip.HeaderContentType), m.Body())
	if err != nil {
		return 415
	}
	c.Agent().Tell(ua.Event{Kind: ua.DigitHeard, Call: c.Number, From: c.Remote.URI, Name: c.Remote.Name, Text: string(press.Digit)})
	return 200
}

// notice takes note of an event, within a step.
func (w *person) notice(a *ua.Agent, e ua.Event) {
	c := find(a.Calls(), e.Call)
	switch e.Kind {
	case ua.Incoming:
		w.remember(Past{Call: e.Call, Incoming: true, URI: e.From, Name: e.Name, Began: a.Now()})
	case ua.Calling:
		w.remember(Past{Call: e.Call, URI: e.From, Name: e.Name, Began: a.Now()})
	case ua.Ringing:
		if a.Attended() == nil && c != nil {
			a.Attend(c) // early media is heard
		}
	case ua.Established:
		w.redirected = 0
		w.recall(e.Call, func(past *Past) { past.Answered = a.Now() })
		if before := a.Attended(); c != nil && !c.Held && before != c && (before == nil || before.State != ua.Talking) {
			a.Attend(c)
		}
	case ua.Ended:
		w.recall(e.Call, func(past *Past) { past.Ended, past.Code, past.Reason, past.later = a.Now(), e.Code, e.Reason, e.Later })
		w.attendAnother(a)
		w.follow(a, e)
		w.reason = ""
		if e.Code >= 400 {
			w.reason = e.Text
		}
	case ua.Message:
		if offer := order.Offered(e.Text); offer != "" {
			w.offer = offer
		}
	default: // nothing to remember
	}
}

// maxRedirects is how often in a row a call is sent elsewhere before it is given up.
const maxRedirects = 5

// follow calls whom the callee named instead (RFC 3261 §8.1.3.4, §21.3.3).
func (w *person) follow(a *ua.Agent, e ua.Event) {
	if e.Code != 301 && e.Code != 302 || e.Text == "" || w.leaving {
		return
	}
	if w.redirected++; w.redirected > maxRedirects {
		w.redirected = 0
		a.Tell(ua.Event{Kind: ua.Failed, From: e.From, Code: 482, Reason: "Redirected in a circle"})
		return
	}
	if _, err := a.Invite(ua.Invitation{Target: e.Text}); err != nil {
		a.Tell(ua.Event{Kind: ua.Failed, From: e.From, Reason: err.Error(), Text: e.Text})
	}
}

// attendAnother lets the person talk in a call that is left when theirs ended, as in a conference.
func (w *person) attendAnother(a *ua.Agent) {
	if a.Attended() != nil {
		return
	}
	for _, c := range a.Calls() {
		if c.State == ua.Talking && !c.Held {
			a.Attend(c)
			return
		}
	}
}

func find(calls []*ua.Call, number uint64) *ua.Call {
	for _, c := range calls {
		if c.Number == number {
			return c
		}
	}
	return nil
}

// Past is one call of the history. Answered and Ended are zero while they have not come.
type Past struct {
	Call                   uint64
	Incoming               bool
	URI, Name              string
	Began, Answered, Ended time.Time
	Code                   int
	Reason                 string

	later ua.Later
}

func (w *person) remember(past Past) {
	if len(w.past) == MaxPast {
		w.past = append(w.past[:0], w.past[1:]...)
	}
	w.past = append(w.past, past)
}

func (w *person) recall(call uint64, change func(past *Past)) {
	for i := len(w.past) - 1; i >= 0; i-- {
		if w.past[i].Call == call {
			change(&w.past[i])
			return
		}
	}
}

// History is the calls of the past, the oldest first.
func (p *Phone) History() []Past {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.Clone(p.person.past)
}
