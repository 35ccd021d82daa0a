package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/ladder"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/service/order"
	"hookflash/sip"
)

// second is alice calling bob, who has no call waiting, forty seconds after something else began.
type second struct {
	routing          map[string]*directory.Routing
	bob, carol, dave sim.Behaviour
	config           func(*domain.Config)
	first            func(o *office) // what bob does before
	target           string          // ""; bob
	options          sim.CallOptions
}

// noWaiting is what bob has set who has set nothing else.
func noWaiting() map[string]*directory.Routing {
	return map[string]*directory.Routing{"bob": {CallWaitingOff: true}}
}

// callsDave is a first call that bob makes, and that dave answers.
func callsDave(o *office) {
	o.phones["bob"].CallWith("sip:dave@example.test", sim.CallOptions{HangUp: time.Minute})
}

// play gives the end state; code is what alice got, and states how the calls of those ended whose phones were called, the last
// of each.
func (s second) play(code int, states string) func(n *sim.Network) (string, error) {
	return func(n *sim.Network) (string, error) {
		w := newWorld(n, func(c *domain.Config) {
			c.Services, c.Routing = order.Routes, s.routing
			if s.config != nil {
				s.config(c)
			}
		})
		alice := w.phone("alice")
		w.serve()
		o := office{world: w, phones: map[string]*sim.Phone{}}
		for _, phone := range []struct {
			name string
			does sim.Behaviour
		}{{"bob", s.bob}, {"carol", s.carol}, {"dave", s.dave}} {
			o.phones[phone.name] = w.phone(phone.name, incoming(phone.does))
			w.bound(phone.name, o.phones[phone.name])
		}
		s.first(&o)
		target := s.target
		if target == "" {
			target = bobsAddress
		}
		w.After(40*time.Second, func() { o.call = alice.CallWith(target, s.options) })
		state, err := w.end()
		if err != nil {
			return state, err
		}
		var got []string
		for _, name := range []string{"bob", "carol", "dave"} {
			for _, call := range o.phones[name].Calls() {
				if call.Incoming && strings.Contains(call.Invite().From(), "alice") {
					got = append(got, fmt.Sprintf("%s %s", name, call.State()))
				}
			}
		}
		if said := strings.Join(got, ", "); o.call.FinalCode != code || said != states {
			return state, fmt.Errorf("alice got %d and the phones ended as %q, not %d and %q", o.call.FinalCode, said, code, states)
		}
		return state, nil
	}
}

// TestCallWaiting: whoever calls bob while he is in a call finds him busy, and what he has set about that happens.
func TestCallWaiting(t *testing.T) {
	hangUp := sim.CallOptions{HangUp: 5 * time.Second}
	forwards := noWaiting()
	forwards["bob"].Forward = directory.Forward{Busy: to("carol"), NoAnswer: directory.NoAnswer{To: to("dave")}, Unreachable: to("dave")}
	found := steps([]string{"phones"}, []string{"carol"})
	found["bob"].CallWaitingOff = true
	ringsAtBob := func(o *office) { o.phones["dave"].CallWith(bobsAddress, sim.CallOptions{CancelAll: time.Minute}) }
	for _, s := range []scenario{
		{
			name: "call-waiting-busy", title: "bob is in a call, and has no call waiting: his phone does not ring",
			play: second{routing: noWaiting(), first: callsDave}.play(486, ""),
		},
		{
			name: "call-waiting-forward", title: "bob is in a call, and forwards to carol when he is busy",
			play: second{routing: forwards, first: callsDave, options: hangUp}.play(200, "carol ended"),
		},
		{
			name: "call-waiting-rings", title: "bob's phone rings for dave: alice finds bob busy",
			play: second{routing: noWaiting(), bob: sim.RingForever(), first: ringsAtBob}.play(486, ""), seeds: 1,
		},
		{
			name: "call-waiting-calls", title: "bob is calling dave: alice finds bob busy",
			play: second{routing: noWaiting(), dave: sim.RingForever(), first: func(o *office) {
				o.phones["bob"].CallWith("sip:dave@example.test", sim.CallOptions{CancelAll: time.Minute})
			}}.play(486, ""), seeds: 1,
		},
		{
			name: "call-waiting-find-me", title: "bob is in a call, and looked for at carol's at once",
			play: second{routing: found, carol: sim.AnswerAfter(time.Second), first: callsDave, options: hangUp}.play(200, "carol ended"), seeds: 1,
		},
		{
			name: "call-waiting-free", title: "bob's call is over: his phone rings",
			play: second{routing: noWaiting(), first: func(o *office) {
				o.phones["bob"].CallWith("sip:dave@example.test", sim.CallOptions{HangUp: time.Second})
			}, options: hangUp}.play(200, "bob ended"), seeds: 1,
		},
	} {
		s.run(t)
	}
}

// TestCallWaitingOf: for whom bob is busy.
func TestCallWaitingOf(t *testing.T) {
	hangUp := sim.CallOptions{HangUp: 2 * time.Second}
	screened := noWaiting()
	screened["bob"].Screening = []directory.Rule{from(directory.ActionRefuse, "alice")}
	toTeam := map[string]*directory.Routing{
		"bob": {CallWaitingOff: true}, "carol": {FindMe: directory.FindMe{Steps: []directory.Step{{Targets: []directory.Target{to("team")}}}}},
	}
	toBob := map[string]*directory.Routing{"bob": {CallWaitingOff: true}, "carol": {Forward: directory.Forward{Unconditional: to("bob")}}}
	for _, test := range []struct {
		reason string
		second second
		code   int
		states string
	}{
		{"nothing is set: the phone decides", second{options: hangUp}, 200, "bob ended"},
		{"the address of his phone", second{routing: noWaiting(), target: "sip:bob@192.0.2.2:5060"}, 486, ""},
		{"who is forwarded to him", second{routing: toBob, target: "sip:carol@example.test"}, 486, ""},
		{"who is refused anyway", second{routing: screened}, 403, ""},
		{"a group that he is in", second{routing: noWaiting(), target: "sip:team@example.test", config: team(directory.Group{Name: "team", Members: []string{"bob", "carol"}}), options: hangUp}, 200, "carol ended"},
		{"one that rings in turn", second{routing: noWaiting(), target: "sip:team@example.test", config: team(directory.Group{Name: "team", InTurn: true, Members: []string{"bob", "carol"}}), options: hangUp}, 200, "carol ended"},
		{"one of himself", second{routing: noWaiting(), target: "sip:team@example.test", config: team(directory.Group{Name: "team", Members: []string{"bob"}})}, 486, ""},
		{"one that somebody is looked for at", second{routing: toTeam, target: "sip:carol@example.test", config: team(directory.Group{Name: "team", Members: []string{"bob"}})}, 486, ""},
		{"an agent that calls his phones alone", second{routing: noWaiting(), target: "sip:park@example.test", config: func(c *domain.Config) {
			c.Inside = []domain.Agent{passesOn("park", "sip:bob@example.test;phones")}
		}, options: hangUp}, 200, ""},
	} {
		n := sim.New(sim.Config{})
		test.second.first = callsDave
		if _, err := test.second.play(test.code, test.states)(n); err != nil {
			t.Errorf("%s: %v\n%s", test.reason, err, n.Ladder().DrawPlain())
		}
	}
}

// waiting is a world in which bob has no call waiting.
func waiting(change ...func(*domain.Config)) (w *world, phones map[string]*sim.Phone) {
	w = newWorld(sim.New(sim.Config{}), append(change, func(c *domain.Config) {
		c.Services, c.Routing = order.Routes, map[string]*directory.Routing{"alice": {CallWaitingOff: true}, "bob": {CallWaitingOff: true}}
	})...)
	w.serve()
	phones = map[string]*sim.Phone{}
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		phones[name] = w.phone(name, incoming(sim.AnswerAfter(time.Second)))
		w.bound(name, phones[name])
	}
	return w, phones
}

// TestCallWaitingOfOwn: what is no second call.
func TestCallWaitingOfOwn(t *testing.T) {
	for _, test := range []struct {
		reason string
		second func(phones map[string]*sim.Phone, first *sim.Call) *sim.Call
		code   int
	}{
		{"bob calls himself", func(phones map[string]*sim.Phone, _ *sim.Call) *sim.Call { return phones["bob"].Call(bobsAddress) }, 200},
		{"carol replaces her call with him, by another phone of hers", func(phones map[string]*sim.Phone, first *sim.Call) *sim.Call {
			d := first.Dialog()
			return phones["carol"].CallWith(bobsAddress, sim.CallOptions{Fields: []string{"Replaces: " + first.CallID() + ";to-tag=" + d.RemoteTag() + ";from-tag=" + d.LocalTag()}})
		}, 200},
		{"carol calls him again", func(phones map[string]*sim.Phone, _ *sim.Call) *sim.Call { return phones["carol"].Call(bobsAddress) }, 486},
	} {
		w, phones := waiting()
		first := phones["carol"].Call(bobsAddress)
		if err := w.RunFor(5 * time.Second); err != nil {
			t.Fatal(err)
		}
		call := test.second(phones, first)
		if err := w.RunFor(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		if call.FinalCode != test.code {
			t.Errorf("%s: got %d, want %d\n%s", test.reason, call.FinalCode, test.code, w.Ladder().DrawPlain())
		}
	}
}

// TestCallWaitingGivenUp: who gave up calls again at once, and finds nobody busy with the first try.
func TestCallWaitingGivenUp(t *testing.T) {
	w, phones := waiting()
	phones["bob"].OnInvite = func(*sim.Call) sim.Behaviour { return sim.RingForever() }
	phones["carol"].CallWith(bobsAddress, sim.CallOptions{CancelAll: 3 * time.Second})
	w.After(3010*time.Millisecond, func() {
		phones["bob"].OnInvite = func(*sim.Call) sim.Behaviour { return sim.AnswerAfter(time.Second) }
		phones["dave"].CallWith(bobsAddress, sim.CallOptions{HangUp: time.Second})
	})
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if code := phones["dave"].LastCall().FinalCode; code != 200 {
		t.Errorf("got %d\n%s", code, w.Ladder().DrawPlain())
	}
}

// TestCallWaitingBridged: a call through the agent between telephones is one call of each of the two, and the caller is told
// where to wait.
func TestCallWaitingBridged(t *testing.T) {
	for _, through := range []func(*domain.Config){func(*domain.Config) {}, bridged} {
		var heard []proxy.Refused
		w, phones := waiting(through, func(c *domain.Config) {
			c.Inside = append(c.Inside, domain.Agent{Name: "redial", Record: func(record any) {
				if refused, ok := record.(proxy.Refused); ok {
					heard = append(heard, refused)
				}
			}})
		})
		phones["alice"].CallWith(bobsAddress, sim.CallOptions{HangUp: 20 * time.Second})
		if err := w.RunFor(5 * time.Second); err != nil {
			t.Fatal(err)
		}
		if got, want := fmt.Sprint(w.domain().Calls()), "map[alice:1 bob:1]"; got != want {
			t.Errorf("calls are counted as %s, not as %s", got, want)
		}
		for _, name := range []string{"alice", "bob"} {
			call := phones["carol"].Call("sip:" + name + "@example.test")
			if err := w.RunFor(2 * time.Second); err != nil {
				t.Fatal(err)
			}
			if call.FinalCode != 486 {
				t.Errorf("%s: got %d\n%s", name, call.FinalCode, w.Ladder().DrawPlain())
			}
			arrows := w.Ladder().Arrows
			place := "Call-Info: <sip:redial@example.test;to=" + name + ">;purpose=call-completion;m=BS"
			if !slices.ContainsFunc(arrows, func(a ladder.Arrow) bool { return strings.Contains(a.Text, place) }) {
				t.Errorf("carol is not told where to wait for %s\n%s", name, w.Ladder().DrawPlain())
			}
		}
		want := []proxy.Refused{{User: "carol", Callee: "alice", Code: 486}, {User: "carol", Callee: "bob", Code: 486}}
		if fmt.Sprint(heard) != fmt.Sprint(want) {
			t.Errorf("what can be tried again: %v, not %v", heard, want)
		}
		if err := w.quiet(); err != nil {
			t.Error(err)
		}
		if left := w.domain().Calls(); len(left) > 0 {
			t.Errorf("in the end there are %v", left)
		}
	}
}

// TestCallWaitingExplained: what would become of a call to somebody who is in one is told.
func TestCallWaitingExplained(t *testing.T) {
	for _, test := range []struct {
		reason   string
		forward  directory.Forward
		outcome  string
		findings []string // pieces of text, in this order
	}{
		{"nothing else is set", directory.Forward{}, "no phone rings at first: the callee is in a call", []string{"bob is in a call, and has no call waiting"}},
		{"calls go to carol", directory.Forward{Busy: to("carol")}, "no phone rings at first: the callee is in a call", []string{"no call waiting", "busy call-forwarding-busy: forwarding when busy of bob: the call goes to carol"}},
	} {
		w, phones := waiting(func(c *domain.Config) {})
		phones["bob"].Call("sip:dave@example.test")
		if err := w.RunFor(5 * time.Second); err != nil {
			t.Fatal(err)
		}
		w.config.Routing["bob"].Forward = test.forward
		got, err := w.domain().Proxy().Explain(proxy.Question{From: "carol", To: "bob", At: w.Now(), Now: w.Now()})
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, f := range got.Findings {
			told = append(told, f.When+" "+f.Service+": "+f.Text)
		}
		rest := strings.Join(told, "\n")
		for _, piece := range test.findings {
			_, after, found := strings.Cut(rest, piece)
			if !found {
				t.Errorf("%s: %q is not told:\n%s", test.reason, piece, strings.Join(told, "\n"))
			}
			rest = after
		}
		if got.Outcome != test.outcome {
			t.Errorf("%s: the outcome is %q\n%s", test.reason, got.Outcome, strings.Join(told, "\n"))
		}
	}
}

// TestCallWaitingAfterRestart: of a call that began before the process did, a request that crosses its BYE makes nobody busy.
func TestCallWaitingAfterRestart(t *testing.T) {
	for _, method := range []sip.Method{sip.NOTIFY, sip.UPDATE} {
		w, phones := waiting()
		call := phones["carol"].Call(bobsAddress)
		if err := w.RunFor(5 * time.Second); err != nil {
			t.Fatal(err)
		}
		w.server.Kill()
		w.server.Restart()
		call.HangUp()
		if err := w.RunUntil(func() bool { return w.domain().Proxy().Counts().Forwarded > 0 }, time.Second); err != nil {
			t.Fatal(err)
		}
		late := phones["bob"].LastCall().Ask(method, "Event: refer", "Subscription-State: terminated", "Contact: <"+phones["bob"].ContactURI()+">")
		if err := w.RunFor(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		if left := w.domain().Calls(); len(left) > 0 || late.Code == 0 || call.ByeCode != 200 {
			t.Errorf("%s: in the end there are %v\n%s", method, left, w.Ladder().DrawPlain())
		}
	}
}

// TestCallWaitingForgotten: of a call that began before the process did, a request that the other end knows nothing of makes
// nobody busy: whoever was in it once could send one.
func TestCallWaitingForgotten(t *testing.T) {
	for _, test := range []struct {
		method sip.Method
		code   int
		calls  string
	}{
		{sip.UPDATE, 481, "map[]"},
		{sip.OPTIONS, 200, "map[]"}, // telephones answer that whatever the dialog
		{sip.UPDATE, 200, "map[bob:1 carol:1]"},
	} {
		w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Services, c.Routing = order.Routes, noWaiting() })
		carol := w.phone("carol")
		answer := talks("sip:bob@192.0.2.2:5060")
		w.agent("bob", machine.UDP, func(m *sip.Message) []string {
			if m.Method() != test.method {
				return answer(m)
			}
			return []string{respond(m, test.code, "t", "Contact: <sip:bob@192.0.2.2:5060>")}
		})
		w.serve()
		w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
		call := carol.Call(bobsAddress)
		if err := w.RunFor(5 * time.Second); err != nil {
			t.Fatal(err)
		}
		w.server.Kill()
		w.server.Restart()
		if err := w.answered(call.Ask(test.method, "Contact: <"+carol.ContactURI()+">"), test.code); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(w.domain().Calls()); got != test.calls {
			t.Errorf("%s answered with %d: calls are counted as %s, not as %s\n%s", test.method, test.code, got, test.calls, w.Ladder().DrawPlain())
		}
	}
}
