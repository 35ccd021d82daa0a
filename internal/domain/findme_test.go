package domain_test

import (
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
)

// steps is find-me through users, each for two seconds.
func steps(names ...[]string) map[string]*directory.Routing {
	r := &directory.Routing{}
	for _, ring := range names {
		step := directory.Step{For: directory.Duration(2 * time.Second)}
		for _, name := range ring {
			step.Targets = append(step.Targets, to(name))
		}
		r.FindMe.Steps = append(r.FindMe.Steps, step)
	}
	return map[string]*directory.Routing{"bob": r}
}

func TestFindMe(t *testing.T) {
	hangUp := sim.CallOptions{HangUp: 5 * time.Second}
	inTurn := steps([]string{"phones"}, []string{"carol"}, []string{"dave"})
	together := steps([]string{"phones", "carol", "dave"})
	voicemail := steps([]string{"phones"}, []string{"carol"})
	voicemail["bob"].Forward.NoAnswer.To = to("dave")
	for _, s := range []scenario{
		{
			name: "find-me", title: "bob is looked for: his phone, carol's, dave's (RFC 5359 section 2.12)",
			play: office{routing: inTurn, bob: on(sim.RingForever()), carol: on(sim.Behaviour{Code: 480}), dave: on(sim.AnswerAfter(time.Second)), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "bob cancelled, carol failed, dave ended") }),
		},
		{
			name: "find-me-busy", title: "who is busy is passed over at once",
			play: office{routing: inTurn, bob: on(sim.Busy()), carol: on(sim.Busy()), dave: on(sim.AnswerAfter(time.Second)), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "bob failed, carol failed, dave ended") }),
		},
		{
			name: "find-me-together", title: "all ring at once, carol is first",
			play: office{routing: together, bob: on(sim.RingForever()), carol: on(sim.AnswerAfter(time.Second)), dave: on(sim.RingForever()), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "bob cancelled, carol ended, dave cancelled") }),
			seeds: 1, // on a bad line nobody may have answered in time
		},
		{
			name: "find-me-declined", title: "carol declines for all: nobody else is asked (6xx)",
			play: office{routing: inTurn, bob: on(sim.Busy()), carol: on(sim.Decline(time.Second)), dave: on(sim.AnswerAfter(0))}.
				play(func(o *office) error { return o.ended(603, "bob failed, carol failed") }),
			seeds: 1,
		},
		{
			name: "find-me-nobody", title: "nobody is there: the best answer goes back",
			play: office{routing: inTurn, bob: on(sim.RingForever()), carol: on(sim.Busy()), dave: on(sim.RingForever())}.
				play(func(o *office) error { return o.ended(486, "bob cancelled, carol failed, dave cancelled") }),
		},
		{
			name: "find-me-absent", title: "who has no phone is passed over",
			play: office{routing: inTurn, dave: on(sim.AnswerAfter(time.Second)), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "dave ended") }),
			seeds: 1, // on a bad line he may not answer in time
		},
		{
			name: "find-me-given-up", title: "alice gives up in the second step",
			play: office{routing: inTurn, bob: on(sim.Busy()), carol: on(sim.RingForever()), dave: on(sim.AnswerAfter(0)), options: sim.CallOptions{CancelAll: time.Second}}.
				play(func(o *office) error { return o.ended(487, "bob failed, carol cancelled") }),
			seeds: 1,
		},
		{
			name: "find-me-crossing", title: "bob's 200 crosses the CANCEL, and wins",
			play: office{
				routing: inTurn, bob: on(sim.Behaviour{Ring: true, Never: true, CrossCancel: true}), carol: on(sim.AnswerAfter(0)), dave: on(sim.AnswerAfter(0)), options: hangUp,
			}.play(func(o *office) error { return o.ended(200, "bob ended") }),
			seeds: 1,
		},
		{
			name: "find-me-no-answer", title: "nobody is found, and the call is forwarded",
			play: office{routing: voicemail, bob: on(sim.RingForever()), carol: on(sim.RingForever()), dave: on(sim.AnswerAfter(time.Second)), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "bob cancelled, carol cancelled, dave ended") }),
		},
		{
			name: "group-together", title: "a group rings at once, dave is first",
			play: office{
				callee: "team", bob: on(sim.RingForever()), carol: on(sim.Busy()), dave: on(sim.AnswerAfter(time.Second)), options: hangUp,
				config: team(directory.Group{Name: "team", Members: []string{"alice", "bob", "carol", "dave"}}),
			}.play(func(o *office) error { return o.ended(200, "bob cancelled, carol failed, dave ended") }),
		},
		{
			name: "group-in-turn", title: "a group rings one after the other, and nobody takes the call: it goes to dave",
			play: office{
				callee: "team", bob: on(sim.RingForever()), carol: on(sim.Busy()), dave: on(sim.AnswerAfter(time.Second)), options: hangUp,
				config: team(directory.Group{Name: "team", Members: []string{"bob", "carol"}, InTurn: true, Ring: directory.Duration(2 * time.Second), NoAnswer: to("dave")}),
			}.play(func(o *office) error { return o.ended(200, "bob cancelled, carol failed, dave ended") }),
		},
		{
			name: "group-by-number", title: "a group is reached by its number",
			play: office{
				callee: "2000", bob: on(sim.AnswerAfter(time.Second)), options: hangUp,
				config: team(directory.Group{Name: "team", Members: []string{"bob", "carol"}, Numbers: []string{"2000"}}),
			}.play(func(o *office) error { return o.ended(200, "bob ended") }),
		},
	} {
		s.run(t)
	}
}

// team puts a group into the domain.
func team(g directory.Group) func(*domain.Config) {
	return func(c *domain.Config) { c.Groups = map[string]*directory.Group{g.Name: &g} }
}
