package assist_test

import (
	"fmt"
	"strings"
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
	both := func(o *office.Office) func() error {
		return func() error {
			for who, wish := range map[string][2]string{"alice": {"bob", "carol"}, "bob": {"alice", "dave"}} {
				call := o.Desk(who).Call(wish[0])
				o.Desk(who).Do(func(a *ua.Agent) {
					a.Go("refers", func(t *task.Task) { _, _ = call.Refer(t, ua.Reference{Target: office.AOR(wish[1])}) })
				})
			}
			return o.Pause()
		}
	}
	for _, s := range []scene{
		{Scene: play.Scene{
			Name: "refer-both", Title: "both transfer at once: one of them talks on with whom he referred the other to", Seeds: 1, Desks: []string{"alice", "server", "bob", "carol", "dave"},
			Manners: map[string]office.Manner{"carol": {Rings: 20 * time.Second}, "dave": {Rings: 20 * time.Second}},
		}, steps: func(o *office.Office) []func() error {
			return []func() error{both(o), o.Pause, func() error {
				if heard := o.Hearing(); strings.Contains(heard, "carol") && strings.Contains(heard, "dave") {
					return fmt.Errorf("%w: %s", errUnlike, heard)
				}
				return nil
			}, o.Leave}
		}},
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
