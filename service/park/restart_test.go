package park_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hookflash/directory"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/park"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// restarts has the server die as by kill -9, and come back after a while.
func restarts(o *office.Office, after time.Duration) func() error {
	return func() error {
		o.Server.Kill()
		if err := o.RunFor(after); err != nil {
			return err
		}
		o.Server.Restart()
		return o.RunFor(time.Millisecond)
	}
}

// during does something while the server is down.
func during(o *office.Office, do func() error) func() error {
	return func() error {
		o.Server.Kill()
		defer o.Server.Restart()
		return do()
	}
}

func TestRestart(t *testing.T) {
	parkedAt701 := func(o *office.Office, steps ...func() error) error {
		return inOrder(o, append([]func() error{parks(o, "701", "701"), o.Pause, hears(o, music)}, steps...)...)
	}
	run(t, []play.Scene{
		{
			Name: "restart-retrieved", Title: "the server dies while Alice is parked, and starts again: music goes on, and Carol takes her",
			Golden: true, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return parkedAt701(o, restarts(o, time.Second), until(o, music), o.Pause, hears(o, music), unparks(o, "carol", "701"))
			},
		},
		{
			Name: "restart-called", Title: "Carol calls the place as soon as the server is there again: through the agent, while it asks Alice", Seeds: 1, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return parkedAt701(o, restarts(o, time.Second), calls(o, "carol", "701", 0))
			},
		},
		{
			Name: "restart-called-later", Title: "Carol calls the place a while after the restart: the phones talk to each other", Golden: true, Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return parkedAt701(o, restarts(o, time.Second), o.Pause, calls(o, "carol", "701", 0))
			},
		},
		{
			Name: "restart-left", Title: "Alice hangs up after the restart: the place is free", Golden: true,
			Play: func(o *office.Office) error {
				return parkedAt701(o, restarts(o, time.Second), o.Pause, leaves(o, "alice"), calls(o, "carol", "701", 480))
			},
		},
		{
			Name: "restart-left-meanwhile", Title: "Alice leaves while the server is down: the place is free soon after", Golden: true,
			Play: func(o *office.Office) error {
				return parkedAt701(o, during(o, func() error {
					leaves := leaves(o, "alice")
					return office.InOrder(leaves, o.Pause)
				}), o.Pause, o.Pause, calls(o, "carol", "701", 480))
			},
		},
		{
			Name: "restart-recall", Title: "Bob is called back when it is time, as if nothing had been", Golden: true, Hears: aliceBob,
			Office: parking(func(s *park.Settings) { s.Orbits[0].Timeout = 3 * time.Minute }),
			Play: func(o *office.Office) error {
				return parkedAt701(o, restarts(o, time.Second), o.Pause, hears(o, music), until(o, "alice hears bob"), o.Pause, calledBack(o, 1))
			},
		},
		{
			Name: "restart-long", Title: "the server is down for longer than Alice was to wait: Bob is called back soon", Hears: aliceBob,
			Office: parking(func(s *park.Settings) { s.Orbits[0].Timeout = 3 * time.Minute }),
			Play: func(o *office.Office) error {
				return parkedAt701(o, restarts(o, 5*time.Minute), until(o, "alice hears bob"), o.Pause, calledBack(o, 1))
			},
		},
		{
			Name: "restart-recalled", Title: "the server dies between two calls to Bob, of whom it goes on counting: Carol is called in the end", Hears: aliceCarol,
			Office: parking(func(s *park.Settings) {
				s.Orbits[0].Timeout, s.Orbits[0].Tries = time.Minute, 2
				s.Orbits[0].Then = directory.Target{Kind: directory.TargetName, Value: "carol"}
			}),
			Play: func(o *office.Office) error {
				return inOrder(o, parks(o, "701", "701"), behaves(o, "bob", office.Manner{Code: 486}), waits(o, time.Minute), calledBack(o, 1), restarts(o, time.Second),
					until(o, "alice hears carol"), o.Pause, calledBack(o, 2))
			},
		},
		{
			Name: "restart-twice", Title: "the server dies again and again", Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return parkedAt701(o, restarts(o, time.Second), restarts(o, time.Second), until(o, music), o.Pause, restarts(o, time.Minute),
					until(o, music), waits(o, time.Hour/2), hears(o, music), restarts(o, time.Second), waits(o, 20*time.Minute), hears(o, music), unparks(o, "carol", "701"))
			},
		},
		{
			Name: "restart-transferred", Title: "who was transferred to a place is there after a restart", Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return inOrder(o, transfers(o, "701", 0), until(o, music), o.Pause, restarts(o, time.Second), o.Pause, unparks(o, "carol", "701"))
			},
		},
		{
			Name: "restart-free", Title: "a place whose call was taken is free after a restart", Hears: aliceCarol,
			Play: func(o *office.Office) error {
				return parkedAt701(o, unparks(o, "carol", "701"), restarts(o, time.Second), o.Pause, calls(o, "bob", "701", 480))
			},
		},
		{
			Name: "restart-lamp", Title: "lamps tell of the place after a restart", Hears: music,
			Play: func(o *office.Office) error {
				return parkedAt701(o, restarts(o, time.Second), o.Pause, shows(o, "carol", "701"))
			},
		},
	})
}

// shows has somebody look at a place, and see alice there.
func shows(o *office.Office, who, place string) func() error {
	return func() error {
		var told string
		err := o.Act(who, func(t *task.Task, a *ua.Agent) error {
			w, err := a.Fetch("sip:park@example.test;orbit="+place, sip.Event{Package: "dialog"})
			if err != nil {
				return err
			}
			defer w.Close()
			t.First(w.Documents, w.Ended(), t.After(time.Minute))
			told, _ = w.Documents.Take()
			return nil
		})
		if err == nil && (!strings.Contains(told, "confirmed") || !strings.Contains(told, "sip:alice@")) {
			return fmt.Errorf("%w: %s is told %q", errUnlike, who, told)
		}
		return err
	}
}

// TestKilledAnywhere: wherever in the story of a parked call the server dies, whoever is on the line with the park afterwards is
// known to it, it knows nobody else, and nothing is left when all have gone.
func TestKilledAnywhere(t *testing.T) {
	for at := 1; ; at++ {
		o := office.New(sim.New(sim.Config{Seed: uint64(at)}), parking(nil), "alice", "server", "bob", "carol")
		o.Staff(roles, nil)
		if err := meets(o)(); err != nil {
			t.Fatal(err)
		}
		begun := len(o.Ladder().Arrows)
		o.Begin("bob", func(t *task.Task, a *ua.Agent) error {
			_, err := park.Park(t, o.Desk("bob").Call("alice"), "701")
			return err
		})
		o.Begin("carol", func(t *task.Task, a *ua.Agent) error {
			t.Sleep(10 * time.Second)
			_, err := park.Unpark(t, a, "701")
			return err
		})
		dies := func() bool { return len(o.Ladder().Arrows) >= begun+at }
		if err := o.RunUntil(dies, time.Minute); err != nil {
			if at < 20 {
				t.Errorf("the story has %d messages alone", at)
			}
			return // it has been told to its end
		}
		if err := restarts(o, time.Second)(); err != nil {
			t.Fatal(err)
		}
		if err := o.RunFor(5 * time.Minute); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(linesOf(o.Desk("alice").Agent(), o.Desk("bob").Agent(), o.Desk("carol").Agent()), linesOf(o.Agent("park"))); diff != "" {
			t.Errorf("killed after %d messages (-telephones +park):\n%s\n%s", at, diff, o.Ladder().DrawPlain())
		}
		for _, who := range []string{"alice", "bob", "carol"} {
			if err := leaves(o, who)(); err != nil {
				t.Fatal(err)
			}
		}
		if err := restarts(o, 5*time.Minute)(); err != nil {
			t.Fatal(err)
		}
		if left := o.Agent("park").Calls(); len(left) > 0 {
			t.Errorf("killed after %d messages: %d calls are left", at, len(left))
		}
	}
}

// linesOf are the calls of some agents with the park, by their Call-IDs.
func linesOf(agents ...*ua.Agent) []string {
	lines := []string{}
	for _, a := range agents {
		for _, c := range a.Calls() {
			if with := c.Dialog().Target + a.Settings().AOR; strings.Contains(with, "sip:park@") {
				lines = append(lines, c.Dialog().CallID)
			}
		}
	}
	slices.Sort(lines)
	return lines
}
