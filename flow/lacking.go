package flow

import (
	"fmt"
	"strings"

	"hookflash/directory"
	"hookflash/service/order"
	"hookflash/sip"
)

// Lacking is the flow as phones play it that lack something: the same where it needs nothing of that and the server lets
// such phones talk with each other, else the one in which the server stands between them.
func (f Flow) Lacking(l order.Lacks) Flow {
	lacksNeed := l.Replaces && f.needs.Replaces || l.Refer && f.needs.Refer || l.Join && f.needs.Join
	if lacksNeed || (l.Replaces || l.Refer) && !f.unhelped {
		for _, other := range assisted {
			if other.Name == f.Name {
				f = other
			}
		}
	}
	f.Lacks = l
	return f
}

// Heading says what is played.
func (f *Flow) Heading() string {
	without := ""
	if names := f.Lacks.Names(); len(names) > 0 {
		without = ", without " + strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s: RFC 5359 section %s%s", f.Title, f.Section, without)
}

// assist is what the server is told to do about phones that lack something.
func (f *Flow) assist() directory.Assist {
	switch {
	case f.Assisted:
		return directory.AssistAll
	case f.Lacks != order.Lacks{} && !f.unhelped:
		return directory.AssistLacking
	}
	return directory.AssistNone
}

// spared checks that phones say nothing of what they lack, and are asked for none of it.
func (e *evidence) spared(f *Flow) (problems []error) {
	l := f.Lacks
	for _, s := range e.sights {
		m := s.message
		phone := s.from != through && (f.agent == "" || s.from != f.agent)
		for _, wrong := range []struct {
			is   bool
			what string
		}{
			{l.Replaces && phone && m.HasToken(sip.HeaderSupported, "replaces"), "the phone says that it supports Replaces, which it lacks"},
			{l.Join && phone && m.HasToken(sip.HeaderSupported, "join"), "the phone says that it supports Join, which it lacks"},
			{l.Refer && phone && m.HasToken(sip.HeaderAllow, string(sip.REFER)), "the phone says that it allows REFER, which it lacks"},
			{l.Replaces && !phone && m.Has(sip.HeaderReplaces), "the phone lacks Replaces"},
			{l.Join && !phone && m.Has(sip.HeaderJoin), "the phone lacks Join"},
			{l.Refer && phone && m.StatusCode()/100 == 2 && m.Method() == sip.REFER, "the phone lacks REFER"}, // who asks is to be told
		} {
			if wrong.is {
				problems = append(problems, fmt.Errorf("%v: %s", s, wrong.what))
			}
		}
	}
	return problems
}
