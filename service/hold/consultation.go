package hold

import (
	"fmt"

	"hookflash/task"
	"hookflash/ua"
)

// Consult holds a call and calls somebody else: RFC 5359 §2.2.
//
//	Alice            Proxy           Bob                Carol
//	 |     Both way RTP established   |                   |
//	 |      hold, F10 to F15 as in Hold                   |
//	 |                |   INVITE F16  |                   |
//	 |                |<--------------|    INVITE F17     |
//	 |                |---------------------------------->|
//	 |                |               |  180 Ringing F19  |
//	 |                |<----------------------------------|
//	 |                |180 Ringing F20|                   |
//	 |                |-------------->|    200 OK F21     |
//	 |                |<----------------------------------|
//	 |                |   200 OK F22  |                   |
//	 |                |-------------->|                   |
//	 |                |     ACK F23   |      ACK F24      |
//	 |                |<--------------|                   |
//	 |                |---------------------------------->|
//	 |                |               |<=================>|
//	 |        hang up, F25 to F28, and resume, F29 to F34 |
//
// When the consultation fails, the first call is taken up again.
func Consult(t *task.Task, call *ua.Call, target string) (*ua.Call, error) {
	held := call.Held
	if err := Hold(t, call); err != nil {
		return nil, err
	}
	t.Sleep(ua.Beat)
	consultation, err := call.Agent().Invite(ua.Invitation{Target: target}) // F16
	if err == nil {
		err = consultation.Settle(t) // F17 to F24
	}
	if err != nil {
		if !held {
			_ = call.Resume(t)
		}
		return nil, fmt.Errorf("consult %s: %w", target, err)
	}
	call.Agent().Attend(consultation)
	return consultation, nil
}

// Return hangs up the consultation and takes the first call up again: F25 to F34.
func Return(t *task.Task, call, consultation *ua.Call) error {
	consultation.HangUp()
	t.Sleep(ua.Beat)
	return Resume(t, call)
}
