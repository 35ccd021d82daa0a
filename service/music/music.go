package music

import (
	"errors"
	"time"

	"hookflash/event/refer"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Limits of the agent.
const (
	MaxName  = 64
	Most     = 10_000 // calls at a time where the settings don't say
	Patience = 30 * time.Second
)

// Agent is the user part of its address.
const Agent = "music"

// ContactParams are for ua.Settings: there is nobody, nobody hangs up, and nobody listens (RFC 3840 §10.13, RFC 4235 §5.2
// and §5.3).
const ContactParams = `;automaton;+sip.byeless;+sip.rendering="no"`

// Source is the source of graph.Play for the music of that name.
func Source(name string) string { return "music:" + name }

// Settings of the agent.
type Settings struct {
	Domain string
	// Name is the name of a user's music: their own, their group's, or the default. "" asks for the default.
	Name func(user string) string
	// Exists tells whether there is music of that name.
	Exists func(name string) bool
	// Most is how many calls there are at a time; zero: the constant.
	Most int
}

// server is the agent. It belongs to it.
type server struct {
	Settings
	agent *ua.Agent
}

// Install makes an agent the music server.
func Install(a *ua.Agent, settings Settings) {
	s := &server{Settings: settings, agent: a}
	if s.Most <= 0 {
		s.Most = Most
	}
	a.Handle(ua.Handlers{Invite: s.called, Refer: s.referred, Authorize: s.knows})
}

// called answers a holder, or anybody who listens: RFC 7088 §2.1. Further offers are answered as any are; what the far
// side wants to send is dropped.
//
//	Bob       Music Server
//	 |  INVITE F1  |
//	 |  (recvonly) |
//	 |------------>|
//	 |   200 F2    |
//	 |  (sendonly) |
//	 |<------------|
//	 |   ACK F3    |
//	 |------------>|
//	 |   the music |
func (s *server) called(c *ua.Call) {
	name, ok := s.music(c.Target, c.Remote)
	switch {
	case !ok:
		c.Reject(sip.Answer{Code: 404})
	case s.agent.Load().Calls > s.Most:
		c.Reject(sip.Answer{Code: 486})
	default:
		c.Source = true
		if c.Answer() == nil {
			c.Sound(Source(name))
		}
	}
}

// referred calls whom the referrer holds, in the referrer's place: RFC 5359 §2.3, F8 to F18.
//
//	Alice             Bob       Music Server
//	 |                |   REFER F8   |
//	 |                |------------->|
//	 |                |    200 F9    |
//	 |                |<-------------|
//	 |                |   NOTIFY F10 |
//	 |                |<-------------|
//	 |                |    200 F11   |
//	 |                |------------->|
//	 |  INVITE F12 Replaces: B       |
//	 |<------------------------------|
//	 |          200 OK F13           |
//	 |------------------------------>|
//	 |           ACK F14             |
//	 |<------------------------------|
//	 |     BYE F15    |              |
//	 |--------------->|  NOTIFY F17  |
//	 |  200 OK F16    |<-------------|
//	 |<---------------|  200 OK F18  |
//	 |                |------------->|
func (s *server) referred(r *ua.Referral) {
	name, ok := s.music(r.Address, r.From)
	switch {
	case r.Method != sip.INVITE:
		r.Refuse(501)
	case r.Replaces.CallID == "":
		r.Refuse(403)
	case !ok:
		r.Refuse(404)
	case s.agent.Load().Calls >= s.Most:
		r.Refuse(486)
	default:
		r.Accept()                                                                   // F9, F10
		if s.agent.Go("music", func(t *task.Task) { s.follow(t, r, name) }) == nil { // task.MaxTasks
			r.Tell(refer.Status(503))
		}
	}
}

func (s *server) follow(t *task.Task, r *ua.Referral, name string) {
	r.Heard(t)                                 // F11
	call, err := s.agent.Invite(ua.Invitation{ // F12
		Target: r.Target, From: ua.Party{URI: s.agent.Settings().AOR, Asserted: true}, Replaces: r.Replaces, ReferredBy: r.ReferredBy, Source: true,
	})
	if err == nil {
		err = settle(t, call)
	}
	if err != nil {
		r.Tell(refer.Status(codeOf(err)))
		return
	}
	call.Sound(Source(name))
	s.offer(call, r.From)
	t.Sleep(ua.Beat)           // F15, F16
	r.Tell(call.Fragment(200)) // F17
}

// offer lets the referrer take the held one back (F19).
func (s *server) offer(call *ua.Call, referrer ua.Party) {
	dialog := call.Dialog()
	if user, ok := s.user(referrer); ok {
		s.agent.Tell(proxy.Offer{Dialog: dialog.Triple(), By: Agent, To: []string{user}})
	}
}

// settle waits for an answer as long as a phone takes that answers by itself.
func settle(t *task.Task, call *ua.Call) error {
	patience := call.Agent().Go("patience", func(t *task.Task) {
		t.Sleep(Patience)
		call.Cancel()
	})
	if patience != nil {
		defer patience.Stop()
	}
	return call.Settle(t)
}

func codeOf(err error) int {
	var status *sip.StatusError
	if errors.As(err, &status) && status.Code >= 300 {
		return status.Code
	}
	return 500
}

// knows tells whether who sends a REFER is a user of the domain. Whether they may have a call replaced is decided by the
// proxy, which relays the INVITE.
func (s *server) knows(p machine.Packet) bool {
	who, ok := s.agent.Vouched(p)
	if ok {
		_, ok = s.user(who)
	}
	return ok
}

// user is the name of a user of the domain whom our server vouches for.
func (s *server) user(who ua.Party) (name string, ok bool) {
	uri, err := sip.ParseURI(who.URI)
	if err != nil || !who.Asserted || sip.Lower(uri.Host) != sip.Lower(s.Domain) || uri.User == "" {
		return "", false
	}
	return sip.Unescape(uri.User), true
}

// music is what an address asks for (music=NAME), else what is played to those whom the user holds.
func (s *server) music(target string, who ua.Party) (name string, ok bool) {
	uri, err := sip.ParseURI(target)
	if err != nil {
		return "", false
	}
	if name, named := uri.Params.Get("music"); named {
		name = sip.Unescape(name)
		return name, name != "" && len(name) <= MaxName && s.Exists(name)
	}
	user, _ := s.user(who)
	return s.Name(user), true
}
