package recall

import (
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// called takes a call: of whoever dialled the code for a redial, or took it back, and of a phone that calls the cc-URI
// it was given.
//
//	Caller              Recall
//	  |     INVITE F1     |
//	  |------------------>|
//	  |       200 F2      |
//	  |<------------------|
//	  |       ACK F3      |
//	  |------------------>|
//	  | "You will be called back"
//	  |<==================|
//	  |       BYE F4      |
//	  |<------------------|
//	  |       200 F5      |
//	  |------------------>|
//
// The address says what is wanted: nothing for a redial of the last call that failed, argument=NUMBER for that of
// another one, off for none at all, to=USER for who calls a cc-URI.
func (s *Service) called(c *ua.Call) (attend func(t *task.Task), code int) {
	uri, err := sip.ParseURI(c.Target)
	if err != nil {
		return nil, 400
	}
	if uri.Params.Has("to") {
		return s.sendOn(c)
	}
	caller := s.caller(c.Remote)
	if caller == "" {
		return nil, 403
	}
	wanted := func() []string { return s.switchedOff(caller) }
	if !uri.Params.Has("off") {
		argument, _ := uri.Params.Get("argument")
		if argument = sip.Unescape(argument); len(argument) > maxArgument {
			return nil, 404
		}
		wanted = func() []string { return []string{s.dialled(caller, argument)} }
	}
	return func(t *task.Task) {
		if c.Answer() != nil {
			return
		}
		_ = c.Say(t, s.voice(caller).Prompts(wanted()...)...) // a caller who left needs to hear nothing
	}, 0
}

const maxArgument = 64 // octets

// sendOn sends the call of a cc-URI to the callee.
func (s *Service) sendOn(c *ua.Call) (attend func(t *task.Task), code int) {
	callee := s.callee(c.Target)
	if callee == "" {
		return nil, 404
	}
	target := s.address(callee)
	if mode := modeOf(c.Target); mode != "" {
		target += ";m=" + mode
	}
	c.Redirect(302, target)
	return func(*task.Task) {}, 0
}

// voice is the language that a user hears.
func (s *Service) voice(user string) ua.Voice {
	if u := s.Users.User(user); u != nil && u.Routing != nil && u.Routing.Language != "" {
		return ua.Voice(u.Routing.Language)
	}
	return ua.Voice(s.Language)
}

func (s *Service) switchedOff(caller string) []string {
	if s.Cancel(caller, 0) != nil {
		return []string{"redial-none"}
	}
	return []string{"redial-off"}
}

// dialled asks for a redial, and gives the prompt that tells what came of it.
func (s *Service) dialled(caller, argument string) (prompt string) {
	_, err := s.Add(caller, argument)
	switch err {
	case nil:
		return "redial-on"
	case ErrNobody:
		return "redial-nobody"
	case ErrLimit:
		return "redial-too-many"
	}
	return "redial-unknown"
}

// Add has the agent call a user back when a callee is free, who is named by name or number; "": whom they called in
// vain last. One that is there already stays. Errors: ErrNobody, ErrUnknown, ErrLimit.
func (s *Service) Add(caller, wanted string) (id uint64, err error) {
	if wanted == "" {
		if wanted = s.last[caller]; wanted == "" {
			return 0, ErrNobody
		}
	}
	callee := s.user(wanted)
	if callee == "" || callee == caller || s.blocked(callee, caller, s.address(caller)) {
		return 0, ErrUnknown
	}
	if _, e := s.find(caller, callee); e != nil {
		return e.id, nil
	}
	q := s.room(caller, callee)
	if q == nil {
		return 0, ErrLimit
	}
	e := &entry{caller: caller, uri: s.address(caller)}
	q.enter(e)
	return e.id, nil
}
