package conference

import (
	"errors"
	"fmt"

	"hookflash/task"
	"hookflash/ua"
)

// ErrSame tells that a call can't be merged with itself.
var ErrSame = errors.New("conference: two calls are needed")

// Add calls a third party into a call, as Bob does: RFC 5359 §2.10.
//
//	Alice           Bob            Carol
//	 |<==============>|              |
//	 |INVITE isfocus F5              |
//	 |<---------------|              |
//	 |    200 OK F6   |              |
//	 |--------------->|              |
//	 |     ACK F7     |              |
//	 |<---------------|INVITE isfocus F8
//	 |                |------------->|
//	 |                | 180 Ringing F9
//	 |                |<-------------|
//	 |                |  200 OK F10  |
//	 |                |<-------------|
//	 |                |   ACK F11    |
//	 |                |------------->|
//	 |                |<============>|
//
// When the third party does not come, the two are as they were. Who is on hold stays that until the third party
// is there.
func Add(t *task.Task, call *ua.Call, target string) (*ua.Call, error) {
	focused := call.Focus
	if err := focus(t, call); err != nil { // F5 to F7
		return nil, err
	}
	t.Sleep(ua.Beat)
	invitation := ua.Invitation{Target: target, Focus: true}
	if !call.Held {
		invitation.Room = call.Room
	}
	third, err := call.Agent().Invite(invitation) // F8
	if err == nil {
		err = third.Settle(t) // F9 to F11
	}
	if err != nil {
		unfocus(t, call, focused)
		return nil, fmt.Errorf("conference with %s: %w", target, err)
	}
	if call.State == ua.Talking && call.Held {
		if err = call.Resume(t); err == nil {
			third.Enter(call.Room)
		}
	}
	if attended := call.Agent().Attended(); attended == nil || attended.Room != third.Room {
		call.Agent().Attend(third)
	}
	return third, err
}

// Merge joins two calls that we have, held or not, with all that take part in them. When one of the far
// sides does not agree, both calls are as they were.
func Merge(t *task.Task, call, other *ua.Call) error {
	if call == other {
		return ErrSame
	}
	first, second := call, other
	if first.Held && !second.Held {
		first, second = other, call // who talks is asked first: a refusal changes nothing
	}
	held, focused := first.Held, first.Focus
	if err := bring(t, first); err != nil {
		return err
	}
	if err := bring(t, second); err != nil {
		if held {
			_ = first.Hold(t)
		}
		unfocus(t, first, focused)
		return err
	}
	for _, c := range call.Agent().Calls() {
		if c.Room == other.Room && c != other {
			c.Enter(call.Room)
		}
	}
	other.Enter(call.Room)
	call.Agent().Attend(call)
	return nil
}

// focus says in our Contact that we mix.
func focus(t *task.Task, call *ua.Call) error {
	return change(call, func() error { return call.Reinvite(t) })
}

// bring does the same, and takes the call off hold.
func bring(t *task.Task, call *ua.Call) error {
	if call.Held {
		return change(call, func() error { return call.Resume(t) })
	}
	return focus(t, call)
}

func change(call *ua.Call, ask func() error) error {
	before := call.Focus
	if before && !call.Held {
		return nil
	}
	call.Focus = true
	if err := ask(); err != nil {
		call.Focus = before
		return fmt.Errorf("conference: %w", err)
	}
	return nil
}

// unfocus takes that back, unless it was so before; refused or not, the two talk on.
func unfocus(t *task.Task, call *ua.Call, before bool) {
	if !before && call.Focus {
		call.Focus = false
		_ = call.Reinvite(t)
	}
}
