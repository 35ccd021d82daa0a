package music_test

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
	"hookflash/service/order"
	"hookflash/task"
	"hookflash/ua"
)

// What the swarm does.
var deeds = []string{"hold", "resume", "swap", "music", "resume", "attended", "transfer", "consult", "hold"}

const (
	swarmSeeds = 60
	swarmFull  = 1000
	swarmSteps = 60
)

// TestSwarm: four phones hold each other with music, in both ways, take each other back, hand each other over and hang up, at
// random and on bad lines. When all have hung up nothing is left, with the music server neither.
func TestSwarm(t *testing.T) {
	t.Parallel()
	seeds := uint64(swarmSeeds)
	if play.Full() {
		seeds = swarmFull
	}
	for seed := range seeds {
		link := sim.Link{}
		if seed%2 == 1 {
			link = sim.Rain(0.02 + 0.2*float64(seed%10)/10)
		}
		n := sim.New(sim.Config{Seed: seed, Link: link})
		if err := swarm(n, rand.New(rand.NewPCG(seed, 3))); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, n.Ladder().DrawPlain())
		}
	}
}

func swarm(n *sim.Network, random *rand.Rand) error {
	names := []string{"alice", "bob", "carol", "dave"}
	o := office.New(n, options(server), append([]string{"server"}, names...)...)
	for _, name := range names {
		o.Desk(name).Do(func(a *ua.Agent) { order.Install(a, ua.Handlers{Invite: func(c *ua.Call) { c.Ring() }}) })
	}
	for range swarmSteps {
		o.Desk(names[random.IntN(len(names))]).Do(func(a *ua.Agent) { deed(a, random, names) })
		if err := o.RunFor(time.Duration(random.IntN(2500)) * time.Millisecond); err != nil {
			return err
		}
	}
	if err := o.Pause(); err != nil {
		return err
	}
	if err := o.GoHome(); err != nil {
		return err
	}
	if faults := play.Faults(n.Ladder()); len(faults) > 0 {
		return errors.New(strings.Join(faults, "; "))
	}
	if hearing := o.Hearing(); hearing != "" {
		return fmt.Errorf("when all have left: %s", hearing)
	}
	return nil
}

// deed is one thing that somebody does.
func deed(a *ua.Agent, random *rand.Rand, names []string) {
	calls := a.Calls()
	target := office.AOR(names[random.IntN(len(names))])
	if len(calls) == 0 || len(calls) < 3 && random.IntN(6) == 0 {
		_, _ = a.Invite(ua.Invitation{Target: target})
		return
	}
	c := calls[random.IntN(len(calls))]
	switch {
	case c.Incoming && c.State < ua.Talking:
		if c.Answer() == nil {
			a.Attend(c)
		}
	case random.IntN(8) == 0 || len(calls) > 4:
		c.HangUp()
	case c.State == ua.Talking:
		action, _ := order.Find(deeds[random.IntN(len(deeds))])
		request := order.Request{Agent: a, Call: c, Target: target, AtOnce: random.IntN(2) == 0}
		switch other := calls[random.IntN(len(calls))]; {
		case action.Name == "music":
			request.Target = ""
		case action.Name == "resume" && random.IntN(2) == 0:
			request.Call, request.Target = nil, "" // from the music server
		case other != c && other.State == ua.Talking:
			request.Other = other
		}
		a.Go(action.Name, func(t *task.Task) { _ = action.Run(t, request) })
	}
}
