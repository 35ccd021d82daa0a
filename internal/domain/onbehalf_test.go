package domain_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/ua"
)

// passesOn is an agent that answers, and calls somebody for the caller: a target that its address names.
func passesOn(name, target string) domain.Agent {
	return domain.Agent{Name: name, Install: func(a *ua.Agent) {
		a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
			if c.Answer() != nil {
				return
			}
			wanted := target
			if wanted == "" {
				uri, _ := sip.ParseURI(c.Target)
				wanted, _ = uri.Params.Get("target")
				wanted = sip.Unescape(wanted)
			}
			i := ua.Invitation{Target: wanted, From: c.Shown, MaxForwards: 60}
			if c.Remote.Asserted {
				i.Fields = append(i.Fields, ua.Field{Name: sip.HeaderPAssertedIdentity, Value: c.Remote.Address()})
			}
			_, _ = a.Invite(i)
		}})
	}}
}

// TestCodesOfOthers: where bob is looked for, he has a code asked whether it takes the call. It does nothing for
// alice, who dialled none.
func TestCodesOfOthers(t *testing.T) {
	routing := steps([]string{"sip:*721003@example.test"})
	routing["bob"].FindMe.Steps[0].Confirm = true
	n := sim.New(sim.Config{})
	asked := 0
	_, err := office{
		routing: routing, options: sim.CallOptions{HangUp: 2 * time.Second},
		config: func(c *domain.Config) {
			c.Codes = []proxy.Code{{Code: "*72", Does: "forward"}}
			c.Inside = []domain.Agent{passesOn("ask", ""), {Name: "codes", Install: func(a *ua.Agent) {
				a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
					asked++
					c.Reject(sip.Answer{Code: 486})
				}})
			}}}
		},
	}.play(func(o *office) error { return nil })(n)
	if err != nil || asked != 0 {
		t.Errorf("the code was asked for %d times: %v\n%s", asked, err, n.Ladder().DrawPlain())
	}
}

// TestPayersOfAgents: a menu calls by the permissions of whom its settings name, and no other agent does.
func TestPayersOfAgents(t *testing.T) {
	for _, test := range []struct {
		agent, target string
		called        bool
	}{
		{"menu", "sip:0301234@example.test;payer=bob", true},
		{"menu", "sip:0301234@example.test", false},
		{"menu", "sip:0301234@example.test;payer=nobody", false},
		{"conference", "sip:0301234@example.test;payer=bob", true},
		{"conference", "sip:0301234@example.test", false},
		{"clock", "sip:0301234@example.test;payer=bob", false},
	} {
		n := sim.New(sim.Config{})
		_, err := exchange{
			routing: map[string]*directory.Routing{"alice": {Outgoing: directory.Outgoing{Class: directory.ClassInternal}}},
			gateway: on(sim.Behaviour{HangUp: time.Second}),
			config:  func(c *domain.Config) { c.Inside = []domain.Agent{passesOn(test.agent, test.target)} },
		}.run(func(x *exchange) error {
			x.phones["alice"].CallWith("sip:"+test.agent+"@example.test", sim.CallOptions{HangUp: 3 * time.Second})
			if err := x.world.quiet(); err != nil {
				return err
			}
			if called := x.phones["gateway"].LastCall() != nil; called != test.called {
				return fmt.Errorf("called: %v", called)
			}
			return nil
		})(n)
		if err != nil {
			t.Errorf("%s calls %s: %v\n%s", test.agent, test.target, err, n.Ladder().DrawPlain())
		}
	}
}

// TestPhonesOfAgents: an agent that calls somebody back, or has their phone called, reaches phones alone: whom they are
// forwarded to, a mailbox above all, is not to be joined with anybody.
func TestPhonesOfAgents(t *testing.T) {
	forwarded := directory.Routing{Forward: directory.Forward{Unconditional: to("carol")}}
	unanswered := directory.Routing{Forward: directory.Forward{NoAnswer: directory.NoAnswer{To: to("carol"), After: directory.Duration(2 * time.Second)}}}
	for _, test := range []struct {
		agent, params string
		bob           directory.Routing
		rings         string
	}{
		{"redial", ";phones;payer=bob", forwarded, "bob"},
		{"click", ";payer=bob;phones", forwarded, "bob"},
		{"park", ";phones", forwarded, "bob"},
		{"park", ";phones", unanswered, "bob"},
		{"park", "", forwarded, "carol"},
		{"menu", ";phones", forwarded, "carol"},
		{"clock", ";phones", forwarded, "carol"},
	} {
		n := sim.New(sim.Config{})
		_, err := office{
			routing: map[string]*directory.Routing{"bob": &test.bob}, bob: on(sim.RingForever()), carol: on(sim.RingForever()),
			target: "sip:" + test.agent + "@example.test", options: sim.CallOptions{HangUp: 10 * time.Second},
			config: func(c *domain.Config) {
				c.Inside = []domain.Agent{passesOn(test.agent, "sip:bob@example.test"+test.params)}
			},
		}.play(func(o *office) error {
			for _, name := range []string{"bob", "carol"} {
				if rang := o.phones[name].LastCall() != nil; rang != (name == test.rings) {
					return fmt.Errorf("%s rang: %v", name, rang)
				}
			}
			return nil
		})(n)
		if err != nil {
			t.Errorf("%s calls bob%s: %v\n%s", test.agent, test.params, err, n.Ladder().DrawPlain())
		}
	}
}
