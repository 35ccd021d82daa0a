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
// When the third party does not come, the two are as they were.
func Add(t *task.Task, call *ua.Call, target string) (*ua.Call, error) {
	held := call.Held
	if err := focus(t, call); err != nil { // F5 to F7
		return nil, err
	}
	third, err := call.Agent().Invite(ua.Invitation{Target: target, Focus: true, Room: call.Room}) // F8
	if err == nil {
		err = third.Settle(t) // F9 to F11
	}
	if err != nil {
		unfocus(t, call)
		return nil, fmt.Errorf("conference with %s: %w", target, err)
	}
	if held {
		err = call.Resume(t)
	}
	return third, err
}

// Merge joins two calls that we have, held or not.
func Merge(t *task.Task, call, other *ua.Call) error {
	if call == other {
		return ErrSame
	}
	for _, c := range []*ua.Call{call, other} {
		var err error
		if c.Focus = true; c.Held {
			err = c.Resume(t)
		} else {
			err = c.Reinvite(t)
		}
		if err != nil {
			c.Focus = false
			return fmt.Errorf("conference: %w", err)
		}
	}
	other.Enter(call.Room)
	call.Agent().Attend(call)
	return nil
}

// focus says in our Contact that we mix.
func focus(t *task.Task, call *ua.Call) error {
	if call.Focus {
		return nil
	}
	call.Focus = true
	if err := call.Reinvite(t); err != nil {
		call.Focus = false
		return fmt.Errorf("conference: %w", err)
	}
	return nil
}

func unfocus(t *task.Task, call *ua.Call) {
	call.Focus = false
	_ = call.Reinvite(t) // refused or not: the two talk on
}
