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
	"hookflash/ua"
)

// TestAnything: three people press codes and hang up as it comes, on bad lines. Nobody is left in a call with nobody, and nothing
// is left behind.
func TestAnything(t *testing.T) {
	const (
		acts  = 6
		whole = 600
		brief = 120
	)
	runs := uint64(brief)
	if play.Full() {
		runs = whole
	}
	people := []string{"alice", "bob", "carol"}
	keys := []string{"##1003#", "*21003#", "*31003#", "*61003#", "##1002#", "*21001#", "##", "*2", "*3", "*4", "*", "#", "1003#", "5"}
	seed := uint64(0)
	err := sim.Swarm{Seeds: runs, FirstSeed: 1, LostCopies: 2}.Run(func(n *sim.Network) (string, error) {
		seed++
		random := rand.New(rand.NewPCG(seed, 0))
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
			who, does := people[random.IntN(2)], "hangs up"
			if random.IntN(6) == 0 {
				who = "carol"
			}
			calls := o.Desk(who).Agent().Calls()
			if len(calls) == 0 {
				continue
			}
			if random.IntN(4) == 0 {
				o.Desk(who).Do(func(*ua.Agent) { calls[len(calls)-1].HangUp() })
			} else {
				does = keys[random.IntN(len(keys))]
				o.Desk(who).Do(func(*ua.Agent) { calls[len(calls)-1].Dial(does, 100*time.Millisecond) })
			}
			done = append(done, who+" "+does)
			if err := o.RunFor(time.Duration(random.IntN(50)) * 100 * time.Millisecond); err != nil {
				return "", err
			}
		}
		if err := o.RunFor(5 * time.Minute); err != nil {
			return "", err
		}
		if calls := o.Agent("bridge").Calls(); len(calls) == 1 {
			return "", fmt.Errorf("%w: %s is left alone after %s", errUnlike, calls[0].Remote.URI, strings.Join(done, ", "))
		}
		if lonely := silent(o, people); lonely != "" && !strings.Contains(strings.Join(done, " "), "*4") {
			return "", fmt.Errorf("%w: %s hears nobody after %s", errUnlike, lonely, strings.Join(done, ", "))
		}
		if err := o.GoHome(); err != nil {
			return "", fmt.Errorf("after %s: %w", strings.Join(done, ", "), err)
		}
		if faults := play.Faults(n.Ladder()); len(faults) > 0 {
			return "", errors.New(strings.Join(faults, "; "))
		}
		return "", nil
	})
	if err != nil {
		t.Error(err)
	}
}

// silent is who talks in a call and hears nobody, "" for none. Where somebody has laid the telephone aside, all may be silent.
func silent(o *office.Office, people []string) (name string) {
	for _, who := range people {
		a := o.Desk(who).Agent()
		calls := a.Calls()
		if len(calls) > 1 || len(calls) == 1 && a.Attended() != calls[0] {
			return ""
		}
		if len(calls) == 1 && !strings.Contains("\n"+o.Hearing(), "\n"+who+" hears ") {
			name = who
		}
	}
	return name
}
