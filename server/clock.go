package server

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"hookflash/machine"
)

// agentTick is what the deadlines of agents are rounded up to: what people hear should not drag.
const agentTick = 10 * time.Millisecond

// clock tells the timekeeper of the agents when something is due earlier than it believes.
type clock struct {
	next atomic.Int64 // when it looks again, in Unix nanoseconds; the largest number while it looks
	wake chan struct{}

	mutex sync.Mutex
	late  []*inbox // that were left before they were empty
}

func newClock() *clock { return &clock{wake: make(chan struct{}, 1)} }

// due has the timekeeper look at a deadline; the zero time is none.
func (c *clock) due(deadline time.Time) {
	if !deadline.IsZero() && deadline.UnixNano() < c.next.Load() {
		c.nudge()
	}
}

func (c *clock) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// leave hands inboxes over that are not empty yet.
func (c *clock) leave(boxes []*inbox) {
	c.mutex.Lock()
	c.late = append(c.late, boxes...)
	c.mutex.Unlock()
	c.nudge()
}

// collect gives the inboxes that were handed over.
func (c *clock) collect() []*inbox {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	late := c.late
	c.late = nil
	return late
}

// keepAgents fires the timers of the agents, and delivers what was left in inboxes.
func (s *Server) keepAgents(ctx context.Context) {
	b := s.newBatch()
	nap := time.NewTimer(agentTick)
	defer nap.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-nap.C:
		case <-s.clock.wake:
			// What is due is looked for once in a tick, however many ask for it.
			nap.Reset(agentTick)
			select {
			case <-ctx.Done():
				return
			case <-nap.C:
			}
		}
		s.clock.next.Store(math.MaxInt64)
		now := time.Now()
		next := now.Add(longestNap)
		for _, a := range s.agents {
			if deadline := a.advance(b, now); !deadline.IsZero() && deadline.Before(next) {
				next = deadline
			}
		}
		for _, box := range s.clock.collect() {
			b.visit(box)
		}
		b.flush(now)
		s.clock.next.Store(next.UnixNano())
		nap.Reset(max(time.Until(next), agentTick))
	}
}

// advance fires what is due, and gives the next deadline.
func (a *agentShard) advance(b *batch, now time.Time) time.Time {
	a.mutex.Lock()
	next, ended := time.Time{}, a.ended
	if !ended {
		next = a.agent.Next()
	}
	a.mutex.Unlock()
	if next.IsZero() || next.After(now) {
		return next
	}
	a.step(b, func(out *machine.Output) {
		a.agent.Advance(now, out)
		next = a.agent.Next()
	})
	return next
}
