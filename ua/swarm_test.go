package ua_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"hookflash/internal/ladder"
	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// swarm is an office in which everybody does anything at any time, on bad lines.
type swarm struct {
	*office.Office
	random *rand.Rand
	names  []string
	over   map[string]uint32 // dialogs of one side that ended with a BYE, and its CSeq: what is older may be repeated
}

// deeds is what somebody does in a step.
var deeds = []struct {
	weight int
	do     func(s *swarm, d *office.Desk)
}{
	{6, func(s *swarm, d *office.Desk) { s.place(d) }},
	{4, func(s *swarm, d *office.Desk) { s.change(d, (*ua.Call).Hold) }},
	{4, func(s *swarm, d *office.Desk) { s.change(d, (*ua.Call).Resume) }},
	{1, func(s *swarm, d *office.Desk) { s.change(d, (*ua.Call).Update) }},
	{1, func(s *swarm, d *office.Desk) { s.change(d, (*ua.Call).Renegotiate) }},
	{1, func(s *swarm, d *office.Desk) { s.change(d, (*ua.Call).Reinvite) }},
	{6, func(s *swarm, d *office.Desk) { s.with(d, (*ua.Call).HangUp) }},
	{2, func(s *swarm, d *office.Desk) { s.with(d, (*ua.Call).Cancel) }},
	{1, func(s *swarm, d *office.Desk) { d.Do(func(a *ua.Agent) { a.Register(nil) }) }},
	{2, func(s *swarm, d *office.Desk) {
		to := s.anybody()
		d.Do(func(a *ua.Agent) { _ = a.Write(ua.Letter{To: office.AOR(to), Text: "hello"}, nil) })
	}},
}

func (s *swarm) anybody() string { return s.names[s.random.IntN(len(s.names))] }

// with does something to one of somebody's calls.
func (s *swarm) with(d *office.Desk, do func(c *ua.Call)) {
	d.Do(func(a *ua.Agent) {
		if calls := a.Calls(); len(calls) > 0 {
			do(calls[s.random.IntN(len(calls))])
		}
	})
}

func (s *swarm) change(d *office.Desk, do func(c *ua.Call, t *task.Task) error) {
	s.with(d, func(c *ua.Call) {
		c.Agent().Go("change", func(t *task.Task) { _ = do(c, t) }) // it may well be refused
	})
}

// place has somebody call anybody, now and then in an unusual way.
func (s *swarm) place(d *office.Desk) {
	i := ua.Invitation{Target: office.AOR(s.anybody())}
	switch s.random.IntN(8) {
	case 0:
		i.Offerless = true
	case 1:
		i.Require = "100rel"
	case 2:
		i.Require, i.Offerless = "100rel", true
	case 3:
		i.OnHold = true
	case 4:
		i.Target = office.AOR("nobody")
	}
	d.Do(func(a *ua.Agent) {
		if a.Ports.Free() > 4 {
			_, _ = a.Invite(i)
		}
	})
}

// take is what anybody does about a call.
func (s *swarm) take(c *ua.Call) {
	after := time.Duration(s.random.IntN(8000)) * time.Millisecond
	what := s.random.IntN(10)
	switch what {
	case 0:
		c.Reject(sip.Answer{Code: 486})
		return
	case 1:
		c.Redirect(302, office.AOR("bob"))
		return
	case 2, 3:
		_ = c.Early(sip.Answer{Code: 183})
		c.Ring()
	case 4:
	default:
		c.Ring()
	}
	c.Agent().Go("answer", func(t *task.Task) {
		t.Sleep(after)
		switch what {
		case 5:
			c.Reject(sip.Answer{Code: 603})
		case 6: // it rings on, until somebody gives up
		case 7:
			_ = c.Answer()
			c.HangUp()
		default:
			_ = c.Answer()
		}
	})
}

// audit looks for requests within a dialog after its BYE, and forgets what it saw.
func (s *swarm) audit() error {
	l := s.Ladder()
	if l.Omitted > 0 {
		return fmt.Errorf("%d arrows are missing", l.Omitted)
	}
	for i := range l.Arrows {
		arrow := &l.Arrows[i]
		m, err := sip.Parse(arrow.Text)
		if err != nil || !m.IsRequest() || m.ToTag() == "" || arrow.Kind != ladder.Message || l.Name(arrow.From) == "server" {
			continue
		}
		key := m.CallID() + m.FromTag() + m.ToTag()
		switch {
		case m.Method() == sip.BYE:
			s.over[key] = m.CSeq()
		case s.over[key] > 0 && m.CSeq() > s.over[key] && m.Method() != sip.ACK:
			return fmt.Errorf("%s sends %s after BYE\n%s", l.Name(arrow.From), arrow.Label, callOf(l, arrow.CallID))
		}
	}
	s.Forget()
	return nil
}

// callOf is what a ladder has of one call.
func callOf(l *ladder.Ladder, callID string) string {
	text := ""
	for i := range l.Arrows {
		if arrow := &l.Arrows[i]; arrow.CallID == callID {
			text += fmt.Sprintf("%v %s>%s %v %s (%s)\n", arrow.At, l.Name(arrow.From), l.Name(arrow.To), arrow.Kind, arrow.Label, arrow.CSeq)
		}
	}
	return text
}

func (s *swarm) step() error {
	total := 0
	for _, deed := range deeds {
		total += deed.weight
	}
	pick := s.random.IntN(total)
	for _, deed := range deeds {
		if pick -= deed.weight; pick < 0 {
			deed.do(s, s.Desk(s.anybody()))
			break
		}
	}
	return s.RunFor(time.Duration(s.random.IntN(2000)) * time.Millisecond)
}

func (s *swarm) live(steps int) error {
	for i := range steps {
		if err := s.step(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
		if i%100 == 99 {
			if err := s.audit(); err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
		}
	}
	if err := s.GoHome(); err != nil {
		return err
	}
	return s.audit()
}

// TestSwarm: random phones do random things, 10,000 steps by one seed: in the end nothing is left
// anywhere. HOOKFLASH_SEED names the seed, HOOKFLASH_SEEDS how many follow it.
func TestSwarm(t *testing.T) {
	seed, seeds := number("HOOKFLASH_SEED", 1), number("HOOKFLASH_SEEDS", 1)
	for range seeds {
		n := sim.New(sim.Config{Seed: seed, Link: sim.Rain(0.02 + 0.2*float64(seed%10)/10), MaxEvents: 50_000_000})
		names := []string{"alice", "bob", "carol", "dave", "erin"}
		s := &swarm{
			Office: office.New(n, office.Options{Digest: seed%2 == 0}, append(names[:len(names):len(names)], "server")...),
			random: rand.New(rand.NewPCG(seed, 11)), names: names, over: map[string]uint32{},
		}
		s.Staff(ua.Handlers{}, nil)
		for _, name := range names {
			_ = takes(name, s.take)(s.Office)
		}
		if err := s.live(10_000); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		told := map[ua.Kind]int{}
		for _, name := range names {
			for _, e := range s.Desk(name).Events {
				told[e.Kind]++
			}
		}
		t.Logf("seed %d: %d calls, %d rang, %d were answered at both ends, %d holds", seed, told[ua.Calling], told[ua.Ringing], told[ua.Established], told[ua.HeldByUs])
		if told[ua.Established] < 500 || told[ua.HeldByUs] < 100 {
			t.Errorf("seed %d: too little happened", seed)
		}
		seed++
	}
}

func number(variable string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(variable), 10, 64); err == nil {
		return n
	}
	return otherwise
}
