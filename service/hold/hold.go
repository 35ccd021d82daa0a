package hold

import (
	"fmt"

	"hookflash/task"
	"hookflash/ua"
)

// Hold puts the far side on hold, and Resume takes it off again: RFC 5359 §2.1.
//
//	Alice           Proxy            Bob
//	 |   Both way RTP established     |
//	 |                |INVITE(hold) F10
//	 |INVITE(hold) F11|<-------------|
//	 |<---------------|              |
//	 |    200 OK F12  |              |
//	 |--------------->|   200 OK F13 |
//	 |                |------------->|
//	 |                |     ACK F14  |
//	 |     ACK F15    |<-------------|
//	 |<---------------|              |
//	 |           No RTP sent         |
//	 |                |  INVITE F16  |
//	 |   INVITE F17   |<-------------|
//	 |<---------------|              |
//	 |   200 OK F18   |              |
//	 |--------------->|  200 OK F19  |
//	 |                |------------->|
//	 |                |    ACK F20   |
//	 |     ACK F21    |<-------------|
//	 |<---------------|              |
//	 |   Both way RTP established    |
//
// An agent that has music lets the far side hear that meanwhile: see WithMusic.
func Hold(t *task.Task, call *ua.Call) error {
	if source := call.Agent().Settings().Music; source != "" {
		return WithMusic(t, call, source)
	}
	return silently(t, call) // F10 to F15
}

// Resume: see Hold, F16 to F21.
func Resume(t *task.Task, call *ua.Call) error {
	if err := call.Resume(t); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	return nil
}

// Swap holds the call that is talking and resumes another one. When the first does not let itself
// be held, nothing changes; when the other can't be resumed, the first is taken up again.
func Swap(t *task.Task, talking, held *ua.Call) error {
	if err := Hold(t, talking); err != nil {
		return err
	}
	if err := Resume(t, held); err != nil {
		_ = talking.Resume(t) // it was talking a moment ago; the error that counts is the first one
		return err
	}
	return nil
}
