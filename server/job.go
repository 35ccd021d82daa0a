package server

import (
	"context"
	"time"

	"hookflash/machine"
)

// job is work of a proxy machine for the pool.
type job struct {
	shard *callShard
	job   machine.Job
	since time.Time // it has waited for a worker
}

// work is one goroutine of the pool: it runs jobs and steps their machines with the results.
func (s *Server) work(ctx context.Context) {
	b := s.newBatch()
	for {
		select {
		case <-ctx.Done():
			return
		case j := <-s.jobs:
			if time.Since(j.since) > MaxJobWait {
				s.metrics.jobsRefused.Inc()
				continue // its machine gives it up before it could be done
			}
			b.done(time.Now(), j, j.job.Run())
		}
	}
}

func (b *batch) done(now time.Time, j job, result any) {
	j.shard.mutex.Lock()
	j.job.Done(now, result, &b.out)
	b.close(j.shard.gate.draw(), j.shard.gate, j.shard)
	j.shard.mutex.Unlock()
	b.flush(now)
}

// startJobs hands the jobs of the batch to the pool. What does not fit is dropped and
// counted; its machine has a timer for what never comes back.
func (b *batch) startJobs() {
	if len(b.out.Jobs) == 0 {
		return
	}
	first, now := 0, time.Now()
	for i := range b.segments {
		for ; first < b.segments[i].jobs; first++ {
			if b.out.Jobs[first].Run == nil {
				continue
			}
			select {
			case b.server.jobs <- job{shard: b.segments[i].shard, job: b.out.Jobs[first], since: now}:
			default:
				b.server.metrics.jobsRefused.Inc()
			}
		}
	}
}
