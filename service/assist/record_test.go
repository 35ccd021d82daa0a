package assist_test

import (
	"fmt"
	"testing"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/assist"
)

// recorded is who hears whom while the conversation of alice and bob is recorded.
const recorded = "alice hears bob, bridge's tone:consent\nbridge hears alice, bob\nbob hears alice, bridge's tone:consent"

// TestRecord: bob presses *1.
func TestRecord(t *testing.T) {
	const begins, ends = "room-recording", "room-recorded"
	starts := func(o *office.Office) []func() error {
		return []func() error{
			press(o, "bob", "*1"), until(o, "alice hears bob, bridge's prompt:en/"+begins), wants(o, "bob hears alice, bridge's prompt:en/"+begins),
			until(o, "bridge hears alice, bob"),
		}
	}
	one, lost := []string{"keep 1"}, []string{"drop 1"}
	for _, s := range []story{
		{Scene: play.Scene{Name: "record", Title: "all hear that it is recorded, and a tone as long as it is", Hears: aliceBob}, kept: one, steps: func(o *office.Office) []func() error {
			return append(starts(o), hears(o, recorded),
				press(o, "bob", "*1"), until(o, "alice hears bob, bridge's prompt:en/"+ends), o.Pause)
		}},
		{Scene: play.Scene{Name: "record-other-ends", Title: "alice ends it", Hears: aliceBob}, kept: one, steps: func(o *office.Office) []func() error {
			return append(starts(o), press(o, "alice", "*1"), until(o, "bob hears alice, bridge's prompt:en/"+ends), o.Pause)
		}},
		{Scene: play.Scene{Name: "record-left", Title: "bob hangs up: it is kept"}, kept: one, steps: func(o *office.Office) []func() error {
			return append(starts(o), leaves(o, "bob"))
		}},
		{Scene: play.Scene{Name: "record-other-left", Title: "so does alice"}, kept: one, steps: func(o *office.Office) []func() error {
			return append(starts(o), leaves(o, "alice"))
		}},
		{Scene: play.Scene{Name: "record-early", Title: "they hang up before anything is taken down"}, kept: lost, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*1"), until(o, "alice hears bob, bridge's prompt:en/"+begins), leaves(o, "bob")}
		}},
		{Scene: play.Scene{Name: "record-twice", Title: "two recordings", Hears: aliceBob}, kept: []string{"keep 1", "keep 2"}, steps: func(o *office.Office) []func() error {
			stop := []func() error{press(o, "bob", "*1"), until(o, "alice hears bob, bridge's prompt:en/"+ends), until(o, aliceBob)}
			return append(append(append(starts(o), stop...), starts(o)...), append(stop, o.Pause)...)
		}},
		{Scene: play.Scene{Name: "record-held", Title: "it goes on through a hold", Hears: aliceBob}, kept: one, steps: func(o *office.Office) []func() error {
			return append(starts(o), press(o, "bob", "*4"), until(o, aliceMusic+", bridge's tone:consent"), wants(o, "bridge hears alice, bridge's music:bob"), press(o, "bob", "*4"), until(o, recorded),
				press(o, "bob", "*1"), o.Pause)
		}},
		{Scene: play.Scene{Name: "record-three", Title: "a third party's coming, who is told", Hears: aliceCarol}, kept: one, steps: func(o *office.Office) []func() error {
			return append(starts(o), press(o, "bob", "*31003#"), until(o, "carol hears alice, bob, bridge's prompt:en/"+begins+", bridge's tone:consent"), until(o, "bridge hears alice, bob, carol"), hangsUp(o, "bob"), until(o, "bridge hears alice, carol"),
				press(o, "alice", "*1"), o.Pause)
		}},
		{Scene: play.Scene{Name: "record-transferred", Title: "and a transfer", Hears: aliceCarol}, kept: one, steps: func(o *office.Office) []func() error {
			return append(starts(o), press(o, "bob", "##1003#"), until(o, "bridge hears alice, carol"), press(o, "alice", "*1"), o.Pause)
		}},
		{Scene: play.Scene{Name: "record-paused", Title: "while it is paused nobody is recorded", Hears: aliceBob}, kept: one, steps: func(o *office.Office) []func() error {
			return append(starts(o), press(o, "bob", "*0"), until(o, "alice hears bob, bridge's prompt:en/recording-paused"), until(o, aliceBob), hears(o, aliceBob),
				press(o, "bob", "*0"), until(o, "alice hears bob, bridge's prompt:en/"+begins+", bridge's tone:consent"), until(o, recorded), press(o, "bob", "*1"), o.Pause)
		}},
		{Scene: play.Scene{Name: "record-paused-three", Title: "nor is who comes then", Hears: three}, kept: one, steps: func(o *office.Office) []func() error {
			return append(starts(o), press(o, "bob", "*0"), until(o, aliceBob), press(o, "bob", "*31003#"), until(o, three), hears(o, three), press(o, "bob", "*1"), o.Pause)
		}},
		{Scene: play.Scene{Name: "record-nothing-paused", Title: "without a recording there is nothing to pause", Hears: aliceBob}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*0"), until(o, hearsBridge("bob", "code-refused")), o.Pause}
		}},
		{Scene: play.Scene{Name: "record-full", Title: "there is no room: bob is told, and nobody else", Hears: aliceBob}, full: true, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "*1"), until(o, hearsBridge("bob", "code-refused")), wants(o, aliceMusic), o.Pause}
		}},
		{Scene: play.Scene{Name: "record-not-allowed", Title: "carol may not record", Hears: aliceCarol}, steps: func(o *office.Office) []func() error {
			return []func() error{press(o, "bob", "##1003#"), until(o, aliceCarol), press(o, "carol", "*1"), until(o, hearsBridge("carol", "code-refused")), o.Pause}
		}},
	} {
		s.run(t)
	}
}

// TestRecordLimit: a recording ends by itself, and is kept.
func TestRecordLimit(t *testing.T) {
	s := story{Scene: play.Scene{Name: "record-limit", Hears: aliceBob, Seeds: 1}, kept: []string{"keep 1"}}
	s.steps = func(o *office.Office) []func() error {
		return []func() error{press(o, "bob", "*1"), until(o, "bridge hears alice, bob"), func() error { return o.RunFor(assist.MaxRecording) }, o.Pause, func() error {
			if load := o.Agent("bridge").Load(); load.Sounds != 0 {
				return fmt.Errorf("%w: %v", errUnlike, load)
			}
			return nil
		}}
	}
	s.run(t)
}
