package redial_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/redial"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Who hears whom.
const (
	aliceBob = "alice hears bob\nbob hears alice"
	bobCarol = "bob hears carol\ncarol hears bob"
)

// clock is an agent of the server that whoever calls it talks with: what the server says itself is not drawn, as the
// RFC does not draw with whom Bob talks.
var clock = domain.Agent{Name: "clock", Install: func(a *ua.Agent) {
	a.Handle(ua.Handlers{Invite: func(c *ua.Call) { _ = c.Answer() }})
}}

func withClock(c *domain.Config) { c.Inside = append(c.Inside, clock) }

// run plays scenes in which every phone tells of its calls, and takes one at a time.
func run(t *testing.T, scenes ...play.Scene) {
	t.Helper()
	for _, s := range scenes {
		if s.Desks == nil {
			s.Desks = []string{"alice", "server", "bob", "carol"}
		}
		if s.Office.Server == nil {
			s.Office.Server = withClock
		}
		acted, golden, want := s.Play, s.Golden, s.Want
		s.Golden, s.Want = false, ""
		if golden && s.Seeds == 0 {
			s.Seeds = 50
		}
		var played atomic.Bool
		s.Play = func(o *office.Office) error {
			for _, name := range s.Desks {
				if name != "server" {
					furnish(o, name)
				}
			}
			err := acted(o)
			if err == nil && golden && played.CompareAndSwap(false, true) { // the first run is the one on good lines
				compare(t, s.Name, want, draw(o.Ladder(), s.Title))
			}
			return err
		}
		s.Run(t)
	}
}

// furnish makes a phone that is busy in a call, and answers quickly otherwise.
func furnish(o *office.Office, name string) {
	o.Desk(name).Do(func(a *ua.Agent) {
		a.Handle(ua.Handlers{
			Subscribe: map[string]func(*ua.Subscription){ua.DialogPackage: a.DialogEvents(nil)},
			Invite: func(c *ua.Call) {
				if len(a.Calls()) > 1 {
					c.Reject(sip.Answer{Code: 486})
					return
				}
				c.Ring()
				a.Go("answer", func(t *task.Task) {
					t.Sleep(2 * ua.Beat)
					if c.Answer() == nil {
						a.Attend(c)
					}
				})
			},
		})
	})
}

// occupied is a step: somebody talks with the clock, which no ladder shows.
func occupied(o *office.Office, who string) func() error {
	return func() error {
		err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
			c, err := a.Invite(ua.Invitation{Target: "sip:clock@example.test"})
			if err != nil {
				return err
			}
			return c.Settle(t)
		})
		return office.InOrder(func() error { return err }, o.Pause, func() error { o.Forget(); return nil })
	}
}

// free is a step: the clock hangs up on everybody.
func free(o *office.Office) func() error {
	return func() error {
		o.Inside("clock", func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		return nil
	}
}

// finds is a step: a call of somebody's fails with a code.
func finds(o *office.Office, who, whom string, code int) func() error {
	return func() error {
		return office.Refused(o.Act(who, func(t *task.Task, a *ua.Agent) error {
			c, err := a.Invite(ua.Invitation{Target: office.AOR(whom)})
			if err != nil {
				return err
			}
			return c.Settle(t)
		}), code)
	}
}

// waits is what somebody does who waits for somebody else.
func waits(o *office.Office, who string, w redial.Wish) (wait func() error) {
	return o.Begin(who, func(t *task.Task, a *ua.Agent) error {
		call, err := redial.WhenFree(t, a, w)
		if err == nil {
			a.Attend(call)
		}
		return err
	})
}

func forBob() redial.Wish { return redial.Wish{Target: office.AOR("bob")} }

// fails is a step: what was begun ends with an error.
func fails(wait func() error, want error, code int) func() error {
	return func() error {
		err := wait()
		if !errors.Is(err, want) {
			return fmt.Errorf("want %w, got %w", want, errors.Join(err, errOutcome))
		}
		if code == 0 {
			return nil
		}
		return office.Refused(err, code)
	}
}

var errOutcome = errors.New("another outcome")

func after(o *office.Office, d time.Duration) func() error {
	return func() error { return o.RunFor(d) }
}

func until(o *office.Office, true func() bool) func() error {
	return func() error { return o.RunUntil(true, time.Hour) }
}

// hangsUp is a step: somebody ends all of their calls.
func hangsUp(o *office.Office, who string) func() error {
	return func() error {
		o.Desk(who).Do(func(a *ua.Agent) {
			for _, c := range a.Calls() {
				c.HangUp()
			}
		})
		return nil
	}
}
