package order_test

import (
	"errors"
	"fmt"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestMissing: an action that lacks something says what, and does nothing.
func TestMissing(t *testing.T) {
	call := &ua.Call{}
	for name, requests := range map[string][]struct {
		request order.Request
		want    error
	}{
		"hold":             {{order.Request{}, order.ErrCall}},
		"resume":           {{order.Request{}, order.ErrCall}},
		"swap":             {{order.Request{}, order.ErrCall}, {order.Request{Call: call}, order.ErrOther}},
		"consult":          {{order.Request{}, order.ErrCall}, {order.Request{Call: call}, order.ErrTarget}},
		"transfer":         {{order.Request{}, order.ErrCall}, {order.Request{Call: call}, order.ErrTarget}},
		"attended":         {{order.Request{}, order.ErrCall}, {order.Request{Call: call}, order.ErrOther}},
		"message-transfer": {{order.Request{}, order.ErrCall}, {order.Request{Call: call}, order.ErrTarget}},
		"conference":       {{order.Request{}, order.ErrCall}, {order.Request{Call: call}, order.ErrTarget}},
		"to-room":          {{order.Request{}, order.ErrCall}},
		"join":             {{order.Request{}, order.ErrTarget}},
		"take-over":        {{order.Request{}, order.ErrTarget}},
		"park":             {{order.Request{}, order.ErrCall}},
		"pickup":           {{order.Request{}, order.ErrTarget}},
	} {
		action, ok := order.Find(name)
		if !ok {
			t.Errorf("there is no %s", name)
			continue
		}
		for _, test := range requests {
			if err := action.Run(nil, test.request); !errors.Is(err, test.want) {
				t.Errorf("%s of %+v: got %v, want %v", name, test.request, err, test.want)
			}
		}
	}
	if _, ok := order.Find("dance"); ok {
		t.Error("dance is no service")
	}
}

// runs is a step: somebody starts a service, and then who hears whom is as it should be.
func runs(o *office.Office, who, name string, request func(a *ua.Agent) order.Request, hears string) func() error {
	return func() error {
		action, _ := order.Find(name)
		err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
			r := request(a)
			r.Agent = a
			return action.Run(t, r)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := o.Pause(); err != nil {
			return err
		}
		return o.Hears(hears)
	}
}

// with gives a request about the call with somebody, with another one or to a target.
func with(o *office.Office, who, first, second, target string) func(a *ua.Agent) order.Request {
	return func(*ua.Agent) order.Request {
		r := order.Request{Call: o.Desk(who).Call(first)}
		if second != "" {
			r.Other = o.Desk(who).Call(second)
		}
		if target != "" {
			r.Target = office.AOR(target)
		}
		return r
	}
}

// TestTogether: services upon services.
func TestTogether(t *testing.T) {
	const three = "alice hears bob, carol\nbob hears alice, carol\ncarol hears alice, bob"
	conference := func(o *office.Office, more ...func() error) error {
		for _, name := range []string{"alice", "bob", "carol", "dave"} {
			d := o.Desk(name)
			d.Do(func(a *ua.Agent) { order.Install(a, a.Handlers()) })
		}
		return office.InOrder(append([]func() error{
			func() error { return o.Meet("alice", "bob") }, runs(o, "bob", "conference", with(o, "bob", "alice", "", "carol"), three),
		}, more...)...)
	}
	desks := []string{"alice", "server", "bob", "carol", "dave"}
	for _, s := range []play.Scene{
		{
			Name: "hand-over", Title: "Bob, the focus of a conference, leaves and hands Alice over to Carol", Desks: desks, Golden: true,
			Hears: "alice hears carol\ncarol hears alice",
			Play: func(o *office.Office) error {
				return conference(o, runs(o, "bob", "attended", with(o, "bob", "alice", "carol", ""), "alice hears carol\ncarol hears alice"))
			},
		},
		{
			Name: "focus-transferred", Title: "Alice transfers the focus to Dave: he takes her place in the conference", Desks: desks, Golden: true,
			Hears: "bob hears carol, dave\ncarol hears bob, dave\ndave hears bob, carol",
			Play: func(o *office.Office) error {
				return conference(o, runs(o, "alice", "transfer", with(o, "alice", "bob", "", "dave"),
					"bob hears carol, dave\ncarol hears bob, dave\ndave hears bob, carol"))
			},
		},
		{
			Name: "focus-transferred-attended", Title: "Carol consults Dave, and hands the focus over to him", Desks: desks,
			Hears: "alice hears bob, dave\nbob hears alice, dave\ndave hears alice, bob",
			Play: func(o *office.Office) error {
				return conference(o,
					runs(o, "carol", "consult", with(o, "carol", "bob", "", "dave"), "alice hears bob\nbob hears alice\ncarol hears dave\ndave hears carol"),
					runs(o, "carol", "attended", with(o, "carol", "bob", "dave", ""), "alice hears bob, dave\nbob hears alice, dave\ndave hears alice, bob"))
			},
		},
		{
			Name: "place-taken", Title: "Alice tells Dave how to take her place in the conference", Desks: desks,
			Hears: "bob hears carol, dave\ncarol hears bob, dave\ndave hears bob, carol",
			Play: func(o *office.Office) error {
				return conference(o,
					runs(o, "alice", "message-transfer", with(o, "alice", "bob", "", "dave"), three),
					runs(o, "dave", "take-over", func(*ua.Agent) order.Request {
						for _, e := range o.Desk("dave").Events {
							if e.Kind == ua.Message {
								return order.Request{Target: e.Text}
							}
						}
						return order.Request{}
					}, "bob hears carol, dave\ncarol hears bob, dave\ndave hears bob, carol"))
			},
		},
		{
			Name: "transferred-while-held", Title: "Alice holds Bob, swaps to Dave and back, and hands Bob over", Desks: desks, Hears: "bob hears dave\ndave hears bob",
			Play: func(o *office.Office) error {
				for _, name := range []string{"alice", "bob", "carol", "dave"} {
					o.Desk(name).Do(func(a *ua.Agent) { order.Install(a, a.Handlers()) })
				}
				return office.InOrder(
					func() error { return o.Meet("alice", "bob") },
					runs(o, "alice", "consult", with(o, "alice", "bob", "", "dave"), "alice hears dave\ndave hears alice"),
					runs(o, "alice", "swap", with(o, "alice", "dave", "bob", ""), "alice hears bob\nbob hears alice"),
					runs(o, "alice", "attended", with(o, "alice", "bob", "dave", ""), "bob hears dave\ndave hears bob"),
				)
			},
		},
		{
			Name: "transfer-refused-after-swap", Title: "Bob does not want to: Alice talks with him, as before, and Dave stays on hold", Desks: desks,
			Hears: "alice hears bob\nbob hears alice",
			Play: func(o *office.Office) error {
				for _, name := range []string{"alice", "bob", "carol", "dave"} {
					o.Desk(name).Do(func(a *ua.Agent) { order.Install(a, a.Handlers()) })
				}
				o.Desk("bob").RefuseAgain(sip.REFER, 603)
				return office.InOrder(
					func() error { return o.Meet("alice", "bob") },
					runs(o, "alice", "consult", with(o, "alice", "bob", "", "dave"), "alice hears dave\ndave hears alice"),
					runs(o, "alice", "swap", with(o, "alice", "dave", "bob", ""), "alice hears bob\nbob hears alice"),
					func() error {
						return office.Refused(runs(o, "alice", "attended", with(o, "alice", "bob", "dave", ""), "")(), 603)
					},
				)
			},
		},
	} {
		s.Run(t)
	}
}
