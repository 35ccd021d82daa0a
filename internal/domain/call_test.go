package domain_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

func parse(text string) (*sip.Message, error) { return sip.Parse(text) }

const bobsAddress = "sip:bob@example.test"

// callBob is alice calling bob, who behaves in some way.
func callBob(behaviour sim.Behaviour, options sim.CallOptions, want func(call *sim.Call) error) func(n *sim.Network) (string, error) {
	return func(n *sim.Network) (string, error) {
		w, alice, _ := pair(n, behaviour)
		call := alice.CallWith(bobsAddress, options)
		state, err := w.end()
		if err == nil && want != nil {
			err = want(call)
		}
		return state, err
	}
}

// callNobody is alice calling bob, whose phone was unplugged.
func callNobody(options sim.CallOptions, want func(call *sim.Call) error) func(n *sim.Network) (string, error) {
	return func(n *sim.Network) (string, error) {
		w := newWorld(n)
		alice := w.phone("alice")
		w.serve()
		w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
		call := alice.CallWith(bobsAddress, options)
		state, err := w.end()
		if err == nil {
			err = want(call)
		}
		return state, err
	}
}

// ends wants a call to end in a state with a final response.
func ends(state sim.State, code int) func(call *sim.Call) error {
	return func(call *sim.Call) error {
		if call.State() != state || call.FinalCode != code {
			return fmt.Errorf("the call is %s %d, not %s %d", call.State(), call.FinalCode, state, code)
		}
		return nil
	}
}

func TestBasicCalls(t *testing.T) {
	for _, s := range []scenario{
		{
			name: "call", title: "RFC 3261 section 24.2 with a challenge: alice calls bob and hangs up", whole: true,
			play: callBob(sim.AnswerAfter(2*time.Second), sim.CallOptions{HangUp: 10 * time.Second}, ends(sim.Ended, 200)),
		},
		{
			name: "callee-hangs-up", title: "bob hangs up",
			play: callBob(sim.Behaviour{Ring: true, After: time.Second, HangUp: 5 * time.Second}, sim.CallOptions{}, ends(sim.Ended, 200)),
		},
		{
			name: "busy", title: "bob is busy: the 486 is acknowledged hop by hop (RFC 3261 section 17.1.1.3)",
			play: callBob(sim.Busy(), sim.CallOptions{}, ends(sim.Failed, 486)),
		},
		{
			name: "cancel", title: "alice gives up while it rings: CANCEL hop by hop, the 487 is bob's (RFC 3261 section 16.10)", whole: true,
			play: callBob(sim.RingForever(), sim.CallOptions{CancelAll: 40 * time.Second}, ends(sim.Cancelled, 487)),
		},
		{
			name: "cancel-crosses", title: "bob answers while the CANCEL is under way: the 200 wins, and alice hangs up",
			play: callBob(sim.Behaviour{Ring: true, Never: true, CrossCancel: true}, sim.CallOptions{CancelAll: 40 * time.Second}, ends(sim.Ended, 200)),
		},
		{
			name: "no-answer", title: "bob rings on: Timer C ends it (RFC 3261 section 16.8)",
			play: callBob(sim.RingForever(), sim.CallOptions{}, ends(sim.Failed, 487)),
		},
		{
			name: "silence", title: "bob's phone says nothing at all: Timer B, 408",
			play: callNobody(sim.CallOptions{}, ends(sim.Failed, 408)),
		},
		{
			name: "cancel-silence", seeds: 24, title: "alice gives up on a phone that says nothing: no CANCEL can go out, and nobody answers it",
			play: callNobody(sim.CallOptions{CancelAll: 5 * time.Second}, ends(sim.Cancelled, 487)),
		},
		{
			name: "redirect", title: "bob has moved: the 302 is alice's business (RFC 3261 section 16.7 step 4)",
			play: callBob(sim.Redirect("sip:bob@198.51.100.99"), sim.CallOptions{}, ends(sim.Failed, 302)),
		},
		{
			name: "late", title: "bob answers after the proxy has given up: a stray 200 goes nowhere (RFC 6026 section 8.9)",
			play: lateAnswer,
		},
	} {
		s.run(t)
	}
}

// lateAnswer: bob's responses get lost for 33 seconds.
func lateAnswer(n *sim.Network) (string, error) {
	w, alice, _ := pair(n, sim.Behaviour{After: 33 * time.Second})
	call := alice.Call(bobsAddress)
	state, err := w.end()
	if err == nil {
		err = ends(sim.Failed, 408)(call)
	}
	return state, err
}

func TestEarlyMediaAndReliableProvisionalResponses(t *testing.T) {
	for _, s := range []scenario{
		{
			name: "early-media", title: "183 and 199 pass (RFC 6228 section 6)",
			play: callBob(sim.Behaviour{Ring: true, Progress: []int{183, 199}, After: 2 * time.Second}, sim.CallOptions{HangUp: time.Second},
				ends(sim.Ended, 200)),
		},
		{
			name: "reliable", title: "RFC 3262: the 183 is repeated until its PRACK comes, end to end", whole: true,
			play: callBob(sim.Behaviour{Reliable: true, Ring: true, After: time.Second},
				sim.CallOptions{HangUp: time.Second, Fields: []string{"Supported: 100rel"}}, ends(sim.Ended, 200)),
		},
	} {
		s.run(t)
	}
}

func TestRegistrations(t *testing.T) {
	for _, s := range []scenario{
		{name: "register", title: "RFC 3261 section 10 with a challenge; refreshed with the same nonce, and removed", whole: true, play: func(n *sim.Network) (string, error) {
			w := newWorld(n)
			alice := w.phone("alice")
			w.serve()
			registration := alice.Register()
			if err := w.RunUntil(func() bool { return registration.Registered }, time.Minute); err != nil {
				return "", err
			}
			w.After(10*time.Second, registration.Refresh)
			w.After(100*time.Second, registration.Remove)
			if err := w.RunFor(30 * time.Second); err != nil {
				return "", err
			}
			if records := w.store.Records(); len(records) != 1 || !registration.Registered {
				return "", fmt.Errorf("after 30 s: %v, registered %v", records, registration.Registered)
			}
			state, err := w.end()
			if records := w.store.Records(); err == nil && len(records) != 0 {
				err = fmt.Errorf("a removed binding is there: %v", records)
			}
			return state, err
		}},
		{name: "register-wrong", title: "a wrong password", play: func(n *sim.Network) (string, error) {
			w := newWorld(n)
			alice := w.phone("alice", func(c *sim.PhoneConfig) { c.Password = "wrong" })
			w.serve()
			registration := alice.Register()
			state, err := w.end()
			if err == nil && registration.Code != 401 {
				err = fmt.Errorf("got %d", registration.Code)
			}
			return state, err
		}},
	} {
		s.run(t)
	}
}

// TestFailedKeeping: what can't be kept is not acknowledged, and takes no effect.
func TestFailedKeeping(t *testing.T) {
	n := sim.New(sim.Config{})
	w, alice, bob := pair(n, sim.Behaviour{})
	registration := bob.Register()
	call := alice.Call(bobsAddress)
	carol := w.phone("carol", overTCP)
	reachable := binding(carol.ContactURI(), 1000)
	reachable.FlowBound, reachable.Flow = true, machine.Flow{Transport: machine.TCP, Remote: addresses["carol"], Connection: 99, Listener: 1}
	w.bound("carol", reachable)
	lost := alice.Call("sip:carol@example.test")
	w.store.Broken = true
	if err := w.RunFor(time.Minute); err != nil {
		t.Fatal(err)
	}
	if registration.Registered || len(w.store.Records()) != 2 {
		t.Errorf("a registration that is not kept is refused: got %d", registration.Code)
	}
	if len(bob.Calls()) != 0 || call.FinalCode != 500 {
		t.Errorf("a call whose nonce is not kept is refused, not placed: got %d\n%s", call.FinalCode, n.Ladder().DrawPlain())
	}
	if len(carol.Calls()) != 0 || lost.FinalCode != 500 {
		t.Errorf("nor does it find another way: got %d\n%s", lost.FinalCode, n.Ladder().DrawPlain())
	}
	w.store.Broken = false
	call = alice.CallWith(bobsAddress, sim.CallOptions{HangUp: time.Second})
	if err := w.RunFor(time.Minute); err != nil {
		t.Fatal(err)
	}
	if call.State() != sim.Ended {
		t.Errorf("afterwards calls work again: got %s %d", call.State(), call.FinalCode)
	}
}
