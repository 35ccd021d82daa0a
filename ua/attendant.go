package ua

import (
	"hookflash/sip"
	"hookflash/task"
)

// Attendant is a value for Handlers.Invite of an agent without a person: read finds out what a call asks
// for, and gives what is done about it or the code that refuses it. At most most calls are attended at a
// time, further ones get 486. A call that was attended is hung up.
func (a *Agent) Attendant(name string, most int, read func(c *Call) (attend func(t *task.Task), code int)) func(c *Call) {
	calls := 0
	return func(c *Call) {
		attend, code := read(c)
		if attend != nil && calls >= most {
			attend, code = nil, 486
		}
		if attend == nil {
			c.Reject(sip.Answer{Code: code})
			return
		}
		calls++
		started := a.Go(name, func(t *task.Task) {
			defer func() { calls-- }()
			defer c.HangUp()
			attend(t)
		})
		if started == nil { // task.MaxTasks
			calls--
			c.Reject(sip.Answer{Code: 486})
		}
	}
}
