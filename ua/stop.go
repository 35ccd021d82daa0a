package ua

import (
	"time"

	"hookflash/machine"
)

// Stop ends all tasks as the agent's last step: each unwinds, and its deferred calls run.
func (a *Agent) Stop(now time.Time, out *machine.Output) {
	a.now, a.out = now, out
	a.tasks.Stop()
	a.out = nil
}
