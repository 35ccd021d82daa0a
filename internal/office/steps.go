package office

import (
	"hookflash/task"
	"hookflash/ua"
)

// Act is something that somebody does to a call.
type Act = func(t *task.Task, call *ua.Call) error

// Refuses is an act that wants to be refused with a code.
func Refuses(act Act, code int) Act {
	return func(t *task.Task, call *ua.Call) error { return Refused(act(t, call), code) }
}

// Rings tells whether somebody's phone rings; on a bad line the caller's may not know of it.
func (o *Office) Rings(caller, called string) func() bool {
	return func() bool {
		c := o.Desk(called).Call(caller)
		return c != nil && c.Incoming && c.State == ua.Alerting
	}
}

// Starts has somebody begin something with the call with somebody else; what it gives waits for the end.
func (o *Office) Starts(who, with string, act Act) func() (wait func() error) {
	return func() func() error {
		call := o.Desk(who).Call(with)
		return o.Begin(who, func(t *task.Task, _ *ua.Agent) error { return act(t, call) })
	}
}

// During is a step: something is started, and when the condition is true something else happens. The step ends when
// both have, and all is quiet.
func (o *Office) During(start func() (wait func() error), until func() bool, then func() error) func() error {
	return func() error {
		wait := start()
		return InOrder(func() error { return o.RunUntil(until, patience) }, then, wait, o.Pause)
	}
}
