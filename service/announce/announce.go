package announce

import (
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Limits of the agent.
const (
	MaxName = 64   // octets of the name of an announcement; 404 beyond
	Most    = 4000 // calls at a time where the settings don't say
)

// ContactParams are for ua.Settings: there is nobody, and nobody is heard (RFC 3840 §10.13, RFC 4235 §5.2).
const ContactParams = `;automaton;+sip.rendering="no"`

// Settings of the agent.
type Settings struct {
	// Exists tells whether there is an announcement of that name, in a language or in one that stands in for it.
	Exists func(name, language string) bool
	// Language is that of callers who name none in the address (language=zh).
	Language string
	// Most is how many calls there are at a time; zero: the constant.
	Most int
}

// Install makes an agent the announcement server.
func Install(a *ua.Agent, s Settings) {
	if s.Most <= 0 {
		s.Most = Most
	}
	a.Handle(ua.Handlers{Invite: a.Attendant("announce", s.Most, func(c *ua.Call) (func(t *task.Task), int) {
		source, ok := s.source(c.Target)
		if !ok {
			return nil, 404
		}
		return func(t *task.Task) { announce(t, c, source) }, 0
	})})
}

// announce is the whole call: F10 to F14 of RFC 5359 §2.13.
//
//	Alice                Announcement Server
//	 |          INVITE F1          |
//	 |---------------------------->|
//	 |          200 OK F2          |
//	 |<----------------------------|
//	 |            ACK F3           |
//	 |---------------------------->|
//	 |  The announcement is played |
//	 |<============================|
//	 |            BYE F4           |
//	 |<----------------------------|
//	 |          200 OK F5          |
//	 |---------------------------->|
func announce(t *task.Task, c *ua.Call, source string) {
	if c.Answer() != nil { // F2
		return
	}
	_ = c.Say(t, source) // a caller who left needs nothing more, nor one whose announcement can't be played
	c.HangUp()           // F4, not before F3 is there
}

// source is what an address asks for: announcement=NAME, and language=zh perhaps.
func (s *Settings) source(target string) (source string, ok bool) {
	uri, err := sip.ParseURI(target)
	if err != nil {
		return "", false
	}
	name, _ := uri.Params.Get("announcement")
	name = sip.Unescape(name)
	language, named := uri.Params.Get("language")
	if !named || len(language) != 2 {
		language = s.Language
	}
	language = sip.Lower(language)
	if name == "" || len(name) > MaxName || !s.Exists(name, language) {
		return "", false
	}
	return ua.Voice(language).Prompt(name), true
}
