package flow

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hookflash/ua"
)

// fresh is how many stretches of sound must pass after a step: one may have begun before it, in another the
// sound may change.
const fresh = 3

// hear checks who hears whom: "alice: bob, carol", a line each; who is not named hears nobody. It notes
// that in the ladder.
func (s *stage) hear(lines ...string) error {
	want := map[string][]string{}
	for _, line := range lines {
		name, heard, _ := strings.Cut(line, ": ")
		want[name] = strings.Split(heard, ", ")
	}
	since := map[string]int{}
	for name, p := range s.people {
		_, since[name] = p.speaker.hears()
	}
	problem := ""
	err := s.await("who hears whom", func() bool {
		problem = ""
		settled := true
		for _, name := range s.flow.Columns {
			p, ok := s.people[name]
			if !ok {
				continue
			}
			var new bool
			if problem, new = s.misheard(p, want[name], since[name]); problem != "" {
				return false
			}
			settled = settled && new
		}
		return settled
	})
	if err != nil && problem != "" {
		return fmt.Errorf("%s: %w", problem, err)
	}
	if err == nil {
		s.witness.note(s.heard(want))
	}
	return err
}

// tell waits until a person has heard the agent, which may be brief; nobody else listens to anybody.
func (s *stage) tell(who string) error {
	err := s.await(who+" hears "+s.flow.agent, s.people[who].speaker.wasTold)
	for name, p := range s.people {
		if name != who && s.listens(p) {
			err = errors.Join(err, fmt.Errorf("%s listens to somebody", name))
		}
	}
	if err == nil {
		s.witness.note(who + " hears " + s.flow.agent)
	}
	return err
}

// told waits until a person has heard the server say something, and notes it.
func (s *stage) told(who string) error {
	p := s.people[who]
	before := p.speaker.times()
	if err := s.await(who+" hears "+s.flow.sound, func() bool { return p.speaker.times() > before }); err != nil {
		return err
	}
	s.witness.note(who + " hears " + s.flow.sound)
	return nil
}

// misheard says what is wrong with what a person hears, and whether all of it is from after a step.
func (s *stage) misheard(p *person, want []string, since int) (problem string, settled bool) {
	if !s.listens(p) {
		if len(want) > 0 {
			return p.name + " listens to nobody and should hear " + and(want), true
		}
		return "", true
	}
	heard, stretch := p.speaker.hears()
	if !slices.Equal(heard, want) {
		return fmt.Sprintf("%s hears %s and should hear %s", p.name, and(heard), and(want)), true
	}
	return "", stretch >= since+fresh
}

// heard is a line about who hears whom, for the ladder.
func (s *stage) heard(want map[string][]string) string {
	var parts []string
	for _, name := range s.flow.Columns {
		if len(want[name]) > 0 {
			parts = append(parts, name+" hears "+and(want[name]))
		}
	}
	if len(parts) == 0 {
		return "nobody hears anybody"
	}
	return strings.Join(parts, ", ")
}

// and is "bob and carol".
func and(names []string) string {
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, " and ")
}

// listens tells whether a person is in a call: else nothing reaches their ear.
func (s *stage) listens(p *person) bool {
	attends := false
	p.phone.Do(func(a *ua.Agent) { attends = a.Attended() != nil })
	return attends
}
