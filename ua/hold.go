package ua

import (
	"hookflash/sip"
	"hookflash/task"
)

// Hold puts the far side on hold: nothing is received from it (RFC 3264 §8.4). A refusal leaves the
// call as it was.
func (c *Call) Hold(t *task.Task) error { return c.setHold(t, true, HeldByUs) }

// Resume takes it off again.
func (c *Call) Resume(t *task.Task) error { return c.setHold(t, false, ResumedByUs) }

func (c *Call) setHold(t *task.Task, held bool, told Kind) error {
	if c.Held == held && c.idle() {
		return nil
	}
	var before bool
	err := c.change(t, &modification{
		method:  sip.INVITE,
		prepare: func() { before, c.Held = c.Held, held },
		undo:    func() { c.Held = before },
	})
	if err != nil {
		return err
	}
	if held {
		c.unattend()
	} else {
		c.agent.Attend(c)
	}
	c.tell(Event{Kind: told})
	return nil
}
