package menu

import (
	"time"

	"hookflash/directory"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Limits of the agent.
const (
	MaxRounds = 30
	MaxDigits = 32
	MaxName   = 64              // octets of the name of a menu; 404 beyond
	Most      = 4000            // calls at a time where the settings don't say
	Between   = 2 * time.Second // until the next digit of a choice
)

// ContactParams are for ua.Settings (RFC 3840 §10.13).
const ContactParams = ";automaton"

// Menu is what a caller is asked.
type Menu struct {
	Prompt  string // name of a prompt
	Choices map[string]directory.Target
	// Dial lets callers dial the numbers of users and groups.
	Dial    bool
	Timeout time.Duration // for the first digit; zero: ua.AskTimeout
	Tries   int           // of a choice that is none; zero: one
	// NoChoice is where the call goes after the last try; zero: it ends.
	NoChoice directory.Target
	// Payer is the user whose permissions the choices are called by, "" for the caller's.
	Payer string
}

// Settings of the agent.
type Settings struct {
	Domain string
	Menus  map[string]Menu
	// Language is that of callers who name none in the address (language=zh).
	Language string
	// Number finds the user or group that has a number, by name; "" when nobody has. directory.View has it.
	Number func(number string) (name string)
	// Most is how many calls there are at a time; zero: the constant.
	Most int
}

// Install makes an agent the menus.
func Install(a *ua.Agent, s Settings) {
	if s.Most <= 0 {
		s.Most = Most
	}
	a.Handle(ua.Handlers{Info: ua.InfoDigits, Invite: a.Attendant("menu", s.Most, func(c *ua.Call) (func(t *task.Task), int) {
		v, ok := s.visit(c)
		if !ok {
			return nil, 404
		}
		return func(t *task.Task) {
			if c.Answer() == nil {
				v.attend(t)
			}
		}, 0
	})})
}

// visit is one call.
type visit struct {
	settings *Settings
	call     *ua.Call
	voice    ua.Voice
	menu     Menu
	rounds   int
}

// visit reads what an address asks for: menu=NAME, and language=zh perhaps.
func (s *Settings) visit(c *ua.Call) (*visit, bool) {
	uri, err := sip.ParseURI(c.Target)
	if err != nil {
		return nil, false
	}
	name, _ := uri.Params.Get("menu")
	name = sip.Unescape(name)
	menu, ok := s.Menus[name]
	language, named := uri.Params.Get("language")
	if !named || len(language) != 2 {
		language = s.Language
	}
	return &visit{settings: s, call: c, voice: ua.Voice(sip.Lower(language)), menu: menu}, ok && len(name) <= MaxName
}
