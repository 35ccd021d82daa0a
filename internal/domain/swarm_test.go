package domain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

// behaviours is what a random phone does about a call.
var behaviours = []sim.Behaviour{
	{},
	sim.AnswerAfter(time.Second), sim.AnswerAfter(8 * time.Second), sim.Busy(), sim.Decline(2 * time.Second), sim.RingForever(),
	{Code: 404},
	{Code: 503},
	{Ring: true, Never: true, CrossCancel: true},
	{Ring: true, After: time.Second, HangUp: 3 * time.Second},
	{Progress: []int{183, 199}, Ring: true, After: 2 * time.Second},
	{Reliable: true, Ring: true, After: time.Second},
	{Code: 302, Contacts: []string{"sip:dave@example.test"}},
	{Ring: true, After: time.Second, Twice: true},
}

// TestRandomCalls: phones on UDP and TCP register, call each other and groups of each
// other, re-INVITE, ask, cancel and hang up at random on bad lines. Whatever they do, every
// INVITE gets a final response, and in the end nothing is left anywhere.
func TestRandomCalls(t *testing.T) {
	for seed := range uint64(60) {
		n := sim.New(sim.Config{Seed: seed, Link: sim.Rain(0.02 + 0.2*float64(seed%10)/10)})
		if err := randomCalls(n, rand.New(rand.NewPCG(seed, 7))); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, n.Ladder().DrawPlain())
		}
	}
}

func randomCalls(n *sim.Network, random *rand.Rand) error {
	w := newWorld(n)
	w.serve()
	names := []string{"alice", "bob", "carol", "dave"}
	var phones []*sim.Phone
	var group []any
	var registrations []*sim.Registration
	for _, name := range names {
		phone := w.phone(name, func(c *sim.PhoneConfig) {
			c.Transport = []machine.Transport{machine.UDP, machine.UDP, machine.TCP}[random.IntN(3)]
			c.Follow = random.IntN(2) == 0
		})
		phone.OnInvite = func(*sim.Call) sim.Behaviour { return behaviours[random.IntN(len(behaviours))] }
		phones = append(phones, phone)
		registrations = append(registrations, phone.Register())
		group = append(group, binding("sip:"+name+"@example.test", uint16(500+500*random.IntN(2))))
	}
	w.bound("team", group...)
	for range 8 {
		caller := phones[random.IntN(len(phones))]
		target := "sip:" + append(names, "team", "nobody")[random.IntN(len(names)+2)] + "@example.test"
		w.At(time.Minute+time.Duration(random.IntN(60_000))*time.Millisecond, func() { w.randomCall(random, caller, target) })
	}
	w.At(10*time.Minute, func() {
		for i, phone := range phones {
			for _, call := range phone.Calls() {
				call.HangUp()
			}
			registrations[i].Remove()
		}
	})
	if err := w.Run(10 * time.Minute); err != nil {
		return err
	}
	w.expected = "" // no complaint is
	if err := w.quiet(); err != nil {
		return err
	}
	if count := len(w.store.Records()); count != 1 {
		return fmt.Errorf("%d records are left beside the group's", count-1)
	}
	return nil
}

func (w *world) randomCall(random *rand.Rand, caller *sim.Phone, target string) {
	options := sim.CallOptions{}
	after := func() time.Duration { return time.Duration(random.IntN(12_000)) * time.Millisecond }
	if random.IntN(3) == 0 {
		options.CancelAll = after()
	}
	if random.IntN(2) == 0 {
		options.HangUp = after()
	}
	if random.IntN(2) == 0 {
		options.Fields = []string{"Supported: 100rel, timer"}
	}
	call := caller.CallWith(target, options)
	if random.IntN(3) == 0 {
		w.After(after(), call.Reinvite)
	}
	if random.IntN(3) == 0 {
		w.After(after(), func() { call.Ask([]sip.Method{sip.INFO, sip.UPDATE, sip.MESSAGE}[random.IntN(3)]) })
	}
}
