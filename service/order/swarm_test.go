package order_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/internal/sim"
	"hookflash/service/order"
	"hookflash/service/transfer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// How big the swarm is: 67 runs of 150 steps are 10,000 steps.
const (
	steps      = 150
	quickSeeds = 67
	fullSeeds  = 1000
	few        = 3 // calls of a phone: who has more hangs up
)

// TestSwarm: five phones call each other and use every service on each other at random, one seed one run, every
// other one on bad lines. Whatever they do, every INVITE gets a final response, nothing is sent after a
// BYE, and when all have hung up nothing is left anywhere.
func TestSwarm(t *testing.T) {
	seeds := uint64(quickSeeds)
	if play.Full() {
		seeds = fullSeeds
	}
	const parts = 4
	for part := range uint64(parts) {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			for seed := part; seed < seeds; seed += parts {
				link := sim.Link{}
				if seed%2 == 1 {
					link = sim.Rain(0.02 + 0.2*float64(seed%10)/10)
				}
				n := sim.New(sim.Config{Seed: seed, Link: link})
				if err := swarm(n, rand.New(rand.NewPCG(seed, 11))); err != nil {
					t.Fatalf("seed %d: %v\n%s", seed, err, n.Ladder().DrawPlain())
				}
			}
		})
	}
}

var names = []string{"alice", "bob", "carol", "dave", "erin"}

// mob is the phones of one run.
type mob struct {
	*office.Office
	random *rand.Rand
}

func swarm(n *sim.Network, random *rand.Rand) error {
	everybody := map[string][]string{}
	for _, name := range names {
		everybody[name] = names
	}
	m := &mob{random: random, Office: office.New(n, office.Options{
		Digest: random.IntN(3) == 0,
		Server: func(c *domain.Config) { c.Assistants = everybody },
	}, append([]string{"server"}, names...)...)}
	for _, name := range names {
		m.Desk(name).Do(func(a *ua.Agent) {
			order.Install(a, ua.Handlers{Invite: func(c *ua.Call) { c.Ring() }, Message: func(ua.Letter) int { return 200 }})
		})
	}
	for range steps {
		m.Desk(m.somebody()).Do(m.act)
		if err := m.RunFor(time.Duration(random.IntN(3000)) * time.Millisecond); err != nil {
			return err
		}
		if err := m.eavesdropping(); m.quiet() && err != nil {
			return err
		}
	}
	if err := m.settle(); err != nil {
		return err
	}
	if !m.quiet() {
		return fmt.Errorf("something goes on without end:\n%s", m.EndState())
	}
	if err := m.eavesdropping(); err != nil {
		return err
	}
	if err := m.GoHome(); err != nil {
		return err
	}
	if faults := play.Faults(n.Ladder()); len(faults) > 0 {
		return errors.New(strings.Join(faults, "; "))
	}
	return nil
}

func (m *mob) somebody() string { return names[m.random.IntN(len(names))] }

// other is somebody else, as a rule.
func (m *mob) other(a *ua.Agent) string {
	for {
		if name := m.somebody(); m.Desk(name).Agent() != a || m.random.IntN(10) == 0 {
			return name
		}
	}
}

// one is any of the calls for which the condition holds, nil for none.
func (m *mob) one(a *ua.Agent, condition func(c *ua.Call) bool) *ua.Call {
	var fit []*ua.Call
	for _, c := range a.Calls() {
		if condition(c) {
			fit = append(fit, c)
		}
	}
	if len(fit) == 0 {
		return nil
	}
	return fit[m.random.IntN(len(fit))]
}

func waits(c *ua.Call) bool { return c.Incoming && c.State < ua.Talking }
func talks(c *ua.Call) bool { return c.State == ua.Talking }
func all(*ua.Call) bool     { return true }

// act is one step of one phone.
func (m *mob) act(a *ua.Agent) {
	if c := m.one(a, waits); c != nil && m.random.IntN(3) > 0 {
		if m.random.IntN(4) == 0 {
			c.Reject(sip.Answer{Code: []int{486, 480, 603}[m.random.IntN(3)]})
		} else if c.Answer() == nil {
			a.Attend(c)
		}
		return
	}
	switch c := m.one(a, all); {
	case len(a.Calls()) > few || c != nil && m.random.IntN(8) == 0:
		c.HangUp()
	case c == nil || m.random.IntN(6) == 0:
		_, _ = a.Invite(ua.Invitation{Target: office.AOR(m.other(a))})
	default:
		m.serve(a)
	}
}

// serve begins one of the services.
func (m *mob) serve(a *ua.Agent) {
	action := order.Actions[m.random.IntN(len(order.Actions))]
	request := order.Request{
		Agent: a, Call: m.one(a, talks), Target: office.AOR(m.other(a)), AtOnce: m.random.IntN(2) == 0,
	}
	if other := m.one(a, all); other != request.Call && m.random.IntN(3) > 0 {
		request.Other = other
	}
	switch action.Name {
	case "redial-when-free":
		return // it would call when everybody has left
	case "take-over":
		request.Target = m.offer(a)
	case "join":
		who := m.Desk(m.somebody())
		if c := m.one(who.Agent(), all); c != nil && who.Agent() != a {
			d := c.Dialog()
			request.Target, request.Dialog = who.Agent().ContactURI(), sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag}
		}
	}
	a.Go(action.Name, func(t *task.Task) { _ = action.Run(t, request) }) // refused or not: nothing may be left
}

// offer is the last call that somebody was offered by a message, "" for none.
func (m *mob) offer(a *ua.Agent) string {
	uri := ""
	for _, name := range names {
		if d := m.Desk(name); d.Agent() == a {
			for _, e := range d.Events {
				if e.Kind == ua.Message {
					uri = transfer.Offered(e.Text)
				}
			}
		}
	}
	return uri
}

// settle ends what rings, so that all that was begun comes to its end.
func (m *mob) settle() error {
	for range 3 { // who is refused may call somebody back
		for _, name := range names {
			m.Desk(name).Do(func(a *ua.Agent) {
				for _, c := range a.Calls() {
					if c.State != ua.Talking {
						c.HangUp()
					}
				}
			})
		}
		if err := m.Pause(); err != nil {
			return err
		}
	}
	return nil
}

// quiet tells that nobody is about anything.
func (m *mob) quiet() bool {
	for _, name := range names {
		if m.Desk(name).Agent().Tasks() > 0 {
			return false
		}
	}
	return true
}

// eavesdropping looks for somebody who hears another one although no chain of calls that nobody holds is between them.
func (m *mob) eavesdropping() error {
	ends := map[string][]string{} // who is in a call, by Call-ID
	for _, name := range names {
		for _, c := range m.Desk(name).Agent().Calls() {
			if c.State == ua.Talking && !c.Held && !c.HeldByThem {
				id := c.Dialog().CallID
				ends[id] = append(ends[id], name)
			}
		}
	}
	reached := map[string]map[string]bool{}
	for _, name := range names {
		reached[name] = map[string]bool{name: true}
		for range names {
			for _, both := range ends {
				if len(both) == 2 && (reached[name][both[0]] || reached[name][both[1]]) {
					reached[name][both[0]], reached[name][both[1]] = true, true
				}
			}
		}
	}
	for line := range strings.SplitSeq(strings.TrimSpace(m.Hearing()), "\n") {
		who, others, _ := strings.Cut(line, " hears ")
		for other := range strings.SplitSeq(others, ", ") {
			if other != "" && !reached[who][other] {
				return fmt.Errorf("%s hears %s\n%s", who, other, m.EndState())
			}
		}
	}
	return nil
}
