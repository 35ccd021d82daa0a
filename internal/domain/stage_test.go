package domain_test

import (
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/service/order"
	"hookflash/sip"
)

// TestStages: what one stage leaves behind does not disturb the next.
func TestStages(t *testing.T) {
	hangUp := sim.CallOptions{HangUp: 5 * time.Second}
	follow := directory.Routing{Redirects: directory.RedirectsFollow}
	points := on(sim.Behaviour{Ring: true, After: time.Second, Code: 302, Contacts: []string{"sip:carol@example.test"}})
	toDave := &directory.Routing{Forward: directory.Forward{NoAnswer: directory.NoAnswer{To: to("dave"), After: directory.Duration(5 * time.Second)}}}
	for _, test := range []struct {
		reason string
		office office
		code   int
		states string
	}{
		{
			"carol, whom bob's phone points to, does not answer either",
			office{
				routing: map[string]*directory.Routing{"bob": &follow, "carol": toDave},
				bob:     points, carol: on(sim.AnswerAfter(5500 * time.Millisecond)), dave: on(sim.AnswerAfter(time.Second)), options: hangUp,
			},
			200, "bob failed, carol cancelled, dave ended",
		},
		{
			"callers are told to call carol themselves when bob is busy",
			office{
				routing: map[string]*directory.Routing{"bob": {Forward: directory.Forward{Busy: to("carol"), Redirect: true}}},
				bob:     on(sim.Busy()), carol: on(sim.AnswerAfter(0)),
			},
			302, "bob failed",
		},
		{
			"or when he does not answer",
			office{
				routing: map[string]*directory.Routing{"bob": {Forward: directory.Forward{NoAnswer: directory.NoAnswer{To: to("carol")}, Redirect: true}}},
				bob:     on(sim.RingForever()), carol: on(sim.AnswerAfter(0)),
			},
			302, "bob cancelled",
		},
		{
			"a member of a group that find-me rings is not to be disturbed",
			office{
				routing: map[string]*directory.Routing{
					"bob":  {FindMe: directory.FindMe{Steps: []directory.Step{{Targets: []directory.Target{to("team")}}}}},
					"dave": {DoNotDisturb: true},
				},
				config: team(directory.Group{Name: "team", Members: []string{"carol", "dave"}}),
				carol:  on(sim.AnswerAfter(time.Second)), dave: on(sim.AnswerAfter(0)), options: hangUp,
			},
			200, "carol ended",
		},
		{
			"a phone of a group's member points elsewhere: the others ring on",
			office{
				callee: "team", routing: map[string]*directory.Routing{"bob": &follow},
				config: team(directory.Group{Name: "team", Members: []string{"bob", "dave"}}),
				bob:    points, carol: on(sim.AnswerAfter(0)), dave: on(sim.AnswerAfter(3 * time.Second)), options: hangUp,
			},
			200, "bob failed, dave ended",
		},
		{
			"or the next one rings",
			office{
				callee: "team", config: team(directory.Group{Name: "team", InTurn: true, Members: []string{"bob", "dave"}}),
				bob: points, carol: on(sim.AnswerAfter(0)), dave: on(sim.AnswerAfter(time.Second)), options: hangUp,
			},
			200, "bob failed, dave ended",
		},
		{
			"bob's phone points to carol, and dave's, which rings as well, is busy everywhere",
			office{
				routing: map[string]*directory.Routing{"bob": {Redirects: directory.RedirectsFollow, FindMe: directory.FindMe{Steps: []directory.Step{{Targets: []directory.Target{to("phones"), to("dave")}}}}}},
				bob:     points, carol: on(sim.AnswerAfter(time.Second)), dave: on(sim.Behaviour{Ring: true, After: 1010 * time.Millisecond, Code: 600}), options: hangUp,
			},
			200, "bob failed, carol ended, dave failed",
		},
	} {
		n := sim.New(sim.Config{})
		_, err := test.office.play(func(o *office) error { return o.ended(test.code, test.states) })(n)
		if err != nil {
			t.Errorf("%s: %v\n%s", test.reason, err, n.Ladder().DrawPlain())
		}
	}
}

// TestAnswersBehindCancels: bob's 200 comes long after his CANCEL. It is still the answer, whether alice gave up shortly
// before his time to ring was over or it was over: nothing else was told to alice meanwhile.
func TestAnswersBehindCancels(t *testing.T) {
	for _, test := range []struct {
		reason  string
		gaveUp  time.Duration
		routing directory.Routing
	}{
		{"alice gave up", 4 * time.Second, directory.Routing{Forward: directory.Forward{NoAnswer: directory.NoAnswer{To: to("carol"), After: directory.Duration(5 * time.Second)}}}},
		{"there is nobody else", 0, directory.Routing{FindMe: directory.FindMe{Steps: []directory.Step{{Targets: []directory.Target{to("phones")}, For: directory.Duration(3 * time.Second)}}}}},
		{"there is nobody else, and alice gave up", 7 * time.Second, directory.Routing{FindMe: directory.FindMe{Steps: []directory.Step{{Targets: []directory.Target{to("phones")}, For: directory.Duration(3 * time.Second)}}}}},
	} {
		w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) {
			c.Trusted, c.Services = trusting("alice"), order.Routes
			c.Routing = map[string]*directory.Routing{"bob": &test.routing}
		})
		alice := w.agent("alice", machine.UDP, nil)
		w.serve()
		bob := w.agent("bob", machine.UDP, func(m *sip.Message) []string {
			switch m.Method() {
			case sip.INVITE:
				return []string{respond(m, 180, "bob")}
			case sip.CANCEL:
				return []string{respond(m, 200, "bob")}
			}
			return nil
		})
		w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
		invited := alice.ask(outside("INVITE", "sip:bob@example.test", "call", 1))
		if test.gaveUp > 0 {
			w.At(test.gaveUp, func() { alice.ask(outside("CANCEL", "sip:bob@example.test", "call", 1)) })
		}
		w.At(10*time.Second, func() {
			w.Inject(addresses["bob"], serverAddress, respond(bob.requests(sip.INVITE)[0], 200, "bob", "Contact: <sip:bob@192.0.2.2:5060>"))
		})
		_ = w.RunFor(15 * time.Second)
		if invited.code() != 200 || len(bob.requests(sip.CANCEL)) == 0 {
			t.Errorf("%s: got %d\n%s", test.reason, invited.code(), w.Ladder().DrawPlain())
		}
	}
}
