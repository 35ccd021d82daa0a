package redial_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/redial"
	"hookflash/ua"
)

// TestList: what a phone keeps of its redials.
func TestList(t *testing.T) {
	o := office.New(sim.New(sim.Config{}), office.Options{}, "alice", "server", "bob")
	furnish(o, "alice")
	furnish(o, "bob")
	o.Desk("alice").Do(func(a *ua.Agent) {
		l := redial.NewList(a, redial.Settings{Limit: 2})
		if _, err := l.Add(""); !errors.Is(err, redial.ErrNobody) {
			t.Errorf("no call has failed: %v", err)
		}
		l.Refused(redial.Refusal{Target: office.AOR("carol"), Code: 404})
		if l.Last() != "" {
			t.Error("who is not there will not be free")
		}
		l.Refused(redial.Refusal{Target: office.AOR("bob"), Code: 486})
		one, err := l.Add("")
		if err != nil || l.Pending()[0].Target != office.AOR("bob") {
			t.Errorf("the last that failed: %v, %+v", err, l.Pending())
		}
		if again, err := l.Add("SIP:bob@EXAMPLE.test"); err != nil || again != one {
			t.Errorf("RFC 6910 section 6.2: the same callee is waited for once: %d, %v", again, err)
		}
		if _, err := l.Add("tel:+1"); !errors.Is(err, ua.ErrTarget) {
			t.Errorf("nobody can be called so: %v", err)
		}
		if _, err := l.Add(office.AOR("carol")); err != nil {
			t.Errorf("a second one: %v", err)
		}
		if _, err := l.Add(office.AOR("dave")); !errors.Is(err, redial.ErrLimit) {
			t.Errorf("a third one: %v", err)
		}
		if err := l.Cancel(7); !errors.Is(err, redial.ErrUnknown) {
			t.Errorf("there is no such: %v", err)
		}
		if err := l.Cancel(one); err != nil || len(l.Pending()) != 1 {
			t.Errorf("one is cancelled: %v, %+v", err, l.Pending())
		}
		if err := l.Cancel(0); err != nil || len(l.Pending()) != 0 {
			t.Errorf("all are: %v, %+v", err, l.Pending())
		}
	})
	if err := o.GoHome(); err != nil {
		t.Error(err)
	}
}

// TestAsked: where the person is asked first, nobody is called without a word of theirs.
func TestAsked(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		hears := ""
		if wanted {
			hears = aliceBob
		}
		run(t, play.Scene{
			Name: fmt.Sprintf("redial-asked-%t", wanted), Title: "Bob is free, and Alice is asked", Hears: hears, Desks: []string{"alice", "server", "bob"},
			Play: func(o *office.Office) error {
				if err := office.InOrder(occupied(o, "bob"), finds(o, "alice", "bob", 486)); err != nil {
					return err
				}
				var l *redial.List
				number := 0
				o.Desk("alice").Do(func(a *ua.Agent) {
					l = redial.NewList(a, redial.Settings{Ask: true})
					number, _ = l.Add(office.AOR("bob"))
				})
				steps := []func() error{o.Pause, free(o), until(o, func() bool {
					all := l.Pending()
					return len(all) > 0 && all[0].State == redial.Calling
				}), after(o, 5*time.Second), func() error { return noCall(o, "alice") }}
				if wanted {
					steps = append(steps, func() (err error) {
						o.Desk("alice").Do(func(*ua.Agent) { err = l.Call(number) })
						return err
					})
				}
				return office.InOrder(append(steps, o.Pause, func() error {
					if len(l.Pending()) > 0 {
						return errors.New("it is over")
					}
					return nil
				})...)
			},
		})
	}
}
