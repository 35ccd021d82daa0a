package assist_test

import (
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
)

// TestDigits: what bob presses is a code, or goes on to alice.
func TestDigits(t *testing.T) {
	for _, s := range []scene{
		{Scene: play.Scene{Name: "digits-none", Title: "what is no code goes on, in its order", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "1*5#7"), o.Pause, heard(o, "alice", "1*5#7")}
		}},
		{Scene: play.Scene{Name: "digits-begun", Title: "the beginning of a code goes on when nothing follows", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*"), o.Pause, press(o, "bob", "#"), o.Pause, heard(o, "alice", "*#")}
		}},
		{Scene: play.Scene{Name: "digits-behind", Title: "a code begins behind the beginning of another one", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*##1003#"), until(o, aliceCarol), heard(o, "alice", "*")}
		}},
	} {
		s.run(t)
	}
}
