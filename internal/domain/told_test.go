package domain_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/ua"
)

// lampKey names a dialog of a user.
type lampKey struct {
	user, id, direction string
}

// lampState is what counts of how it stands.
type lampState struct {
	state, call, local, other string
}

// board is an agent that watches users, and believes every word.
type board struct {
	w        *world
	users    []string
	lit      map[lampKey]lampState
	standing map[lampKey]lampState // what the machine says is true
	problems []string
	log      []string
}

// boarded adds a board to a domain.
func boarded(c *domain.Config, users ...string) *board {
	b := &board{users: users, lit: map[lampKey]lampState{}}
	c.Inside = append(c.Inside, domain.Agent{Name: "lamps", Install: func(*ua.Agent) {}, Record: b.record})
	return b
}

func (b *board) record(record any) {
	switch r := record.(type) {
	case proxy.Leg:
		d := &r.Dialog
		k := lampKey{r.User, d.ID, fmt.Sprint(d.Direction)}
		s := lampState{d.State.String(), d.CallID, d.LocalTag, d.RemoteTag}
		b.log = append(b.log, fmt.Sprint(b.w.Now().Format("15:04:05.000 "), k, " ", s, " ", d.Event, d.Code))
		if s.state == "terminated" {
			delete(b.lit, k)
			return
		}
		b.lit[k] = s
	case proxy.Standing:
		for i := range r.Dialogs {
			d := &r.Dialogs[i]
			b.standing[lampKey{r.User, d.ID, fmt.Sprint(d.Direction)}] = lampState{d.State.String(), d.CallID, d.LocalTag, d.RemoteTag}
		}
	}
}

// watch has the board watch from now on; what stands already is lit.
func (b *board) watch() {
	b.ask()
	b.lit = maps.Clone(b.standing)
}

// ask asks how all calls stand.
func (b *board) ask() {
	b.standing = map[lampKey]lampState{}
	b.w.server.Do(func(now time.Time, out *machine.Output) {
		b.w.domain().Do(now, "lamps", out, func(a *ua.Agent) {
			for _, user := range b.users {
				a.Tell(proxy.Watch{User: user, By: "lamps"})
			}
		})
	})
}

// check compares what was told with what is true.
func (b *board) check() {
	b.ask()
	if !maps.Equal(b.lit, b.standing) {
		b.problems = append(b.problems, fmt.Sprintf("%s: lit are\n%s\nand true is\n%s", b.w.Now().Format("15:04:05.000"), drawn(b.lit), drawn(b.standing)))
		b.lit = maps.Clone(b.standing)
	}
}

func drawn(lamps map[lampKey]lampState) string {
	var lines []string
	for k, s := range lamps {
		lines = append(lines, fmt.Sprint("  ", k, " ", s))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// wrong is what was told wrongly, nil for nothing.
func (b *board) wrong() error {
	b.check()
	if len(b.lit) > 0 {
		b.problems = append(b.problems, "lit in the end:\n"+drawn(b.lit))
	}
	if len(b.problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s\nthe board was told:\n%s", strings.Join(b.problems, "\n"), strings.Join(b.log, "\n"))
}

// TestRandomLamps: whatever users have set and do on bad lines, who watches them all is told what is true: at any moment
// in between, and in the end.
func TestRandomLamps(t *testing.T) {
	for seed := range uint64(70) {
		n := sim.New(sim.Config{Seed: seed, Link: sim.Rain(0.2 * float64(seed%5) / 5)})
		random := rand.New(rand.NewPCG(seed, 9))
		var b *board
		err := randomRouting(n, random, func(c *domain.Config) {
			b = boarded(c, "alice", "bob", "carol", "dave")
			c.Inside = append(c.Inside, domain.Agent{Name: "codes", Install: func(*ua.Agent) {}})
			c.Codes = []proxy.Code{{Code: "*8", Does: "pickup-group"}, {Code: "**", Does: "pickup"}}
			c.Groups["mates"] = &directory.Group{Name: "mates", Members: []string{"alice", "bob", "carol"}, Pickup: true}
		}, func(w *world) {
			b.w = w
			for range 12 {
				w.At(time.Minute+time.Duration(random.IntN(60_000))*time.Millisecond, func() {
					caller, target := w.phones[random.IntN(4)], pick(random, "bob", "team", "*8", "**bob", "**team", "*8")
					w.After(time.Duration(random.IntN(20_000))*time.Millisecond, caller.CallWith("sip:"+target+"@example.test", sim.CallOptions{
						Fields: []string{"Supported: replaces"},
					}).HangUp)
				})
			}
			w.At(time.Duration(random.IntN(70_000))*time.Millisecond, b.watch)
			for range 30 {
				w.At(71*time.Second+time.Duration(random.IntN(180_000))*time.Millisecond, b.check)
			}
		})
		if err == nil {
			err = b.wrong()
		}
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, n.Ladder().DrawPlain())
		}
	}
}

// spiralled is a domain where alice's calls to the gateway come back, for bob, with the same Call-ID and tag.
func spiralled(bob sim.Behaviour) (w *world, b *board, alice *sim.Phone) {
	n := sim.New(sim.Config{})
	w = newWorld(n, func(c *domain.Config) {
		c.Guests = true
		b = boarded(c, "alice", "bob")
	})
	b.w = w
	alice = w.phone("alice")
	w.serve()
	w.bound("bob", w.phone("bob", incoming(bob)))
	w.bound("alice", alice)
	gateway := w.agent("gateway", machine.UDP, nil)
	gateway.relay = true
	gateway.answer = func(m *sip.Message) []string {
		if m.Method() == sip.ACK {
			return nil
		}
		first, rest, _ := strings.Cut(m.Text(), "\r\n")
		first = strings.Replace(first, m.RequestURI(), "sip:bob@example.test", 1)
		rest = strings.Replace(rest, "<"+alice.AOR()+">", "<sip:guest@elsewhere.invalid>", 1)
		return []string{first + "\r\nVia: SIP/2.0/UDP " + gateway.address + ";branch=" + m.Branch() + "x\r\n" + rest}
	}
	b.watch()
	return w, b, alice
}

// TestToldSpiral: an INVITE that passes twice is one call, of those who were known first: nobody is told that another one
// stands, whose end would go unnoticed.
func TestToldSpiral(t *testing.T) {
	w, b, alice := spiralled(sim.AnswerAfter(time.Second))
	call := alice.Call("sip:far@198.51.100.7")
	if err := w.RunFor(3 * time.Second); err != nil || call.FinalCode != 200 {
		t.Fatalf("%d, %v\n%s", call.FinalCode, err, w.Ladder().DrawPlain())
	}
	if len(b.lit) != 1 {
		t.Errorf("lit are\n%s", drawn(b.lit))
	}
	b.check()
	call.HangUp()
	if err := w.RunFor(time.Minute); err != nil {
		t.Error(err)
	}
	if err := b.wrong(); err != nil {
		t.Error(err)
	}
}

// TestToldAfterLookup: what becomes of a call when a name was looked up is told, too.
func TestToldAfterLookup(t *testing.T) {
	n := sim.New(sim.Config{})
	var b *board
	w := newWorld(n, func(c *domain.Config) {
		c.Trusted = trusting("alice")
		c.Lookup = func(proxy.NextHop) proxy.Candidates { return proxy.Candidates{} }
		b = boarded(c, "alice")
	})
	b.w = w
	alice := w.agent("alice", machine.UDP, nil)
	w.serve()
	b.watch()
	asked := alice.ask(invite("sip:far@nowhere.invalid", "call"))
	if err := w.RunFor(10 * time.Second); err != nil || asked.code() < 300 || len(b.log) != 2 {
		t.Errorf("%d, %v: %q", asked.code(), err, b.log)
	}
	if err := b.wrong(); err != nil {
		t.Error(err)
	}
}
