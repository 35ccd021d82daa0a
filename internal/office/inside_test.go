package office_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// bell is an agent of the server that answers, plays a tone, and hangs up.
func bell(a *ua.Agent) {
	a.Handle(ua.Handlers{
		Invite: func(c *ua.Call) {
			a.Go("bell", func(t *task.Task) {
				if c.Answer() != nil {
					return
				}
				if c.Say(t, "tone:440") == nil {
					c.HangUp()
				}
			})
		},
		Refer: func(r *ua.Referral) { r.Refuse(603) },
		Subscribe: map[string]func(s *ua.Subscription){"message-summary": func(s *ua.Subscription) {
			s.Accept(func(bool) (string, bool) { return "Messages-Waiting: no\r\n", true })
		}},
	})
}

// keys is one that asks for digits, has a job done about them, and calls whoever that names.
func keys(a *ua.Agent) {
	a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
		a.Go("keys", func(t *task.Task) {
			defer c.HangUp()
			if c.Answer() != nil {
				return
			}
			digits, err := c.Ask(t, ua.Prompt{Sources: []string{"prompt:who"}, Max: 2})
			if err != nil {
				return
			}
			name, ok := a.Job(t, func() any { return map[string]string{"42": "bob"}[digits] })
			if !ok || name == "" {
				return
			}
			second, err := a.Invite(ua.Invitation{Target: office.AOR(name.(string)), From: c.Remote, Room: c.Room})
			if err != nil || second.Settle(t) != nil {
				return
			}
			events := c.Watch()
			for c.State != ua.Over {
				t.First(events)
				events.Take()
			}
			second.HangUp()
		})
	}})
}

func withAgents(c *domain.Config) {
	c.Inside = []domain.Agent{
		{Name: "bell", Install: bell, Settings: ua.Settings{ContactParams: `;automaton;+sip.rendering="no"`}},
		{Name: "keys", Install: keys},
	}
	c.Packages = map[string]string{"message-summary": "bell"}
}

// calls has alice call an agent with parameters in its address, and waits until they talk.
func calls(o *office.Office, target string) error {
	return o.Act("alice", func(t *task.Task, a *ua.Agent) error {
		c, err := a.Invite(ua.Invitation{Target: target})
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

// TestInside: agents of the server and phones exchange SIP through the proxy.
func TestInside(t *testing.T) {
	options := office.Options{Server: withAgents, Digest: true, Lasts: map[string]time.Duration{"tone:440": 3 * time.Second}}
	const target = "sip:bell@example.test;announcement=welcome"
	for _, s := range []play.Scene{
		{
			Name: "inside", Title: "an agent of the server answers, plays, and hangs up", Golden: true, Drawn: true,
			Play: func(o *office.Office) error {
				if err := calls(o, target); err != nil {
					return err
				}
				if err := o.RunFor(time.Second); err != nil {
					return err
				}
				if err := o.Hears("alice hears bell's tone:440"); err != nil {
					return err
				}
				return o.Pause()
			},
		},
		{
			Name: "inside-left", Title: "the caller does not wait for the end", Golden: true, Drawn: true,
			Play: func(o *office.Office) error {
				if err := calls(o, target); err != nil {
					return err
				}
				o.Desk("alice").Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
				return o.Pause()
			},
		},
		{
			Name: "inside-held", Title: "what is within the dialog finds the agent: hold stops the tone, which goes on afterwards",
			Play: func(o *office.Office) error {
				if err := calls(o, target); err != nil {
					return err
				}
				if err := o.Act("alice", func(t *task.Task, a *ua.Agent) error { return a.Calls()[0].Hold(t) }); err != nil {
					return err
				}
				if err := o.RunFor(20 * time.Second); err != nil {
					return err
				}
				if err := o.Hears(""); err != nil {
					return err
				}
				return office.InOrder(func() error {
					return o.Act("alice", func(t *task.Task, a *ua.Agent) error { return a.Calls()[0].Resume(t) })
				}, o.Pause)
			},
		},
		{
			Name: "inside-calls", Title: "an agent hears keys, waits for a job, and calls somebody on behalf of the caller", Golden: true, Drawn: true,
			Hears: "alice hears bob\nbob hears alice",
			Play: func(o *office.Office) error {
				if err := calls(o, "sip:keys@example.test"); err != nil {
					return err
				}
				if err := o.RunFor(3 * time.Second); err != nil {
					return err
				}
				o.Desk("alice").Do(func(a *ua.Agent) { a.Calls()[0].Dial("42", 100*time.Millisecond) })
				if err := o.Pause(); err != nil {
					return err
				}
				if call := o.Desk("bob").Call("alice"); call == nil || !call.Remote.Asserted {
					return fmt.Errorf("bob is not called by alice: %+v", call)
				}
				return nil
			},
		},
	} {
		s.Office, s.Desks = options, []string{"alice", "server", "bob"}
		s.Run(t)
	}
}

// TestInsidePackage: what is asked of anybody about a package that an agent answers for goes to that agent.
func TestInsidePackage(t *testing.T) {
	o := office.New(sim.New(sim.Config{}), office.Options{Server: withAgents, Digest: true}, "alice", "server", "bob")
	var told string
	if err := o.Act("alice", func(t *task.Task, a *ua.Agent) error {
		w, err := a.Watch(office.AOR("bob"), sip.Event{Package: "message-summary"}, time.Hour)
		if err != nil {
			return err
		}
		t.First(w.Documents, w.Ended())
		told, _ = w.Documents.Take()
		t.Sleep(time.Minute)
		w.Close()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if told != "Messages-Waiting: no\r\n" {
		t.Errorf("alice is told %q", told)
	}
	if err := o.GoHome(); err != nil {
		t.Error(err)
	}
}
