package code

import (
	"errors"
	"fmt"
	"time"

	"hookflash/directory"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Limits of the agent.
const (
	MaxTries  = 3
	MaxDigits = 32
	Most      = 1000 // calls at a time where the settings don't say
)

// ContactParams are for ua.Settings (RFC 3840 §10.13).
const ContactParams = ";automaton"

// Settings of the agent. Domain, Codes, Users and Change are needed.
type Settings struct {
	Domain string
	// Codes are the codes, with the names of what they do: Actions has them.
	Codes map[string]string
	Users directory.View
	// Language of users who have set none; "": the server's.
	Language string
	// Last is who called a user last, as a number or name; "" when nobody knows. nil: nobody ever does.
	Last func(user string) string
	// Check finds what is wrong with a user who is to be put; nil: nothing. Called in jobs.
	Check func(u *directory.User) []directory.Problem
	// Change gives edit what a user has set, and keeps what it gives back, so that it lasts; edit
	// is called again when somebody else was faster, and its error is Change's. Called in jobs.
	Change func(user string, edit func(u directory.User) (*directory.Routing, error)) error
	// Normalize is as proxy.Settings has it; nil: numbers are as they are dialled.
	Normalize func(dialled string) (number string, class directory.Class, ok bool)
	// Music is the name of what those hear who wait for a user; nil: "default".
	Music func(user string) string
	// Zone is where users are who have not said; nil: UTC.
	Zone *time.Location
	// Remove deletes a file that was recorded. Called in jobs; nil: nothing is deleted.
	Remove func(name string) error
	// Most is how many calls there are at a time; zero: the constant.
	Most int
}

// Changed tells that somebody has set something; the agent tells it by its output's events.
type Changed struct{ User, Does, Argument string }

// Trouble is what went wrong with a change that was not to be refused.
type Trouble struct {
	User, Does string
	Err        error
}

// Install makes an agent the one of the codes.
func Install(a *ua.Agent, s Settings) {
	if s.Most <= 0 {
		s.Most = Most
	}
	a.Handle(ua.Handlers{Info: ua.InfoDigits, Invite: a.Attendant("code", s.Most, func(c *ua.Call) (func(t *task.Task), int) {
		v, status := s.visit(c)
		if status != 0 {
			return nil, status
		}
		return func(t *task.Task) {
			if c.Answer() == nil {
				v.serve(t)
			}
		}, 0
	})})
}

// visit is one call.
type visit struct {
	settings *Settings
	call     *ua.Call
	voice    ua.Voice
	user     string
	does     string
	action   action
	argument string
	result   string // of what the server tried by itself
}

// argument is what was dialled behind a code: a number, or from a telephone with letters the name of
// a user or group; "" for anything else.
func (s *Settings) argument(dialled string) string {
	if digits := directory.Digits(dialled); digits != "" {
		return digits
	}
	if s.Users.User(dialled) != nil || s.Users.Group(dialled) != nil {
		return dialled
	}
	return ""
}

// visit reads who calls, and what for; a status other than 0 refuses it.
func (s *Settings) visit(c *ua.Call) (v *visit, status int) {
	uri, err := sip.ParseURI(c.Target)
	if err != nil {
		return nil, 400
	}
	code, _ := uri.Params.Get("code")
	argument, _ := uri.Params.Get("argument")
	result, _ := uri.Params.Get("result")
	v = &visit{settings: s, call: c, does: s.Codes[sip.Unescape(code)], argument: s.argument(sip.Unescape(argument)), result: sip.Lower(result)}
	known := false
	if v.action, known = actions[v.does]; v.result == "unknown" {
		v.action, known = unknown, true
	}
	if !known || len(argument) > 3*MaxDigits || len(v.argument) > MaxDigits {
		return nil, 404
	}
	user := s.Users.User(s.caller(c.Remote))
	if user == nil {
		return nil, 403
	}
	v.user, v.voice = user.Name, ua.Voice(s.Language)
	if user.Routing != nil && user.Routing.Language != "" {
		v.voice = ua.Voice(user.Routing.Language)
	}
	return v, 0
}

// caller is the user part of who calls, where the domain vouches for it; "" for everybody else.
func (s *Settings) caller(p ua.Party) string {
	uri, err := sip.ParseURI(p.URI)
	if !p.Asserted || err != nil || !uri.IsSIP() || sip.Lower(uri.Host) != sip.Lower(s.Domain) {
		return ""
	}
	return sip.Unescape(uri.User)
}

// serve is the whole call: the number is asked for where it is missing, the change made and confirmed.
//
//	Caller               Codes
//	  |     INVITE F1      |
//	  |------------------->|
//	  |       200 F2       |
//	  |<-------------------|
//	  |       ACK F3       |
//	  |------------------->|
//	  | "Enter the number" |
//	  |<===================|
//	  |       1003#        |
//	  |===================>|
//	  |      "Done."       |
//	  |<===================|
//	  |       BYE F4       |
//	  |<-------------------|
//	  |       200 F5       |
//	  |------------------->|
func (v *visit) serve(t *task.Task) {
	switch {
	case v.action.sorry != nil:
		_ = v.call.Say(t, v.voice.Prompt(v.action.sorry(v.result))) // a caller who left needs to hear nothing
		return
	case v.action.tell != nil:
		_ = v.call.Say(t, v.action.tell(v)...)
		return
	case v.action.stay != nil:
		v.action.stay(v, t)
		return
	}
	if v.action.argument && v.argument == "" && !v.ask(t) {
		return
	}
	_ = v.call.Say(t, v.voice.Prompts(v.change(t)...)...)
}

// ask asks for a number; ok is false when there is none, or nobody to ask.
func (v *visit) ask(t *task.Task) (ok bool) {
	for range MaxTries {
		digits, err := v.call.Ask(t, ua.Prompt{Sources: v.voice.Prompts("enter-number"), Interruptible: true, Until: "#", Max: MaxDigits})
		if errors.Is(err, ua.ErrOver) {
			return false
		}
		if v.argument = directory.Digits(digits); v.argument != "" {
			return true
		}
	}
	_ = v.call.Say(t, v.voice.Prompt("goodbye"))
	return false
}

// change sets what the code says, and gives the prompts that tell what came of it.
func (v *visit) change(t *task.Task) []string {
	s := v.settings
	wanted := edit{view: s.Users, normalize: s.Normalize, codes: s.Codes, argument: v.argument}
	if v.action.last {
		wanted.argument = ""
		if s.Last != nil {
			wanted.argument = s.Last(v.user)
		}
	}
	user, action := v.user, v.action
	result, ok := v.call.Agent().Job(t, func() any {
		said, err := s.keep(user, action, wanted)
		return outcome{said, err}
	})
	o, _ := result.(outcome)
	var refused *Refused
	switch {
	case !ok:
		o.err = fmt.Errorf("%s of %s: not kept in time", v.does, v.user)
	case errors.As(o.err, &refused):
		return append([]string{"code-refused"}, refused.Prompts...)
	case o.err == nil:
		v.call.Agent().Tell(Changed{v.user, v.does, wanted.argument})
		return []string{o.said}
	}
	v.call.Agent().Tell(Trouble{v.user, v.does, o.err})
	return []string{"storage-trouble"}
}

// outcome is what came of a job: a prompt, or an error.
type outcome struct {
	said string
	err  error
}
