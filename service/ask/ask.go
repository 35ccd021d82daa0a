package ask

import (
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Limits of the agent.
const (
	MaxName   = 4 * time.Second // of a name that is spoken
	briefest  = 500 * time.Millisecond
	Tries     = 3
	KeyTime   = 6 * time.Second // for a key, after each question
	Most      = 2000            // calls at a time where the settings don't say
	maxTarget = 512             // octets of a target
)

// ContactParams are for ua.Settings (RFC 3840 §10.13).
const ContactParams = ";automaton"

// Settings of the agent.
type Settings struct {
	Domain string
	// Language of callers and callees where the address names none (language=zh).
	Language string
	// Remove deletes the file of a name, such as "ask/17.wav" of the folder that "file:" names. It runs as a job.
	Remove func(file string) error
	// Patience is how long a target rings; zero: Patience.
	Patience time.Duration
	// Most is how many calls there are at a time; zero: the constant.
	Most int
}

// Patience is how long a target rings where the settings don't say.
const Patience = 40 * time.Second

// Install makes an agent the one that announces callers.
func Install(a *ua.Agent, s Settings) {
	if s.Most <= 0 {
		s.Most = Most
	}
	if s.Patience <= 0 {
		s.Patience = Patience
	}
	a.Handle(ua.Handlers{Info: ua.InfoDigits, Invite: a.Attendant("ask", s.Most, func(c *ua.Call) (func(t *task.Task), int) {
		q, ok := s.question(c)
		switch {
		case !ok:
			return nil, 404
		case q.confirm:
			return q.confirmed, 0
		}
		return q.announced, 0
	})})
}

// question is one call: whether the target takes it.
type question struct {
	settings *Settings
	caller   *ua.Call
	voice    ua.Voice
	target   string
	confirm  bool
}

// question reads what an address asks for.
func (s *Settings) question(c *ua.Call) (*question, bool) {
	uri, err := sip.ParseURI(c.Target)
	if err != nil {
		return nil, false
	}
	target, _ := uri.Params.Get("target")
	target = sip.Unescape(target)
	wanted, err := sip.ParseURI(target)
	if err != nil || !wanted.IsSIP() || len(target) > maxTarget {
		return nil, false
	}
	language, named := uri.Params.Get("language")
	if !named || len(language) != 2 {
		language = s.Language
	}
	return &question{settings: s, caller: c, voice: ua.Voice(sip.Lower(language)), target: target, confirm: uri.Params.Has("confirm")}, true
}
