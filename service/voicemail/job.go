package voicemail

import (
	"errors"
	"time"

	"hookflash/task"
	"hookflash/ua"
)

// errJob tells that nobody knows what became of a job.
var errJob = errors.New("voicemail: the job was not done in time")

const (
	jobTries = 10          // of one that was refused
	jobPause = time.Second // between them
)

// done is the result of a job.
type done[T any] struct {
	value T
	err   error
}

// job runs something that may wait, and waits for it. What is refused because there are too many jobs is tried
// again.
func job[T any](a *ua.Agent, t *task.Task, run func() (T, error)) (value T, err error) {
	for range jobTries {
		began := t.Now()
		result, ok := a.Job(t, func() any {
			value, err := run()
			return done[T]{value, err}
		})
		if ok {
			came := result.(done[T])
			return came.value, came.err
		}
		if t.Now().Sub(began) >= ua.MaxJob {
			break
		}
		t.Sleep(jobPause)
	}
	return value, errJob
}

// act is a job without a value.
func act(a *ua.Agent, t *task.Task, run func() error) error {
	_, err := job(a, t, func() (struct{}, error) { return struct{}{}, run() })
	return err
}
