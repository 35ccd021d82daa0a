package transfer_test

import (
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/service/transfer"
	"hookflash/task"
	"hookflash/ua"
)

// staff makes every phone ring, answer after a second, and follow referrals.
func staff(o *office.Office, names ...string) {
	for _, name := range names {
		o.Desk(name).Do(func(a *ua.Agent) {
			a.Handle(ua.Handlers{
				Refer: transfer.Transferee, Replace: transfer.Target,
				Message: func(ua.Letter) int { return 200 },
				Invite: func(c *ua.Call) {
					c.Ring()
					a.Go("answer", func(t *task.Task) {
						t.Sleep(time.Second)
						_ = c.Answer()
					})
				},
			})
		})
	}
}

func TestUnattended(t *testing.T) {
	n := sim.New(sim.Config{})
	o := office.New(n, office.Options{}, "alice", "server", "bob", "carol")
	staff(o, "alice", "bob", "carol")
	if _, err := o.Talk("bob", "alice"); err != nil {
		t.Fatal(err)
	}
	_ = n.RunFor(time.Second)
	var result error
	o.Desk("alice").Do(func(a *ua.Agent) {
		a.Go("transfer", func(t *task.Task) {
			result = transfer.Unattended(t, a.Calls()[0], office.AOR("carol"), transfer.Options{AtOnce: true})
		})
	})
	_ = n.RunFor(10 * time.Second)
	t.Log(result, o.EndState())
	t.Log(n.Ladder().DrawPlain())
}

func TestAttended(t *testing.T) {
	n := sim.New(sim.Config{})
	o := office.New(n, office.Options{}, "alice", "server", "bob", "carol")
	staff(o, "alice", "bob", "carol")
	if _, err := o.Talk("alice", "bob"); err != nil {
		t.Fatal(err)
	}
	_ = n.RunFor(time.Second)
	var result error
	o.Desk("bob").Do(func(a *ua.Agent) {
		a.Go("transfer", func(t *task.Task) {
			first := a.Calls()[0]
			result = first.Hold(t)
			consult, err := a.Invite(ua.Invitation{Target: office.AOR("carol")})
			if err == nil {
				err = consult.Settle(t)
			}
			if err != nil {
				result = err
				return
			}
			t.Sleep(time.Second)
			result = transfer.Attended(t, first, consult)
		})
	})
	_ = n.RunFor(10 * time.Second)
	t.Log(result, o.EndState())
	t.Log(n.Ladder().DrawPlain())
}
