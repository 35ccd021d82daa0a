package ua_test

import (
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// answering makes a phone ring and answer after a second.
func answering(d *office.Desk) {
	d.Do(func(a *ua.Agent) {
		a.Handle(ua.Handlers{Invite: func(c *ua.Call) {
			c.Ring()
			a.Go("answer", func(t *task.Task) {
				t.Sleep(time.Second)
				_ = c.Answer()
			})
		}})
	})
}

func TestCallAndHold(t *testing.T) {
	n := sim.New(sim.Config{})
	o := office.New(n, office.Options{}, "alice", "server", "bob")
	answering(o.Desk("bob"))
	call, err := o.Talk("alice", "bob")
	if err != nil {
		t.Fatal(err, n.Ladder().Draw())
	}
	alice, bob := o.Desk("alice"), o.Desk("bob")
	alice.Do(func(a *ua.Agent) { a.Attend(call) })
	bob.Do(func(a *ua.Agent) { a.Attend(a.Calls()[0]) })
	if err := n.RunFor(time.Second); err != nil {
		t.Fatal(err)
	}
	t.Log(o.EndState())
	var held error
	alice.Do(func(a *ua.Agent) {
		a.Go("hold", func(t *task.Task) {
			held = call.Hold(t)
			t.Sleep(time.Second)
			held = call.Resume(t)
			t.Sleep(time.Second)
			call.HangUp()
		})
	})
	if err := n.RunFor(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	t.Log(held)
	t.Log(o.EndState())
	t.Log(n.Ladder().DrawPlain())
	_ = sip.INVITE
}
