package code

import (
	"slices"
	"strings"

	"hookflash/directory"
)

// Refused is a change that cannot be made, with the prompts that say why, if any does.
type Refused struct {
	Problems []directory.Problem
	Prompts  []string
}

// Error names the problems.
func (r *Refused) Error() string {
	texts := make([]string, len(r.Problems))
	for i, problem := range r.Problems {
		texts[i] = problem.String()
	}
	return "refused: " + strings.Join(texts, ", ")
}

// refuse is a change that makes no sense.
func refuse(what string, prompts ...string) error {
	return &Refused{Problems: []directory.Problem{{What: what}}, Prompts: prompts}
}

// keep makes a change, and gives the prompt that confirms it. What was wrong before does not
// hinder it.
func (s *Settings) keep(user string, a action, e edit) (said string, err error) {
	err = s.Change(user, func(u directory.User) (*directory.Routing, error) {
		before := u
		routing := &directory.Routing{}
		if u.Routing != nil {
			*routing = *u.Routing // lists are replaced, never written to
		}
		e.user = &before
		if said, err = a.change(routing, &e); err != nil {
			return nil, err
		}
		u.Routing = routing
		if s.Check == nil {
			return routing, nil
		}
		known := s.Check(&before)
		added := slices.DeleteFunc(s.Check(&u), func(p directory.Problem) bool { return slices.Contains(known, p) })
		if len(added) > 0 {
			return nil, &Refused{Problems: added, Prompts: e.why()}
		}
		return routing, nil
	})
	return said, err
}

// edit is what a change may know.
type edit struct {
	view      directory.View
	normalize func(dialled string) (number string, class directory.Class, ok bool)
	codes     map[string]string
	argument  string
	user      *directory.User // before the change
}

// why says what is wrong with a number, as far as there is a prompt for it.
func (e *edit) why() []string {
	if e.argument == "" || e.codes[e.argument] != "" || e.owner() != "" {
		return nil
	}
	number, class, ok := e.normal()
	if !ok {
		return []string{"not-in-service"}
	}
	allowed := directory.ClassDefault
	if e.user.Routing != nil {
		allowed = e.user.Routing.Outgoing.Class
	}
	if number != "" && !class.Within(allowed) {
		return []string{"screening-originating"}
	}
	return nil
}

// normal is the number in E.164 form, and how far it goes.
func (e *edit) normal() (number string, class directory.Class, ok bool) {
	if e.normalize == nil {
		return e.argument, directory.ClassNational, strings.HasPrefix(e.argument, "+")
	}
	return e.normalize(e.argument)
}

// owner is the user or group that a number leads to, "" for nobody here.
func (e *edit) owner() string {
	if e.view.User(e.argument) != nil || e.view.Group(e.argument) != nil {
		return e.argument
	}
	if name := e.view.Number(e.argument); name != "" {
		return name
	}
	if number, _, ok := e.normal(); ok {
		return e.view.Number(number)
	}
	return ""
}
