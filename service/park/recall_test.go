package park_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/service/park"
	"hookflash/task"
	"hookflash/ua"
)

// soon is a park whose calls come back after a minute, twice.
func soon(change func(o *park.Orbit)) office.Options {
	return parking(func(s *park.Settings) {
		s.Orbits = []park.Orbit{{Name: "all", Slots: []string{"701", "702"}, Timeout: time.Minute, Tries: 2}}
		if change != nil {
			change(&s.Orbits[0])
		}
	})
}

// rung waits until bob's phone rings with the call that comes back.
func rung(o *office.Office) func() error {
	return func() error { return o.RunUntil(o.Rings("alice", "bob"), 5*time.Minute) }
}

// answers is how somebody behaves from now on.
func behaves(o *office.Office, who string, m office.Manner) func() error {
	return func() error {
		o.Staff(roles, map[string]office.Manner{who: m})
		return nil
	}
}

// parked has bob park alice, who hears music.
func parked(o *office.Office, then ...func() error) error {
	return inOrder(o, append([]func() error{func() error {
		return o.Act("bob", func(t *task.Task, _ *ua.Agent) error { return parksAt("701")(t, o.Desk("bob").Call("alice")) })
	}, until(o, music)}, then...)...)
}

func TestRecall(t *testing.T) {
	run(t, []play.Scene{
		{
			Name: "recall", Title: "nobody takes Alice: Bob is called back, and talks with her", Golden: true, Hears: aliceBob, Office: soon(nil),
			Play: func(o *office.Office) error { return parked(o, until(o, "alice hears bob"), o.Pause) },
		},
		{
			Name: "recall-left", Title: "and hangs up: so is Alice, and the place is free", Office: soon(nil),
			Play: func(o *office.Office) error {
				return parked(o, until(o, "alice hears bob"), leaves(o, "bob"), calls(o, "carol", "701", 480))
			},
		},
		{
			Name: "recall-busy", Title: "Bob is busy: Alice waits on, and is not asked again when that was tried often enough", Golden: true, Hears: music,
			Office: soon(nil),
			Play: func(o *office.Office) error {
				return parked(o, behaves(o, "bob", office.Manner{Code: 486}), waits(o, 10*time.Minute), calledBack(o, 2))
			},
		},
		{
			Name: "recall-unanswered", Title: "Bob does not answer, and then he does", Golden: true, Hears: aliceBob, Office: soon(nil),
			Play: func(o *office.Office) error {
				return parked(o, behaves(o, "bob", office.Manner{Never: true}), rung(o), waits(o, 40*time.Second), hears(o, music),
					behaves(o, "bob", office.Manner{}), until(o, "alice hears bob"), o.Pause)
			},
		},
		{
			Name: "recall-abandoned", Title: "Alice hangs up while Bob's phone rings", Golden: true, Office: soon(nil),
			Play: func(o *office.Office) error {
				return parked(o, behaves(o, "bob", office.Manner{Never: true}), rung(o), leaves(o, "alice"), calls(o, "carol", "701", 480))
			},
		},
		{
			Name: "recall-taken", Title: "Carol takes Alice while Bob's phone rings", Golden: true, Hears: aliceCarol, Office: soon(nil),
			Play: func(o *office.Office) error {
				return parked(o, behaves(o, "bob", office.Manner{Never: true}), rung(o), unparks(o, "carol", "701"))
			},
		},
		{
			Name: "recall-called", Title: "Carol calls the place while Bob's phone rings", Hears: aliceCarol, Office: soon(nil),
			Play: func(o *office.Office) error {
				return parked(o, behaves(o, "bob", office.Manner{Never: true}), rung(o), calls(o, "carol", "701", 0))
			},
		},
		{
			Name: "recall-then", Title: "Bob does not want her: Carol is called instead", Golden: true, Hears: aliceCarol,
			Office: soon(func(o *park.Orbit) { o.Then = directory.Target{Kind: directory.TargetName, Value: "carol"} }),
			Play: func(o *office.Office) error {
				return parked(o, behaves(o, "bob", office.Manner{Code: 603}), until(o, "alice hears carol"), o.Pause, calledBack(o, 2))
			},
		},
		{
			Name: "recall-never", Title: "the orbit calls nobody back", Hears: music, Office: soon(func(o *park.Orbit) { o.Tries = -1 }),
			Play: func(o *office.Office) error { return parked(o, waits(o, 10*time.Minute), calledBack(o, 0)) },
		},
		{
			Name: "stay", Title: "nobody wants Alice for a long time: she is told goodbye", Seeds: 2, Office: soon(func(o *park.Orbit) { o.Tries = -1 }),
			Play: func(o *office.Office) error { return parked(o, waits(o, park.MaxStay), o.Pause) },
		},
		{
			Name: "patience", Title: "she is asked for patience every now and then", Seeds: 2, Hears: music,
			Office: soon(func(o *park.Orbit) { o.Every, o.Timeout = 30*time.Second, time.Hour }),
			Play: func(o *office.Office) error {
				return parked(o, until(o, "prompt:please-wait"), until(o, music), until(o, "prompt:please-wait"), o.Pause)
			},
		},
	})
}

// calledBack counts the calls that came back to bob, whose first was alice's own.
func calledBack(o *office.Office, want int) func() error {
	return func() error {
		got := map[string]bool{}
		for _, arrow := range o.Ladder().Arrows {
			if strings.HasPrefix(arrow.Text, "INVITE sip:bob@") && strings.Contains(arrow.Text, "urn:alert:service:recall:hold") {
				got[arrow.CallID] = true
			}
		}
		if len(got) != want {
			return fmt.Errorf("%w: bob was called back %d times", errUnlike, len(got))
		}
		return nil
	}
}
