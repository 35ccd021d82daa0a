package server

import (
	"context"
	"time"
)

const (
	// longestNap is how long the timekeeper sleeps at most. Every timer of a machine is
	// at least T1 (500 ms) long when it is set, so one that is set meanwhile is not late.
	longestNap = 400 * time.Millisecond
	// Every sweepEvery, sweepSize records are looked at for expired bindings: 100,000 in
	// less than four minutes. Readers look at expiry themselves; this only frees memory.
	sweepEvery = time.Second
	sweepSize  = 500
)

// keepTime fires the timers of all machines. Deadlines are rounded up to a tick, so
// waking more often would gain nothing.
func (s *Server) keepTime(ctx context.Context) {
	nap := time.NewTimer(tick)
	defer nap.Stop()
	b := s.newBatch()
	var swept time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-nap.C:
		}
		now := time.Now()
		next := now.Add(longestNap)
		for _, shard := range s.calls {
			shard.mutex.Lock()
			shard.machine.Advance(now, &b.out)
			if deadline := shard.machine.Next(); !deadline.IsZero() && deadline.Before(next) {
				next = deadline
			}
			b.close(shard.gate.draw(), shard.gate, shard)
			shard.mutex.Unlock()
		}
		b.flush(now)
		if now.Sub(swept) >= sweepEvery {
			s.bindings.Sweep(now, sweepSize)
			swept = now
		}
		nap.Reset(max(time.Until(next), tick))
	}
}
