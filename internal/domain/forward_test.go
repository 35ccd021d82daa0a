package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/service/order"
	"hookflash/sip"
)

// to reads a target.
func to(text string) directory.Target {
	target, err := directory.ParseTarget(text)
	if err != nil {
		panic(err)
	}
	return target
}

// on is a phone that is there.
func on(does sim.Behaviour) *sim.Behaviour { return &does }

// office is alice calling bob, who has set something about his calls; carol and dave are
// there, too.
type office struct {
	routing          map[string]*directory.Routing
	bob, carol, dave *sim.Behaviour // nil: the phone is not there
	target           string         // "": the callee's address of record
	callee           string         // ""; bob
	options          sim.CallOptions
	config           func(*domain.Config)

	world  *world
	call   *sim.Call
	phones map[string]*sim.Phone
}

func (o office) play(want func(o *office) error) func(n *sim.Network) (string, error) {
	return func(n *sim.Network) (string, error) {
		o := o
		w := newWorld(n, func(c *domain.Config) {
			c.Services, c.Routing = order.Routes, o.routing
			if o.config != nil {
				o.config(c)
			}
		})
		alice := w.phone("alice")
		w.serve()
		o.phones = map[string]*sim.Phone{}
		for _, phone := range []struct {
			name string
			does *sim.Behaviour
		}{{"bob", o.bob}, {"carol", o.carol}, {"dave", o.dave}} {
			if phone.does != nil {
				o.phones[phone.name] = w.phone(phone.name, incoming(*phone.does))
				w.bound(phone.name, o.phones[phone.name])
			}
		}
		if o.callee == "" {
			o.callee = "bob"
		}
		if o.target == "" {
			o.target = "sip:" + o.callee + "@example.test"
		}
		o.world, o.call = w, alice.CallWith(o.target, o.options)
		state, err := w.end()
		if err == nil {
			err = want(&o)
		}
		return state, err
	}
}

// ended wants alice's call to have ended with a code, and those of phones in states, in the
// form "bob cancelled, carol ended".
func (o *office) ended(code int, states string) error {
	var got []string
	for _, name := range []string{"bob", "carol", "dave"} {
		if phone := o.phones[name]; phone != nil && phone.LastCall() != nil {
			got = append(got, fmt.Sprintf("%s %s", name, phone.LastCall().State()))
		}
	}
	if said := strings.Join(got, ", "); o.call.FinalCode != code || said != states {
		return fmt.Errorf("alice got %d and the phones ended as %q, not %d and %q", o.call.FinalCode, said, code, states)
	}
	return nil
}

// sees wants that phone's INVITE to have a header field with values, but for their parameters: on a
// bad line a call may go elsewhere for another reason.
func (o *office) sees(name string, header sip.Header, values ...string) error {
	invite := o.phones[name].LastCall().Invite()
	var got []string
	for value := range invite.FieldValues(header) {
		value, _, _ = strings.Cut(value, ";")
		got = append(got, value)
	}
	if !slices.Equal(got, values) {
		return fmt.Errorf("%s sees %q, not %q", name, got, values)
	}
	return nil
}

func TestForwardingServices(t *testing.T) {
	hangUp := sim.CallOptions{HangUp: 5 * time.Second}
	unconditional := map[string]*directory.Routing{"bob": {Forward: directory.Forward{Unconditional: to("carol")}}}
	busy := map[string]*directory.Routing{"bob": {Forward: directory.Forward{Busy: to("carol")}}}
	unanswered := map[string]*directory.Routing{"bob": {Forward: directory.Forward{NoAnswer: directory.NoAnswer{To: to("carol"), After: directory.Duration(2 * time.Second)}}}}
	for _, s := range []scenario{
		{
			name: "forward-unconditional", title: "bob forwards all calls to carol (RFC 5359 section 2.7)", whole: true,
			play: office{routing: unconditional, bob: on(sim.AnswerAfter(0)), carol: on(sim.AnswerAfter(time.Second)), options: hangUp}.play(func(o *office) error {
				if err := o.sees("carol", sip.HeaderDiversion, "<sip:bob@example.test>"); err != nil {
					return err
				}
				return o.ended(200, "carol ended")
			}),
		},
		{
			name: "forward-unconditional-given-up", title: "alice gives up while carol rings",
			play: office{routing: unconditional, carol: on(sim.RingForever()), options: sim.CallOptions{CancelAll: 40 * time.Second}}.
				play(func(o *office) error { return o.ended(487, "carol cancelled") }),
		},
		{
			name: "forward-unconditional-declined", title: "carol declines: her 603 goes back",
			play: office{routing: unconditional, carol: on(sim.Decline(time.Second))}.
				play(func(o *office) error { return o.ended(603, "carol failed") }),
		},
		{
			name: "forward-unconditional-nobody", title: "carol has no phone: 480, and no 181",
			play: office{routing: unconditional}.play(func(o *office) error { return o.ended(480, "") }),
		},
		{
			name: "forward-loop", title: "bob forwards to carol, and carol to bob: 482",
			play: office{
				routing: map[string]*directory.Routing{
					"bob":   {Forward: directory.Forward{Unconditional: to("carol")}},
					"carol": {Forward: directory.Forward{Unconditional: to("bob")}},
				},
				bob: on(sim.AnswerAfter(0)), carol: on(sim.AnswerAfter(0)),
			}.play(func(o *office) error { return o.ended(482, "") }),
		},
		{
			name: "forward-redirect", title: "bob has callers told to call carol themselves: 302",
			play: office{
				routing: map[string]*directory.Routing{"bob": {Forward: directory.Forward{Unconditional: to("carol"), Redirect: true}}},
				carol:   on(sim.AnswerAfter(time.Second)),
			}.play(func(o *office) error { return o.ended(302, "") }),
		},
		{
			name: "forward-busy", title: "bob is busy, and the call goes to carol (RFC 5359 section 2.8)", whole: true,
			play: office{routing: busy, bob: on(sim.Busy()), carol: on(sim.AnswerAfter(time.Second)), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "bob failed, carol ended") }),
		},
		{
			name: "forward-busy-everywhere", title: "bob's phone says that he is busy everywhere",
			play: office{routing: busy, bob: on(sim.Behaviour{Code: 600}), carol: on(sim.AnswerAfter(time.Second)), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "bob failed, carol ended") }),
		},
		{
			name: "forward-busy-both", title: "carol is busy, too: 486",
			play: office{routing: busy, bob: on(sim.Busy()), carol: on(sim.Busy())}.
				play(func(o *office) error { return o.ended(486, "bob failed, carol failed") }),
		},
		{
			name: "forward-busy-given-up", title: "alice gives up while carol rings",
			play: office{routing: busy, bob: on(sim.Busy()), carol: on(sim.RingForever()), options: sim.CallOptions{CancelAll: 40 * time.Second}}.
				play(func(o *office) error { return o.ended(487, "bob failed, carol cancelled") }),
		},
		{
			name: "forward-do-not-disturb", title: "bob is not to be disturbed: his phone is not asked",
			play: office{
				routing: map[string]*directory.Routing{"bob": {DoNotDisturb: true, Forward: directory.Forward{Busy: to("carol")}}},
				bob:     on(sim.AnswerAfter(0)), carol: on(sim.AnswerAfter(time.Second)), options: hangUp,
			}.play(func(o *office) error { return o.ended(200, "carol ended") }),
		},
		{
			name: "forward-no-answer", title: "bob does not answer, and the call goes to carol (RFC 5359 section 2.9)", whole: true,
			play: office{routing: unanswered, bob: on(sim.RingForever()), carol: on(sim.AnswerAfter(time.Second)), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "bob cancelled, carol ended") }),
		},
		{
			name: "forward-no-answer-given-up", title: "alice gives up while bob rings",
			play: office{routing: unanswered, bob: on(sim.RingForever()), carol: on(sim.RingForever()), options: sim.CallOptions{CancelAll: time.Second}}.
				play(func(o *office) error { return o.ended(487, "bob cancelled") }),
			seeds: 1, // on a bad line carol may ring before: forward-no-answer-given-up-late
		},
		{
			name: "forward-no-answer-given-up-late", title: "alice gives up while carol rings",
			play: office{routing: unanswered, bob: on(sim.RingForever()), carol: on(sim.RingForever()), options: sim.CallOptions{CancelAll: 90 * time.Second}}.
				play(func(o *office) error { return o.ended(487, "bob cancelled, carol cancelled") }),
		},
		{
			name: "forward-no-answer-crossing", title: "bob's 200 crosses the CANCEL, and wins",
			play: office{routing: unanswered, bob: on(sim.Behaviour{Ring: true, Never: true, CrossCancel: true}), carol: on(sim.AnswerAfter(time.Second)), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "bob ended") }),
			seeds: 1, // where they cross is up to the network
		},
		{
			name: "forward-unreachable", title: "bob has no phone at all: as if nobody answered, at once",
			play: office{routing: unanswered, carol: on(sim.AnswerAfter(time.Second)), options: hangUp}.
				play(func(o *office) error { return o.ended(200, "carol ended") }),
		},
		{
			name: "forward-chain", title: "bob does not answer, carol is busy, dave answers",
			play: office{
				routing: map[string]*directory.Routing{"bob": unanswered["bob"], "carol": {Forward: directory.Forward{Busy: to("dave")}}},
				bob:     on(sim.RingForever()), carol: on(sim.Busy()), dave: on(sim.AnswerAfter(time.Second)), options: hangUp,
			}.play(func(o *office) error {
				if err := o.sees("dave", sip.HeaderDiversion, "<sip:carol@example.test>", "<sip:bob@example.test>"); err != nil {
					return err
				}
				return o.ended(200, "bob cancelled, carol failed, dave ended")
			}),
		},
		{
			name: "forward-deflected", title: "bob's phone points to carol, and the server follows", whole: true,
			play: office{
				routing: map[string]*directory.Routing{"bob": {Redirects: directory.RedirectsFollow}},
				bob:     on(sim.Behaviour{Ring: true, After: time.Second, Code: 302, Contacts: []string{"sip:carol@example.test"}}), carol: on(sim.AnswerAfter(time.Second)), options: hangUp,
			}.play(func(o *office) error { return o.ended(200, "bob failed, carol ended") }),
		},
		{
			name: "forward-deflected-passed", title: "bob's phone points to carol, and alice is told",
			play: office{
				bob: on(sim.Behaviour{Ring: true, After: time.Second, Code: 302, Contacts: []string{"sip:carol@example.test"}}), carol: on(sim.AnswerAfter(time.Second)),
			}.play(func(o *office) error { return o.ended(302, "bob failed") }),
		},
	} {
		s.run(t)
	}
}
