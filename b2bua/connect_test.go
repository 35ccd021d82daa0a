package b2bua_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/b2bua"
	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// operator is an agent that connects whoever calls it with bob; late answers the caller only when bob has answered. outcome is
// told what became of it.
func operator(late bool, patience time.Duration, outcome *error) func(a *ua.Agent) {
	return func(a *ua.Agent) {
		a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
			a.Go("operator", func(t *task.Task) {
				defer c.HangUp()
				if !late && c.Answer() != nil {
					return
				}
				*outcome = b2bua.Connect(t, b2bua.Connection{Caller: c, Target: office.AOR("bob"), Patience: patience})
				var status *sip.StatusError
				if late && errors.As(*outcome, &status) {
					c.Reject(sip.Answer{Code: status.Code, Reason: status.Reason})
				}
			})
		}})
	}
}

func with(install func(a *ua.Agent)) office.Options {
	return office.Options{Digest: true, Server: func(c *domain.Config) { c.Inside = []domain.Agent{{Name: "operator", Install: install}} }}
}

// begins has alice call the operator; she does not wait.
func begins(o *office.Office, i ua.Invitation) func() error {
	return func() error {
		i.Target = "sip:operator@example.test"
		var err error
		o.Desk("alice").Do(func(a *ua.Agent) { _, err = a.Invite(i) })
		return err
	}
}

// calls is begins, and waits for the answer.
func calls(o *office.Office, i ua.Invitation) func() error {
	return func() error {
		if err := begins(o, i)(); err != nil {
			return err
		}
		return o.Act("alice", func(t *task.Task, a *ua.Agent) error {
			for _, c := range a.Calls() {
				if err := c.Settle(t); err != nil {
					return err
				}
				a.Attend(c)
			}
			return nil
		})
	}
}

func until(o *office.Office, true func() bool) func() error {
	return func() error { return o.RunUntil(true, 5*time.Minute) }
}

// rings tells that bob's phone rings.
func rings(o *office.Office) func() bool {
	return func() bool { return len(o.Desk("bob").Agent().Calls()) > 0 }
}

// talk tells that bob hears alice.
func talk(o *office.Office) func() bool {
	return func() bool {
		return strings.Contains(o.Hearing(), "bob hears alice") && strings.Contains(o.Hearing(), "alice hears bob")
	}
}

func leaves(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		return o.Pause()
	}
}

func TestConnect(t *testing.T) {
	const both = "alice hears bob\nbob hears alice"
	for _, s := range []struct {
		play.Scene
		late     bool
		patience time.Duration
		code     int // of the outcome: 0 for none, -1 for a caller who left
		steps    func(o *office.Office) []func() error
	}{
		{Scene: play.Scene{Name: "connect", Title: "the target answers, and hangs up", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, ua.Invitation{}), until(o, talk(o)), o.Pause, func() error { return o.Hears(both) }, leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "connect-caller-leaves", Title: "the caller hangs up", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, ua.Invitation{}), until(o, talk(o)), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "connect-ringing-left", Title: "the caller hangs up while it rings", Golden: true, Manners: map[string]office.Manner{"bob": {Never: true}}}, code: -1, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, ua.Invitation{}), until(o, rings(o)), hears(o, "alice hears operator's tone:ringback"), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "connect-busy", Title: "the target is busy", Golden: true, Manners: map[string]office.Manner{"bob": {Code: 486}}}, code: 486, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, ua.Invitation{}), o.Pause}
		}},
		{Scene: play.Scene{Name: "connect-no-answer", Title: "the target does not answer in time", Golden: true, Manners: map[string]office.Manner{"bob": {Never: true}}}, patience: 20 * time.Second, code: 408, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, ua.Invitation{}), o.Pause, o.Pause}
		}},
		{Scene: play.Scene{Name: "connect-crossing", Title: "the caller hangs up as the target answers", Golden: true, Manners: map[string]office.Manner{"bob": {Rings: time.Second}}}, code: -2, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, ua.Invitation{}), until(o, func() bool {
				list := o.Desk("bob").Agent().Calls()
				return len(list) > 0 && list[0].State == ua.Talking
			}), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "connect-held", Title: "each side may hold the other, who hears nothing then", Hears: both}, steps: func(o *office.Office) []func() error {
			hold := func(who string, act func(c *ua.Call, t *task.Task) error, hears string) func() error {
				return func() error {
					return office.InOrder(func() error {
						return o.Act(who, func(t *task.Task, a *ua.Agent) error { return act(a.Calls()[0], t) })
					}, o.Pause, func() error { return o.Hears(hears) })
				}
			}
			return []func() error{
				calls(o, ua.Invitation{}), until(o, talk(o)), o.Pause,
				hold("bob", (*ua.Call).Hold, ""), hold("bob", (*ua.Call).Resume, both), hold("alice", (*ua.Call).Hold, ""), hold("alice", (*ua.Call).Resume, both),
			}
		}},
		{Scene: play.Scene{Name: "connect-offerless", Title: "the caller made no offer", Hears: both}, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, ua.Invitation{Offerless: true}), until(o, talk(o)), o.Pause}
		}},
		{Scene: play.Scene{Name: "connect-late", Title: "the caller is answered when the target has answered", Golden: true}, late: true, steps: func(o *office.Office) []func() error {
			return []func() error{calls(o, ua.Invitation{}), until(o, talk(o)), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "connect-late-refused", Title: "the target refuses, and so the caller is refused", Golden: true, Manners: map[string]office.Manner{"bob": {Code: 603}}}, late: true, code: 603, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, ua.Invitation{}), o.Pause}
		}},
		{Scene: play.Scene{Name: "connect-late-given-up", Title: "the caller gives up while it rings", Golden: true, Manners: map[string]office.Manner{"bob": {Never: true}}}, late: true, code: -1, steps: func(o *office.Office) []func() error {
			return []func() error{begins(o, ua.Invitation{}), until(o, rings(o)), leaves(o, "alice")}
		}},
	} {
		var outcome error
		s.Desks, s.Office = []string{"alice", "server", "bob"}, with(operator(s.late, s.patience, &outcome))
		s.Play = func(o *office.Office) error {
			outcome = nil
			if err := office.InOrder(s.steps(o)...); err != nil {
				return err
			}
			var status *sip.StatusError
			switch {
			case s.code == 0 && outcome == nil, s.code == -1 && errors.Is(outcome, ua.ErrOver), s.code == -2 && (outcome == nil || errors.Is(outcome, ua.ErrOver)):
				return nil
			case s.code > 0 && errors.As(outcome, &status) && status.Code == s.code:
				return nil
			}
			return fmt.Errorf("the outcome is %w, want %d", errors.Join(outcome, errOutcome), s.code)
		}
		s.Run(t)
	}
}

var errOutcome = errors.New("another one")

func hears(o *office.Office, what string) func() error { return func() error { return o.Hears(what) } }

// TestWhoCalls: the target is told who calls, and by whom that is vouched for; who hides remains hidden; and each way through
// an agent counts.
func TestWhoCalls(t *testing.T) {
	for _, test := range []struct {
		reason  string
		invite  ua.Invitation
		from    string
		vouched bool
	}{
		{"the caller as the server knows it", ua.Invitation{}, "sip:alice@example.test", true},
		{"a caller who hides", ua.Invitation{
			From:   ua.Party{URI: "sip:anonymous@anonymous.invalid", Name: "Anonymous"},
			Fields: []ua.Field{{Name: sip.HeaderPrivacy, Value: "id"}},
		}, "sip:anonymous@anonymous.invalid", false},
		{"a call that has come a long way", ua.Invitation{MaxForwards: 2}, "", false},
		{"one that has come a little less", ua.Invitation{MaxForwards: 4}, "sip:alice@example.test", true},
	} {
		var outcome error
		o := office.New(sim.New(sim.Config{}), with(operator(false, 0, &outcome)), "alice", "server", "bob")
		o.Staff(ua.Handlers{}, map[string]office.Manner{"bob": {Never: true}})
		if err := office.InOrder(begins(o, test.invite), o.Pause); err != nil {
			t.Fatal(err)
		}
		rung := o.Desk("bob").Agent().Calls()
		if (len(rung) > 0) != (test.from != "") {
			t.Errorf("%s: bob has %d calls: %v", test.reason, len(rung), outcome)
			continue
		}
		if len(rung) > 0 && (rung[0].Remote.URI != test.from || rung[0].Remote.Asserted != test.vouched) {
			t.Errorf("%s: %+v", test.reason, rung[0].Remote)
		}
	}
}
