package ua

import (
	"time"

	"hookflash/machine"
	"hookflash/task"
)

// Limits of jobs.
const (
	MaxJob  = 30 * time.Second // how long a job may take, the wait for its turn included
	MaxJobs = 1024             // of an agent at a time; more are refused
)

// Job runs something that takes time and touches nothing of the agent (disk, hashing), and waits for its
// result. ok is false when it was refused or took longer than MaxJob: nobody knows then whether it was
// done.
func (a *Agent) Job(t *task.Task, run func() any) (result any, ok bool) {
	if a.jobs >= MaxJobs {
		return nil, false
	}
	a.jobs++
	defer func() { a.jobs-- }()
	results := task.NewQueue[any](1)
	a.out.Jobs = append(a.out.Jobs, machine.Job{
		Run: run,
		Done: func(now time.Time, result any, out *machine.Output) {
			a.Do(now, out, func() { results.Put(result) })
		},
	})
	t.First(results, t.After(MaxJob))
	return results.Take()
}
