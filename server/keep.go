package server

import (
	"time"

	"hookflash/machine"
)

// unkept tells the agents what they wanted to keep and was not.
func (b *batch) unkept() {
	first := 0
	for i := range b.segments {
		s := &b.segments[i]
		var changes []machine.Keep
		for ; first < s.changes; first++ {
			if change, ok := b.out.Changes[first].(machine.Keep); ok {
				changes = append(changes, change)
			}
		}
		if a, ok := s.owner.(*agentShard); ok && len(changes) > 0 {
			a.unkept(b, changes)
		}
	}
}

// unkept has the agent know of it in a step of its own, soon. While its inbox is full it doesn't, and what it keeps stays
// as it was before until it changes again.
func (a *agentShard) unkept(b *batch, changes []machine.Keep) {
	tell := func(now time.Time, out *machine.Output) { a.agent.Unkept(now, changes, out) }
	if a.inbox.put(letter{step: tell}) {
		b.visit(&a.inbox)
	}
}

// beginAgents runs the first steps of the agents, in which they take up what was kept, before anything else arrives. All take
// the ports of calls that stand before any binds spare ones.
func (s *Server) beginAgents(now time.Time) {
	b := s.takeBatch()
	for _, a := range s.agents {
		a.mutex.Lock()
		if !a.ended {
			a.stepped(b, func(out *machine.Output) { a.agent.Advance(now, out) })
		}
		a.mutex.Unlock()
	}
	for _, a := range s.agents {
		a.mutex.Lock()
		if !a.ended {
			a.refill()
		}
		a.mutex.Unlock()
	}
	b.flush(now)
	s.returnBatch(b)
}

// kept waits until all that an agent has done so far is written, and tells whether it was.
func (s *Server) kept(a *agentShard) bool {
	a.gate.wait(a.gate.drawn.Load() + 1)
	return s.bindings.LogStatistics().WriteError == nil
}
