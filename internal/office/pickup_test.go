package office_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// excuse is an agent that says why a code did nothing: with the parameters of its address.
func excuse(a *ua.Agent) {
	a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
		a.Go("excuse", func(t *task.Task) {
			uri, err := sip.ParseURI(c.Target)
			if err != nil || c.Answer() != nil {
				return
			}
			why, _ := uri.Params.Get("result")
			if c.Say(t, "tone:"+why) == nil {
				c.HangUp()
			}
		})
	}})
}

// workGroup are bob and carol; dave is in none.
func workGroup(c *domain.Config) {
	c.Inside = []domain.Agent{{Name: "codes", Install: excuse}}
	c.Codes = []proxy.Code{{Code: "*8", Does: "pickup-group"}, {Code: "**", Does: "pickup"}}
	c.Groups = map[string]*directory.Group{
		"sales": {Name: "sales", Members: []string{"bob", "carol"}, Pickup: true},
		"all":   {Name: "all", Members: []string{"alice", "bob", "carol", "dave"}},
	}
	c.Routing = map[string]*directory.Routing{"bob": {Numbers: []string{"1002"}}}
}

// replaced lets a call take the place of another one.
var replaced = ua.Handlers{Replace: func(call, old *ua.Call) {
	if call.Answer() == nil {
		call.Agent().Attend(call)
		old.HangUp()
	}
}}

// ringsAt has alice call bob, and waits until his phone rings and she knows.
func ringsAt(o *office.Office) error {
	o.Desk("alice").Do(func(a *ua.Agent) {
		if c, err := a.Invite(ua.Invitation{Target: office.AOR("bob")}); err == nil {
			a.Attend(c)
		}
	})
	return o.RunUntil(func() bool {
		c := o.Desk("alice").Call("bob")
		return c != nil && c.State == ua.Alerting
	}, 3*time.Minute) // a 180 that is lost comes again after a minute
}

// dials has somebody dial, and attend to what comes of it.
func dials(o *office.Office, who, number string) error {
	return o.Act(who, func(t *task.Task, a *ua.Agent) error {
		c, err := a.Invite(ua.Invitation{Target: "sip:" + number + "@example.test"})
		if err != nil {
			return err
		}
		if err := c.Settle(t); err != nil {
			return err
		}
		a.Attend(c)
		return nil
	})
}

// TestPickupByCode: a telephone that knows nothing of it dials a code, and has the call that rings elsewhere.
func TestPickupByCode(t *testing.T) {
	never := map[string]office.Manner{"bob": {Never: true}}
	for _, s := range []play.Scene{
		{
			Name: "pickup-group", Title: "carol dials *8 and has alice", Golden: true, Drawn: true, Manners: never,
			Hears: "alice hears carol\ncarol hears alice",
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return ringsAt(o) }, func() error { return dials(o, "carol", "*8") }, o.Pause)
			},
		},
		{
			Name: "pickup-directed", Title: "and by bob's number", Manners: never, Hears: "alice hears carol\ncarol hears alice",
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return ringsAt(o) }, func() error { return dials(o, "carol", "**1002") }, o.Pause)
			},
		},
		{
			Name: "pickup-nothing", Title: "nobody's telephone rings", Golden: true, Drawn: true,
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return dials(o, "carol", "*8") }, func() error { return o.RunFor(time.Second) },
					func() error { return o.Hears("carol hears codes's tone:none") }, o.Pause)
			},
		},
		{
			Name: "pickup-stranger", Title: "dave is in no group with bob: he is told, and bob's phone rings on", Manners: never,
			Play: func(o *office.Office) error {
				return office.InOrder(func() error { return ringsAt(o) }, func() error { return dials(o, "dave", "**bob") },
					func() error { return o.RunFor(time.Second) },
					func() error { return o.Hears("dave hears codes's tone:refused") },
					func() error {
						if c := o.Desk("bob").Call("alice"); c == nil || c.State != ua.Alerting {
							return fmt.Errorf("bob's phone does not ring")
						}
						o.Desk("alice").Do(func(*ua.Agent) { o.Desk("alice").Call("bob").Cancel() })
						return nil
					}, o.Pause)
			},
		},
		{
			Name: "pickup-too-late", Title: "alice's phone says that the call was answered: carol is told", Golden: true, Drawn: true,
			Play: func(o *office.Office) error {
				o.Desk("alice").Refuse(func(m *sip.Message) int {
					if m.Has(sip.HeaderReplaces) {
						return 486
					}
					return 0
				})
				return office.InOrder(func() error { return ringsAt(o) }, func() error { return dials(o, "carol", "**bob") },
					func() error { return o.RunFor(time.Second) },
					func() error { return o.Hears("alice hears bob\nbob hears alice\ncarol hears codes's tone:none") }, o.Pause)
			},
			Hears: "alice hears bob\nbob hears alice", Manners: map[string]office.Manner{"bob": {Rings: time.Second}}, Seeds: 1,
		},
	} {
		s.Roles = replaced
		s.Desks = []string{"alice", "server", "bob", "carol", "dave"}
		s.Office = office.Options{Server: workGroup, Digest: true, Lasts: map[string]time.Duration{
			"tone:none": 3 * time.Second, "tone:refused": 3 * time.Second,
		}}
		s.Run(t)
	}
}

// TestReplacesOfRinging: who names a call that rings must be in its pickup group, and want it only while it rings.
func TestReplacesOfRinging(t *testing.T) {
	for _, test := range []struct {
		reason, who string
		earlyOnly   bool
		code        int
	}{
		{"a colleague takes it while it rings", "carol", true, 0},
		{"a colleague would take it off bob, too", "carol", false, 403},
		{"a stranger knows all there is to know", "dave", true, 403},
	} {
		t.Run(test.reason, func(t *testing.T) {
			o := office.New(sim.New(sim.Config{}), office.Options{Server: workGroup, Digest: true}, "alice", "server", "bob", "carol", "dave")
			o.Staff(replaced, map[string]office.Manner{"bob": {Never: true}})
			if err := ringsAt(o); err != nil {
				t.Fatal(err)
			}
			d := o.Desk("bob").Call("alice").Dialog() // the same, seen from the other side
			id := sip.DialogID{CallID: d.CallID, LocalTag: d.RemoteTag, RemoteTag: d.LocalTag, EarlyOnly: test.earlyOnly}
			target := o.Desk("alice").Agent().ContactURI()
			err := o.Act(test.who, func(t *task.Task, a *ua.Agent) error {
				c, err := a.Invite(ua.Invitation{Target: target, Replaces: id})
				if err != nil {
					return err
				}
				return c.Settle(t)
			})
			if test.code != 0 {
				err = office.Refused(err, test.code)
			}
			if err != nil {
				t.Fatal(err)
			}
			if state := o.EndState(); test.code == 0 && !strings.Contains(state, "alice and sip:"+test.who) {
				t.Errorf("she talks to somebody else:\n%s", state)
			}
		})
	}
}

// watching is an agent that watches users, and writes down what it is told.
type watching struct {
	users []string
	told  []string
}

func (w *watching) agent() domain.Agent {
	return domain.Agent{
		Name: "lamps",
		Install: func(a *ua.Agent) {
			a.Handle(ua.Handlers{Message: func(ua.Letter) int {
				for _, user := range w.users {
					a.Tell(proxy.Watch{User: user, By: "lamps"})
				}
				return 200
			}})
		},
		Record: func(record any) {
			switch r := record.(type) {
			case proxy.Leg:
				w.told = append(w.told, fmt.Sprintf("%s: %s %s", r.User, r.Dialog.Direction, r.Dialog.State))
			case proxy.Standing:
				var states []string
				for _, d := range r.Dialogs {
					states = append(states, d.State.String())
				}
				w.told = append(w.told, fmt.Sprintf("%s has %v", r.User, states))
			}
		},
	}
}

// TestLegs: an agent that watches users is told how their calls stand, from the beginning and in their course.
func TestLegs(t *testing.T) {
	w := &watching{users: []string{"alice", "bob"}}
	o := office.New(sim.New(sim.Config{}), office.Options{Server: func(c *domain.Config) { c.Inside = []domain.Agent{w.agent()} }},
		"alice", "server", "bob", "carol")
	o.Staff(ua.Handlers{}, map[string]office.Manner{"bob": {Rings: 3 * time.Second}, "carol": {Code: 486}})
	watch := func() error {
		return o.Act("carol", func(t *task.Task, a *ua.Agent) error {
			return a.Send(t, ua.Letter{To: "sip:lamps@example.test", Text: "go"})
		})
	}
	expect := func(wanted ...string) {
		t.Helper()
		if got := strings.Join(w.told, "\n"); got != strings.Join(wanted, "\n") {
			t.Errorf("told:\n%s\nwanted:\n%s", got, strings.Join(wanted, "\n"))
		}
		w.told = nil
	}
	do := func(step func() error) {
		t.Helper()
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	do(watch)
	expect("alice has []", "bob has []")
	do(func() error { return ringsAt(o) })
	expect("alice: initiator trying", "bob: recipient trying", "alice: initiator early", "bob: recipient early")
	do(watch)
	expect("alice has [early]", "bob has [early]")
	do(func() error { return o.RunFor(5 * time.Second) })
	expect("alice: initiator confirmed", "bob: recipient confirmed")
	do(watch)
	expect("alice has [confirmed]", "bob has [confirmed]")
	o.Desk("bob").Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	do(o.Pause)
	expect("alice: initiator terminated", "bob: recipient terminated")
	_ = dials(o, "alice", "carol")
	expect("alice: initiator trying", "alice: initiator early", "alice: initiator terminated")
	do(watch)
	expect("alice has []", "bob has []")
}
