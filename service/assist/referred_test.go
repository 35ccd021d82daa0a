package assist_test

import (
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/task"
	"hookflash/ua"
)

// TestReferred: bob's telephone knows REFER, and he does not wait for what comes of it.
func TestReferred(t *testing.T) {
	refers := func(o *office.Office) func() error {
		return func() error {
			return o.Act("bob", func(t *task.Task, _ *ua.Agent) error {
				r, err := o.Desk("bob").Call("alice").Refer(t, ua.Reference{Target: office.AOR("carol")})
				if err == nil {
					r.Close()
				}
				return err
			})
		}
	}
	for _, s := range []scene{
		{Scene: play.Scene{Name: "refer-left", Title: "bob hangs up while it rings: alice and carol talk", Hears: aliceCarol, Manners: map[string]office.Manner{"carol": {Rings: 20 * time.Second}}}, steps: func(o *office.Office) []func() error {
			return []func() error{refers(o), rings(o, "carol"), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "refer-left-busy", Title: "carol is busy: bob is called again", Hears: aliceBob, Manners: map[string]office.Manner{"carol": {Rings: 20 * time.Second, Code: 486}}}, steps: func(o *office.Office) []func() error {
			return []func() error{refers(o), rings(o, "carol"), leaves(o, "bob"), o.Pause}
		}},
		{Scene: play.Scene{Name: "refer-alone", Title: "alice hangs up while it rings: carol is bothered no longer", Manners: map[string]office.Manner{"carol": {Never: true}}}, steps: func(o *office.Office) []func() error {
			return []func() error{refers(o), rings(o, "carol"), leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "refer-stays", Title: "bob, who does not hang up, is hung up; alice may transfer carol at once", Hears: bobCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{refers(o), until(o, aliceCarol), press(o, "alice", "##1002#"), o.Pause}
		}},
	} {
		s.run(t)
	}
}
