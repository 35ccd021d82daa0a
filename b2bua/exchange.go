package b2bua

import (
	"cmp"
	"slices"
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Limits of an Exchange.
const (
	MaxLegs    = 64    // calls of one Conversation
	Most       = 20000 // Conversations where the settings don't say
	MaxCode    = 8     // digits of a code
	Between    = 2 * time.Second
	maxReports = 1 << 16 // events of one step
	toneLength = 100 * time.Millisecond
)

// ContactParams are for ua.Settings (RFC 3840 §10.13).
const ContactParams = ";automaton"

// Code is what somebody dials within a call.
type Code struct {
	Code string // of the keypad's digits: "##"
	Does string // the key of Settings.Do
}

// Press is a code that was dialled by somebody who may.
type Press struct {
	Leg *Leg
	Code
}

// Settings of an Exchange.
type Settings struct {
	Domain string
	// Language of prompts for those who have none of their own; LanguageOf is that of a user, "" for none.
	Language   string
	LanguageOf func(user string) string
	// Local is the name of the user of the domain whose address a URI is, "" for anybody else.
	Local func(uri string) string
	// Codes are taken from users of the domain. Each does what Do has for it, as a task; those without are not taken.
	Codes []Code
	Do    map[string]func(t *task.Task, p Press)
	// Asked takes calls to the agent by a parameter of its address other than to, with the parameter's value.
	Asked map[string]func(c *ua.Call, value string)
	// Music is the source that those hear whom a user holds, "" for silence; nil: silence.
	Music func(user string) string
	// Lasts tells of an established call whether its conversation is to outlive the process; nil: none does.
	Lasts func(call *ua.Call) bool
	// Partner is told whom a call is connected with now, where that has changed since it began; nil: nobody is.
	Partner func(call *ua.Call, with ua.Party)
	// NameOf is the name that goes with a user, "" for none: telephones are told of it that are connected with somebody else than
	// before. nil: as that one's telephone says.
	NameOf func(user string) string
	// Most is how many Conversations there are at a time; zero: the constant.
	Most int
}

// Exchange is all Conversations of one agent. It belongs to the agent.
type Exchange struct {
	agent    *ua.Agent
	settings Settings
	legs     map[*ua.Call]*Leg
	talking  int // Conversations
	reports  *task.Queue[ua.Report]
	listens  bool
	// ringing are calls that Call waits for, and are no legs yet: who picks one up is put there.
	ringing map[*ua.Call]*task.Queue[*ua.Call]
}

// New makes an agent one that connects telephones.
func New(a *ua.Agent, s Settings) *Exchange {
	e := &Exchange{agent: a, legs: map[*ua.Call]*Leg{}, ringing: map[*ua.Call]*task.Queue[*ua.Call]{}, reports: task.NewQueue[ua.Report](maxReports)}
	e.Configure(s)
	a.Handle(ua.Handlers{Info: ua.InfoDigits, Invite: e.called, Replace: e.replaced, Join: e.joined, ReplaceFar: e.replacedFar, JoinFar: e.joinedFar, Refer: e.referred})
	a.Begin(e.restore)
	return e
}

// Configure has the exchange go by other settings from now on.
func (e *Exchange) Configure(s Settings) {
	if s.Most <= 0 {
		s.Most = Most
	}
	e.settings = s
}

// Agent is whose calls they are.
func (e *Exchange) Agent() *ua.Agent { return e.agent }

// Settings are what it goes by.
func (e *Exchange) Settings() *Settings { return &e.settings }

// Of is the leg that a call is, nil for none.
func (e *Exchange) Of(call *ua.Call) *Leg { return e.legs[call] }

// With are the legs of a user, the first call's first.
func (e *Exchange) With(user string) (legs []*Leg) {
	for _, l := range e.legs {
		if l.User == user && user != "" {
			legs = append(legs, l)
		}
	}
	slices.SortFunc(legs, func(l, other *Leg) int { return cmp.Compare(l.Call.Number, other.Call.Number) })
	return legs
}

// Named is the leg whose dialog a Replaces or Join names, as our side of the dialog knows it; nil for none.
func (e *Exchange) Named(id sip.DialogID) *Leg { return e.legs[e.agent.Named(id)] }

// called takes a call to the agent's address.
func (e *Exchange) called(c *ua.Call) {
	uri, err := sip.ParseURI(c.Target)
	if err != nil {
		c.Reject(sip.Answer{Code: 404})
		return
	}
	for name, take := range e.settings.Asked {
		if value, there := uri.Params.Get(name); there {
			take(c, sip.Unescape(value))
			return
		}
	}
	to, _ := uri.Params.Get("to")
	to = sip.Unescape(to)
	target, err := sip.ParseURI(to)
	if err != nil || !target.IsSIP() && !target.IsTel() {
		c.Reject(sip.Answer{Code: 404})
		return
	}
	if e.talking >= e.settings.Most {
		c.Reject(sip.Answer{Code: 486})
		return
	}
	to = e.Address(plain(to))
	if trunk, there := uri.Params.Get("trunk"); there {
		to += ";trunk=" + trunk // by which the call came: the server asks
	}
	e.connect(c, to)
}

// listen has a task take what happens to the legs, as long as there are any.
func (e *Exchange) listen() {
	if e.listens {
		return
	}
	e.listens = e.agent.Go("exchange", func(t *task.Task) {
		defer func() { e.listens = false }()
		for e.talking > 0 || e.reports.Len() > 0 {
			t.First(e.reports)
			for r, ok := e.reports.Take(); ok; r, ok = e.reports.Take() {
				if leg := e.legs[r.Call]; leg != nil {
					leg.happened(r.Event)
				}
			}
		}
	}) != nil
}
