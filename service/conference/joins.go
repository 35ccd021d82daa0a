package conference

import (
	"fmt"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Joined lets a third party into a call, as Bob does: RFC 5359 §2.11.
//
//	Alice           Bob            Carol
//	 |<==============>|  INVITE Join:A-B F5
//	 |                |<-------------|
//	 |                | 180 Ringing F6
//	 |                |------------->|
//	 |INVITE isfocus F7              |
//	 |<---------------|              |
//	 |    200 OK F8   |              |
//	 |--------------->|              |
//	 |     ACK F9     |              |
//	 |<---------------|  200 OK F10  |
//	 |                |------------->|
//	 |                |   ACK F11    |
//	 |                |<-------------|
//	 |                |<============>|
//
// When Alice does not agree, or is not talked with, Carol gets 488 and the two are as they were.
func Joined(third, with *ua.Call) {
	if with.State != ua.Talking || with.Held {
		third.Reject(sip.Answer{Code: 488})
		return
	}
	third.Focus = true
	third.Ring() // F6
	third.Agent().Go("joined", func(t *task.Task) {
		t.Sleep(ua.Beat)
		before := with.Focus
		err := focus(t, with) // F7 to F9
		switch {
		case with.State == ua.Over:
			third.Reject(sip.Answer{Code: 603}) // RFC 3911 §4: it has ended meanwhile
			return
		case err != nil:
			third.Reject(sip.Answer{Code: 488})
			return
		}
		t.Sleep(ua.Beat)
		third.Enter(with.Room)
		if third.Answer() != nil { // F10; a refusal has been sent, or Carol gave up
			unfocus(t, with, before)
			return
		}
		third.Tell(ua.Event{Kind: ua.Joined, Other: with.Number})
	})
}

// Join asks a phone to be let into one of its calls, as Carol does: F5. The dialog is as that phone
// sees it, as a dialog event tells.
func Join(t *task.Task, a *ua.Agent, target string, dialog sip.DialogID) (*ua.Call, error) {
	call, err := a.Invite(ua.Invitation{Target: target, Join: dialog})
	if err == nil {
		err = call.Settle(t) // F6 to F11
	}
	if err != nil {
		return nil, fmt.Errorf("join a call of %s: %w", target, err)
	}
	a.Attend(call)
	return call, nil
}
