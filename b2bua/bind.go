package b2bua

import (
	"hookflash/task"
	"hookflash/ua"
)

// Bind hangs up the callee as soon as the caller's call is over, until release is called.
func Bind(caller, callee *ua.Call) (release func()) {
	bound := caller.Agent().Go("bind", func(t *task.Task) {
		events := caller.Watch()
		defer caller.Unwatch(events)
		for caller.State != ua.Over {
			t.First(events)
			events.Take()
		}
		callee.HangUp()
	})
	return bound.Stop
}
