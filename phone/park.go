package phone

import (
	"hookflash/service/order"
	"hookflash/task"
	"hookflash/ua"
)

// park leaves the far side with the server, where anybody who may can take the call.
func park(e *execution) error {
	return e.onOne("park", talking(e.Line), e.argument())
}

// unpark takes a call that is parked; the one that talks is held first.
func unpark(e *execution) error {
	return e.perform("unpark", func(t *task.Task, a *ua.Agent) error {
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		return act(t, "unpark", order.Request{Agent: a, Target: e.argument()})
	})
}

// argument is the first argument, "" without one.
func (e *execution) argument() string {
	if len(e.Arguments) == 0 {
		return ""
	}
	return e.Arguments[0]
}
