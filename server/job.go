package server

import (
	"context"
	"time"

	"hookflash/machine"
)

// job is work of a machine for the pool.
type job struct {
	owner owner
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
			if time.Since(j.since) > j.owner.patience() {
				s.metrics.jobsRefused.Inc()
				continue // its machine gives it up before it could be done
			}
			result := j.job.Run()
			now := time.Now()
			j.owner.done(b, now, j.job, result)
			b.flush(now)
		}
	}
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
			case b.server.jobs <- job{owner: b.segments[i].owner, job: b.out.Jobs[first], since: now}:
			default:
				b.server.metrics.jobsRefused.Inc()
			}
		}
	}
}
