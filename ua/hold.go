package ua

import (
	"hookflash/media/graph"
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
		c.leaveMeeting()
	} else {
		c.returnToMeeting()
		c.agent.Attend(c)
	}
	c.tell(Event{Kind: told})
	return nil
}

// leaveMeeting takes who is held out of the room where others go on talking.
func (c *Call) leaveMeeting() {
	for _, other := range c.agent.Calls() {
		if other != c && other.Room == c.Room && c.meeting == 0 {
			c.meeting = c.Room
			c.Enter(graph.Room(c.agent.Node()))
			return
		}
	}
}

func (c *Call) returnToMeeting() {
	if c.meeting != 0 {
		c.Enter(c.meeting)
		c.meeting = 0
	}
}
