package order_test

import (
	"errors"
	"fmt"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/conference"
	"hookflash/service/transfer"
	"hookflash/task"
	"hookflash/ua"
)

var errShown = errors.New("another one is shown")

// sees holds whom somebody's telephone shows in its only call.
func sees(o *office.Office, who, whom string) func() error {
	return func() error {
		calls := o.Desk(who).Agent().Calls()
		if len(calls) != 1 || calls[0].Remote.URI != office.AOR(whom) {
			return fmt.Errorf("%w: %s is in %d calls, and should see %s", errShown, who, len(calls), whom)
		}
		return nil
	}
}

// TestIdentify: of a pair that the exchange connects, one telephone takes UPDATE, and the other goes on showing what it did.
func TestIdentify(t *testing.T) {
	roles := ua.Handlers{Refer: transfer.Transferee, Replace: transfer.Target, Join: conference.Joined}
	plain := func(name string) map[string]office.Manner { return map[string]office.Manner{name: {Plain: true}} }
	attended := func(o *office.Office) func() error {
		return does(o, "bob", "alice", func(t *task.Task, call *ua.Call) error {
			return transfer.Attended(t, call, o.Desk("bob").Call("carol"))
		})
	}
	for _, s := range []struct {
		play.Scene
		steps func(o *office.Office) []func() error
	}{
		{Scene: play.Scene{Name: "identify-attended", Title: "carol's telephone knows no UPDATE", Golden: true, Manners: plain("carol"), Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), holds(o, "bob", "alice"), meets(o, "bob", "carol"), attended(o), sees(o, "alice", "carol"), sees(o, "carol", "bob"),
			}
		}},
		{Scene: play.Scene{Name: "identify-attended-caller", Title: "alice's does not", Manners: plain("alice"), Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), holds(o, "bob", "alice"), meets(o, "bob", "carol"), attended(o), sees(o, "alice", "bob"), sees(o, "carol", "alice"),
			}
		}},
		{Scene: play.Scene{Name: "identify-taken", Title: "carol takes the call over; alice's telephone knows no UPDATE", Golden: true, Manners: plain("alice"), Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{meets(o, "alice", "bob"), takes(o, "bob", "carol", "alice", false), sees(o, "alice", "bob"), sees(o, "carol", "alice")}
		}},
		{Scene: play.Scene{Name: "identify-fetched", Title: "carol fetches alice from where she is parked", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{
				meets(o, "alice", "bob"), pressesKeys(o, "bob", "#72"), o.Pause, sees(o, "alice", "bob"), calls(o, "carol", "701", 0), o.Pause,
				sees(o, "alice", "carol"), sees(o, "carol", "alice"),
			}
		}},
	} {
		if s.Office, s.Roles = helped(), roles; s.Name == "identify-fetched" {
			s.Office, s.Roles = lots(0, &tape{}), ua.Handlers{}
		}
		s.Play = func(o *office.Office) error { return office.InOrder(s.steps(o)...) }
		s.Run(t)
	}
}
