package lamps_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/event/dialoginfo"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/service/lamps"
)

// engine is a machine of the proxy's: what it tells of users whom somebody watches, in its order, and what of that is
// lost.
type engine struct {
	source uint64
	calls  map[string]map[string]dialoginfo.Dialog // by user
	told   []any                                   // not taken yet
	dead   bool
}

// crowd is many calls of some users at some machines.
type crowd struct {
	*house
	*rand.Rand
	engines []*engine
	viewers map[string]*viewer
	loss    float64
	serial  int
}

// tell has a machine tell something, unless it is lost.
func (c *crowd) tell(e *engine, record any) {
	if c.Float64() >= c.loss {
		e.told = append(e.told, record)
	}
}

// asked has the machines hear what the agent asks.
func (c *crowd) heed() {
	for _, w := range c.asked {
		for _, e := range c.engines {
			if e.dead || w.Off {
				continue
			}
			standing := proxy.Standing{User: w.User, By: "lamps", Source: e.source}
			for _, id := range sorted(e.calls[w.User]) {
				standing.Dialogs = append(standing.Dialogs, e.calls[w.User][id])
			}
			c.tell(e, standing)
		}
	}
	c.asked = nil
}

func sorted(calls map[string]dialoginfo.Dialog) []string {
	var ids []string
	for id := range calls {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// deliver has the agent take what machines told: each machine's in its order, all of them mixed.
func (c *crowd) deliver(most int) {
	for range most {
		e := c.engines[c.IntN(len(c.engines))]
		if len(e.told) > 0 {
			record := e.told[0]
			e.told = e.told[1:]
			c.record(record)
		}
	}
}

// step is something that happens to a call.
func (c *crowd) step() {
	user := []string{"bob", "bill", "dave"}[c.IntN(3)]
	e := c.engines[c.IntN(len(c.engines))]
	if e.dead {
		return
	}
	calls := e.calls[user]
	if ids := sorted(calls); len(ids) > 0 && (len(ids) > 5 || c.IntN(3) > 0) {
		d := calls[ids[c.IntN(len(ids))]]
		d.State += dialoginfo.State(1 + c.IntN(int(dialoginfo.Terminated-d.State)))
		calls[d.ID] = d
		if d.State == dialoginfo.Terminated {
			delete(calls, d.ID)
		}
		c.tell(e, proxy.Leg{User: user, Source: e.source, Dialog: d})
		return
	}
	c.serial++
	d := call(fmt.Sprint("d", c.serial%40), dialoginfo.State(c.IntN(int(dialoginfo.Terminated)))) // names come again
	if _, there := calls[d.ID]; there {
		return
	}
	calls[d.ID] = d
	c.tell(e, proxy.Leg{User: user, Source: e.source, Dialog: d})
}

// truth is how a user's calls stand.
func (c *crowd) truth(users ...string) string {
	var states []string
	for _, e := range c.engines {
		for _, user := range users {
			for _, d := range e.calls[user] {
				states = append(states, d.State.String())
			}
		}
	}
	slices.Sort(states)
	return strings.Join(states, " ")
}

// TestSwarm: whatever is lost, and in whichever order machines are heard, every lamp is true once nothing is lost
// any more.
func TestSwarm(t *testing.T) {
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 6))
		c := &crowd{house: newHouse(t, func(s *lamps.Settings) { s.Sources = int(seed % 4) }), Rand: random, viewers: map[string]*viewer{}}
		for source := range 1 + random.IntN(4) {
			c.engines = append(c.engines, &engine{source: uint64(source) + 7, calls: map[string]map[string]dialoginfo.Dialog{"bob": {}, "bill": {}, "dave": {}}})
		}
		c.loss = []float64{0, 0.05, 0.5, 0.95}[random.IntN(4)]
		for range 20 {
			c.step()
		}
		targets := map[string][]string{"bob": {"bob"}, "bill": {"bill"}, "sales": {"bob", "bill"}, "family": {"bob", "dave"}}
		for range 400 {
			c.step()
			c.heed()
			c.deliver(random.IntN(4))
			if random.IntN(50) == 0 {
				c.pass(time.Duration(random.IntN(90)) * time.Second)
			} else {
				c.pass(time.Duration(random.IntN(300)) * time.Millisecond)
			}
			if target := []string{"bob", "bill", "sales", "family"}[random.IntN(4)]; random.IntN(10) == 0 && c.viewers[target] == nil {
				c.viewers[target] = c.watch("bill", target)
			}
			if e := c.engines[random.IntN(len(c.engines))]; random.IntN(400) == 0 && len(c.engines) > 1 {
				e.dead, e.told, e.calls = true, nil, nil // with all that it had
			}
		}
		c.loss = 0
		for range (lamps.MaxSilent + 3) * int(lamps.Reconcile/time.Second) {
			c.heed()
			c.deliver(1000)
			c.pass(time.Second)
		}
		for target, v := range c.viewers {
			if got, want := v.states(), c.truth(targets[target]...); got != want {
				t.Fatalf("seed %d: the lamp of %s shows %q, and it is %q", seed, target, got, want)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// BenchmarkRecord is a leg in a burst, which changes a lamp that others watch: NOTIFY requests are coalesced.
func BenchmarkRecord(b *testing.B) {
	for _, watchers := range []int{0, 1, 20} {
		b.Run(fmt.Sprintf("watchers=%d", watchers), func(b *testing.B) {
			h := newHouse(b, nil)
			for range watchers {
				h.watch("bill", "bob")
			}
			h.watch("bob", "bill")
			h.stand("bob", 1)
			h.stand("bob", 2)
			step := burst(h, func(record any) { h.lamps.Record(record) })
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				step(i)
			}
		})
	}
}

// burst is a leg after another, of twenty calls that change. The records are made before.
func burst(h *house, record func(record any)) func(i int) {
	var legs []any
	for i := range 40 {
		legs = append(legs, proxy.Leg{User: "bob", Source: 1, Dialog: call(fmt.Sprint(i%20), []dialoginfo.State{dialoginfo.Early, dialoginfo.Confirmed}[i/20])})
	}
	return func(i int) { record(legs[i%len(legs)]) }
}

// TestRecordIsCheap: a leg of a call that is known costs no memory, however many watch.
func TestRecordIsCheap(t *testing.T) {
	h := newHouse(t, nil)
	for range 20 {
		h.watch("bill", "bob")
	}
	h.stand("bob", 1)
	h.stand("bob", 2)
	h.pass(time.Second)
	count := 0
	step := burst(h, func(record any) { h.lamps.Record(record) })
	var allocations float64
	h.agent.Do(h.now, &machine.Output{}, func() {
		for range 100 {
			step(count)
			count++
		}
		allocations = testing.AllocsPerRun(1000, func() {
			step(count)
			count++
		})
	})
	if allocations > 0 {
		t.Errorf("%v allocations each", allocations)
	}
}

// BenchmarkStorm is a second in which 10,000 calls of a hundred users change, each of whom twenty watch.
func BenchmarkStorm(b *testing.B) {
	h := newHouse(b, nil)
	names := make([]string, 100)
	for i := range names {
		names[i] = fmt.Sprint("user", i)
		h.people.users[names[i]] = &directory.User{Name: names[i]}
	}
	for i := range 100 { // who watches
		for j := range 20 {
			h.watch(names[i], names[(i+j)%100])
		}
	}
	for _, name := range names {
		h.stand(name, 1)
		h.stand(name, 2)
	}
	told := func() (count int) {
		for _, v := range h.viewers {
			count += v.notified
		}
		return count
	}
	before := told()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for leg := range 10_000 {
			id := fmt.Sprint(leg / 100 % 10)
			h.leg(names[leg%100], 1, call(id, []dialoginfo.State{dialoginfo.Early, dialoginfo.Confirmed, dialoginfo.Terminated}[(leg/1000+i)%3]))
			if leg%100 == 99 {
				h.pass(10 * time.Millisecond)
			}
		}
	}
	b.ReportMetric(float64(told()-before)/float64(b.N), "notifies/op")
}
