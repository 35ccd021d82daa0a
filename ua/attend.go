package ua

import (
	"time"

	"hookflash/event/refer"
	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/task"
)

// Beat is how long a service waits between two steps of its ladder, so that what the one set in motion (the
// ACK on its way, the other's BYE) comes to its end before the next begins, as RFC 5359 draws it.
const Beat = 100 * time.Millisecond

// Attend lets the person at the phone talk in a call: the device moves to its room. nil: nowhere. A call
// that is over changes nothing.
func (a *Agent) Attend(c *Call) {
	if c != nil && c.State == Over {
		return
	}
	a.attended = c
	switch {
	case a.settings.Unattended:
	case c == nil:
		a.Media(graph.Leave{Node: graph.Device})
	default:
		a.Media(graph.Join{Room: c.Room, Node: graph.Device, Mute: a.muted})
	}
}

// Attended is the call that the person talks in, nil for none.
func (a *Agent) Attended() *Call { return a.attended }

// Mute keeps what the person says from everybody; hearing goes on.
func (a *Agent) Mute(muted bool) {
	a.muted = muted
	if a.attended != nil {
		a.Attend(a.attended)
	}
}

// attendEstablished lets the person talk in a call that was answered, unless there is another one.
func (c *Call) attendEstablished() {
	if a := c.agent; a.attended == nil && !c.Held && !c.Background {
		a.Attend(c)
	}
}

// unattend takes the person out of a call that is held or over. Others of the same conversation go on.
func (c *Call) unattend() {
	a := c.agent
	if a.attended != c {
		return
	}
	for _, other := range a.Calls() {
		if other != c && other.Room == c.Room && other.State == Talking && !other.Held {
			a.Attend(other)
			return
		}
	}
	a.Attend(nil)
}

// GivenUp tells that the person cancelled the call before it was answered; one that rang too long was not.
func (c *Call) GivenUp() bool { return c.cancel && c.agent.now.Sub(c.Began) < RingLimit }

// Tell puts an event about the call into the step's output: the services tell theirs by it.
func (c *Call) Tell(e Event) { c.tell(e) }

// Settle waits until the call is answered, or over: then the error says how it failed.
func (c *Call) Settle(t *task.Task) error {
	events := c.Watch()
	defer c.Unwatch(events)
	for c.State != Talking {
		if c.State == Over {
			return ErrOver
		}
		t.First(events)
		if e, _ := events.Take(); e.Kind == Ended {
			return &sip.StatusError{Code: e.Code, Reason: e.Reason, Err: errRefused}
		}
	}
	return nil
}

// Fragment reports the call's answer to whoever referred us to it, with what is needed to take the
// call over.
func (c *Call) Fragment(code int) refer.Fragment {
	f := refer.Status(code)
	if d := c.Dialog(); d.RemoteTag != "" {
		f.From, f.To = d.Local+";tag="+d.LocalTag, d.Remote+";tag="+d.RemoteTag
		f.CallID, f.Contact = d.CallID, "<"+d.Target+">"
	}
	return f
}
