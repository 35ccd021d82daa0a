package assist_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/task"
	"hookflash/ua"
)

// TestAnythingMixed: three people whose telephones know REFER, Replaces and holding press codes as well, and hang up as it
// comes, on bad lines. Nobody is left alone, and nothing is left behind.
func TestAnythingMixed(t *testing.T) {
	const (
		acts  = 7
		whole = 600
		brief = 120
	)
	runs := uint64(brief)
	if play.Full() {
		runs = whole
	}
	people := []string{"alice", "bob", "carol"}
	keys := []string{"##1003#", "*21003#", "*31003#", "*61003#", "##1002#", "*2", "*3", "*"}
	seed := uint64(0)
	err := sim.Swarm{Seeds: runs, FirstSeed: 1, LostCopies: 2}.Run(func(n *sim.Network) (string, error) {
		seed++
		random := rand.New(rand.NewPCG(seed, 1))
		o := office.New(n, helped(), "alice", "server", "bob", "carol")
		manners := map[string]office.Manner{}
		for _, name := range people {
			manners[name] = office.Manner{
				Rings: time.Duration(random.IntN(80)) * 100 * time.Millisecond,
				Code:  []int{0, 0, 0, 486, 603}[random.IntN(5)], Never: random.IntN(5) == 0,
			}
		}
		manners["bob"] = office.Manner{}
		o.Staff(ua.Handlers{}, manners)
		if err := o.Meet("alice", "bob"); err != nil {
			return "", err
		}
		var done []string
		for range acts {
			who, does := people[random.IntN(2)], ""
			if random.IntN(6) == 0 {
				who = "carol"
			}
			calls := o.Desk(who).Agent().Calls()
			if len(calls) == 0 {
				continue
			}
			call := calls[len(calls)-1]
			switch pick := random.IntN(10); {
			case pick < 2:
				does = "hangs up"
				o.Desk(who).Do(func(*ua.Agent) { call.HangUp() })
			case pick < 4:
				whom := people[random.IntN(3)]
				does = "refers to " + whom
				o.Desk(who).Do(func(a *ua.Agent) {
					a.Go("refers", func(t *task.Task) {
						if r, err := call.Refer(t, ua.Reference{Target: office.AOR(whom)}); err == nil {
							r.Close()
						}
					})
				})
			case pick < 5 && len(calls) == 2:
				does = "refers to the other call"
				o.Desk(who).Do(func(a *ua.Agent) {
					d := calls[0].Dialog()
					a.Go("refers", func(t *task.Task) {
						if r, err := call.Refer(t, ua.Reference{Target: d.Target, Replaces: d.Triple()}); err == nil {
							r.Close()
						}
					})
				})
			case pick < 6:
				does = "holds and resumes"
				o.Desk(who).Do(func(a *ua.Agent) {
					a.Go("holds", func(t *task.Task) {
						_ = call.Hold(t)
						_ = call.Resume(t)
					})
				})
			case pick < 7:
				whom := people[random.IntN(3)]
				does = "calls " + whom
				o.Desk(who).Do(func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: office.AOR(whom)}) })
			default:
				does = keys[random.IntN(len(keys))]
				o.Desk(who).Do(func(*ua.Agent) { call.Dial(does, 100*time.Millisecond) })
			}
			done = append(done, who+" "+does)
			if err := o.RunFor(time.Duration(random.IntN(50)) * 100 * time.Millisecond); err != nil {
				return "", err
			}
		}
		if err := o.RunFor(10 * time.Minute); err != nil {
			return "", err
		}
		if calls := o.Agent("bridge").Calls(); len(calls) == 1 {
			return "", fmt.Errorf("%w: %s is left alone after %s", errUnlike, calls[0].Remote.URI, strings.Join(done, ", "))
		}
		if lonely := silent(o, people); lonely != "" {
			return "", fmt.Errorf("%w: %s hears nobody after %s\n%s", errUnlike, lonely, strings.Join(done, ", "), o.EndState())
		}
		if err := o.GoHome(); err != nil {
			return "", fmt.Errorf("after %s: %w", strings.Join(done, ", "), err)
		}
		if faults := play.Faults(n.Ladder()); len(faults) > 0 {
			return "", errors.New(strings.Join(faults, "; ") + " after " + strings.Join(done, ", "))
		}
		return "", nil
	})
	if err != nil {
		t.Error(err)
	}
}
