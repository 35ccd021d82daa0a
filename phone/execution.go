package phone

import (
	"context"
	"errors"

	"hookflash/task"
	"hookflash/ua"
)

// execution is one command that runs.
type execution struct {
	Instruction
	session *Session
	ctx     context.Context
	outcome Outcome

	reported chan struct{} // closed when the outcome was reported
	told     bool          // the outcome is among the events; written under the phone's mutex
}

// end completes the outcome.
func (e *execution) end(err error) Outcome {
	e.told = true
	e.outcome.Command, e.outcome.Err, e.outcome.reported = e.Text, err, e.reported
	if errors.Is(err, ErrQuit) {
		e.outcome.Err = nil
	}
	return e.outcome
}

// perform runs a body as a task of the agent, and waits for its end. The outcome is told within the
// body's last step: what other people do later comes behind it.
func (e *execution) perform(name string, body func(t *task.Task, a *ua.Agent) error) error {
	result := make(chan error, 1)
	p := e.session.phone
	p.Do(func(a *ua.Agent) {
		started := a.Go(name, func(t *task.Task) {
			err := ErrClosed // when it is stopped
			defer func() { result <- err }()
			err = body(t, a)
			if e.ctx.Err() == nil {
				a.Tell(e.end(err))
			}
		})
		if started == nil {
			result <- errBusy
		}
	})
	select {
	case err := <-result:
		return err
	case <-e.ctx.Done():
		return e.ctx.Err()
	case <-p.done:
		return ErrClosed
	}
}

var errBusy = errors.New("the phone does too much at once; try again")
