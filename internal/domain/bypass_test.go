package domain_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/ua"
)

// TestRefusedStaysRefused: who is refused is not sent on to where the callee's calls go that nobody
// takes, by whatever address the callee is called.
func TestRefusedStaysRefused(t *testing.T) {
	carolWhenUnanswered := directory.Forward{NoAnswer: directory.NoAnswer{To: to("carol"), After: directory.Duration(2 * time.Second)}}
	phone := "sip:bob@" + addresses["bob"].String()
	soon := sim.CallOptions{CancelAll: 5 * time.Second}
	for _, test := range []struct {
		reason, target string
		routing        directory.Routing
		options        sim.CallOptions
		code           int
		states         string
	}{
		{
			reason: "a blocked caller, where calls are forwarded when nobody answers", code: 403,
			routing: directory.Routing{Block: []directory.Pattern{pattern("alice")}, Forward: carolWhenUnanswered},
		},
		{
			reason: "do-not-disturb, where calls are forwarded when nobody answers", code: 486,
			routing: directory.Routing{DoNotDisturb: true, Forward: carolWhenUnanswered},
		},
		{
			reason: "a forward that bob may not make", code: 403,
			routing: directory.Routing{
				Forward:  directory.Forward{Unconditional: to("dave"), NoAnswer: carolWhenUnanswered.NoAnswer},
				Outgoing: directory.Outgoing{Rules: []directory.DialRule{{To: []directory.Pattern{pattern("dave")}}}},
			},
		},
		{
			reason: "bob is looked for at dave's, whom bob may not call", code: 403,
			routing: directory.Routing{
				FindMe:   directory.FindMe{Steps: []directory.Step{{Targets: []directory.Target{to("dave")}}}},
				Outgoing: directory.Outgoing{Rules: []directory.DialRule{{To: []directory.Pattern{pattern("dave")}}}},
			},
		},
		{
			reason: "the phone's address without its port", target: "sip:bob@192.0.2.2", code: 403,
			routing: directory.Routing{Block: []directory.Pattern{pattern("alice")}},
		},
		{
			reason: "the phone's address as maddr", target: "sip:bob@elsewhere.test;maddr=192.0.2.2", code: 403,
			routing: directory.Routing{Block: []directory.Pattern{pattern("alice")}},
		},
		{
			reason: "silently, at the phone's address", target: phone, options: soon, code: 487,
			routing: directory.Routing{Screening: []directory.Rule{from(directory.ActionSilent, "alice")}},
		},
		{
			reason: "do-not-disturb that forwards, at the phone's address", target: phone, options: soon, code: 487, states: "carol cancelled",
			routing: directory.Routing{DoNotDisturb: true, Forward: directory.Forward{Busy: to("carol")}},
		},
	} {
		n := sim.New(sim.Config{})
		_, err := office{
			routing: map[string]*directory.Routing{"bob": &test.routing}, target: test.target, options: test.options,
			bob: on(sim.AnswerAfter(0)), carol: on(sim.RingForever()), dave: on(sim.AnswerAfter(0)),
		}.play(func(o *office) error { return o.ended(test.code, test.states) })(n)
		if err != nil {
			t.Errorf("%s: %v\n%s", test.reason, err, n.Ladder().DrawPlain())
		}
	}
}

// TestReplacesOfAnotherCall: who replaces a call of somebody else's phone than the callee's is screened
// like anybody: a phone that does not know of Replaces would just ring.
func TestReplacesOfAnotherCall(t *testing.T) {
	w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) {
		c.Services = order.Routes
		c.Routing = map[string]*directory.Routing{"bob": {Block: []directory.Pattern{pattern("alice")}}}
	})
	alice := w.phone("alice")
	w.serve()
	w.bound("bob", w.phone("bob"))
	w.bound("dave", w.phone("dave"))
	first := alice.Call("sip:dave@example.test")
	_ = w.RunFor(3 * time.Second)
	if first.State() != sim.Established {
		t.Fatalf("the first call is %s", first.State())
	}
	d := first.Dialog()
	triple := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", first.CallID(), d.RemoteTag(), d.LocalTag())
	second := alice.CallWith("sip:bob@example.test", sim.CallOptions{Fields: []string{"Replaces: " + triple}})
	_ = w.RunFor(3 * time.Second)
	if second.FinalCode != 403 {
		t.Errorf("the call that says to replace that one got %d\n%s", second.FinalCode, w.Ladder().DrawPlain())
	}
}

// TestNumbersOfOurs: a stranger who writes a number of ours into From is nobody of ours to a rule.
func TestNumbersOfOurs(t *testing.T) {
	for _, test := range []struct {
		reason, number string
		code           int
	}{
		{"alice's number", "1001", 403},
		{"a number that nobody here has", "1003", 200},
	} {
		w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) {
			c.Guests = true
			c.Services = order.Routes
			c.Routing = screened(from(directory.ActionAllow, "1001", "1003"), from(directory.ActionRefuse))
			c.Routing["alice"] = &directory.Routing{Numbers: []string{"1001"}}
		})
		mallory := w.agent("mallory", machine.TCP, nil)
		w.serve()
		w.bound("bob", w.phone("bob", incoming(sim.Behaviour{HangUp: time.Second})))
		call := mallory.ask(lines("INVITE sip:bob@example.test SIP/2.0", "Via: SIP/2.0/TCP 203.0.113.66:5060;branch=z9hG4bKcall", "Max-Forwards: 70",
			"From: <sip:"+test.number+"@evil.test>;tag=m", "To: <sip:bob@example.test>", "Call-ID: call", "CSeq: 1 INVITE",
			"Contact: <sip:mallory@203.0.113.66:5060;transport=tcp>"))
		_ = w.RunFor(3 * time.Second)
		if call.code() != test.code {
			t.Errorf("%s: got %d, not %d\n%s", test.reason, call.code(), test.code, w.Ladder().DrawPlain())
		}
	}
}

// TestAskedOnce: the rules of who is asked were asked before, by the caller's address: the agent's own is
// none that rules are about.
func TestAskedOnce(t *testing.T) {
	rule := directory.Rule{Action: directory.ActionAsk, Sources: []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}}
	n := sim.New(sim.Config{})
	_, err := office{
		routing: screened(rule, from(directory.ActionRefuse)), bob: on(sim.Behaviour{HangUp: time.Second}), options: sim.CallOptions{HangUp: 5 * time.Second},
		config: func(c *domain.Config) {
			c.Inside = []domain.Agent{{Name: "ask", Install: func(a *ua.Agent) {
				a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
					if c.Answer() == nil {
						uri, _ := sip.ParseURI(c.Target)
						target, _ := uri.Params.Get("target")
						_, _ = a.Invite(ua.Invitation{Target: sip.Unescape(target), From: c.Shown, MaxForwards: 60})
					}
				}})
			}}}
		},
	}.play(func(o *office) error {
		if o.phones["bob"].LastCall() == nil {
			return fmt.Errorf("bob's phone did not ring")
		}
		return nil
	})(n)
	if err != nil {
		t.Errorf("%v\n%s", err, n.Ladder().DrawPlain())
	}
}
