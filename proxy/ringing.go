package proxy

import (
	queue "container/heap"
	"time"

	"hookflash/machine"
)

// leavePatience is how long the phones that were cancelled are waited for before the next ring.
const leavePatience = 2 * time.Second

// ringing are the requests whose phones ring for a limited time, the earliest end first.
type ringing []*responseContext

// Len implements heap.Interface, and so do the others.
func (h ringing) Len() int           { return len(h) }
func (h ringing) Less(i, j int) bool { return h[i].routing.until.Before(h[j].routing.until) }
func (h ringing) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].routing.index, h[j].routing.index = i, j
}

// Push implements heap.Interface.
func (h *ringing) Push(x any) {
	c := x.(*responseContext)
	c.routing.index = len(*h)
	*h = append(*h, c)
}

// Pop implements heap.Interface.
func (h *ringing) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	c.routing.index = -1
	return c
}

// ringFor sets when the phones of a request have rung long enough.
func (m *Machine) ringFor(now time.Time, c *responseContext, period time.Duration) {
	g := c.routing
	g.until = now.Add(period)
	if g.index >= 0 {
		queue.Fix(&m.ringing, g.index)
		return
	}
	queue.Push(&m.ringing, c)
}

// stopRinging forgets that time, and what came of it.
func (m *Machine) stopRinging(g *routing) {
	if g.index >= 0 {
		queue.Remove(&m.ringing, g.index)
	}
	g.left, g.silent, g.ring = false, false, 0
}

// rungOut ends the ringing of every request whose time is over.
func (m *Machine) rungOut(now time.Time, out *machine.Output) {
	for len(m.ringing) > 0 && !m.ringing[0].routing.until.After(now) {
		c := m.ringing[0]
		queue.Pop(&m.ringing)
		m.leaveAll(now, c, out)
		m.forkNext(now, c, out)
	}
}

// leaveAll cancels the phones that ring; those that were cancelled before are waited for no more.
// Should one of them take the call all the same, its 200 is the answer.
func (m *Machine) leaveAll(now time.Time, c *responseContext, out *machine.Output) {
	g := c.routing
	c.waiting = nil
	if !g.left {
		g.left, g.took, g.silent = true, true, false
		m.leaveOthers(now, c, out)
		if c.active > 0 {
			m.ringFor(now, c, leavePatience)
		}
		return
	}
	for _, b := range c.branches {
		if b.pending() {
			b.superseded, b.late = true, true
			c.active--
			c.failed(b)
		}
	}
}
