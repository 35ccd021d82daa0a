package assist_test

import (
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/task"
	"hookflash/ua"
)

// TestHold: bob presses *4, and again.
func TestHold(t *testing.T) {
	for _, s := range []scene{
		{Scene: play.Scene{Name: "hold", Title: "bob holds alice, and takes her back", Golden: true, Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{
				press(o, "bob", "*4"), until(o, "bob hears bridge's prompt:en/held"), hears(o, aliceMusic+"\nbob hears bridge's prompt:en/held"), o.Pause,
				hears(o, aliceMusic), press(o, "bob", "*4"), o.Pause,
			}
		}},
		{Scene: play.Scene{Name: "hold-at-once", Title: "bob takes her back while he is told that she is held", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*4"), until(o, "bob hears bridge's prompt:en/held"), press(o, "bob", "*4"), o.Pause}
		}},
		{Scene: play.Scene{Name: "hold-left", Title: "bob hangs up while he holds her", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*4"), o.Pause, leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "hold-held-left", Title: "alice hangs up while she is held", Golden: true}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*4"), o.Pause, leaves(o, "alice")}
		}},
		{Scene: play.Scene{Name: "hold-both", Title: "both hold each other: nobody hears anything", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{
				press(o, "bob", "*4"), o.Pause, press(o, "alice", "*4"), o.Pause, hears(o, ""), press(o, "bob", "*4"), o.Pause,
				hears(o, "bob hears bridge's music:alice"), press(o, "alice", "*4"), o.Pause,
			}
		}},
		{Scene: play.Scene{Name: "hold-consult", Title: "bob, who holds alice, consults carol, and comes back to alice", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*4"), o.Pause, press(o, "bob", "*21003#"), until(o, bobCarol), o.Pause, press(o, "bob", "*2"), o.Pause}
		}},
		{Scene: play.Scene{Name: "hold-transfer", Title: "alice, who is held, transfers bob", Hears: "carol hears bridge's music:bob"}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*4"), o.Pause, press(o, "alice", "##1003#"), o.Pause}
		}},
		{Scene: play.Scene{Name: "hold-three", Title: "of three, two talk on", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*31003#"), until(o, three), o.Pause, press(o, "bob", "*4"), o.Pause}
		}},
		{Scene: play.Scene{Name: "hold-three-left", Title: "and the last of them hears music", Hears: aliceMusic}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*31003#"), until(o, three), o.Pause, press(o, "bob", "*4"), o.Pause, leaves(o, "carol")}
		}},
		{Scene: play.Scene{Name: "hold-key", Title: "a key of the telephone for that goes with it", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			does := func(act func(c *ua.Call, t *task.Task) error) func() error {
				return func() error { return o.Do("bob", "alice", func(t *task.Task, c *ua.Call) error { return act(c, t) }) }
			}
			return []func() error{
				does((*ua.Call).Hold), hears(o, aliceMusic), press(o, "alice", "*4"), o.Pause, does((*ua.Call).Resume),
				hears(o, "bob hears bridge's music:alice"), press(o, "alice", "*4"), o.Pause,
			}
		}},
	} {
		s.run(t)
	}
}
