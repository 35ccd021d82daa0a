package clicktodial

import (
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// giveUp ends a call that the phone has placed, or will: the agent takes the target's place in it, and hangs up.
//
//	Click               Bob                 Carol
//	  |   INVITE F1       |                   |
//	  |   Replaces        |                   |
//	  |------------------>|                   |
//	  |      200 F2       |                   |
//	  |<------------------|                   |
//	  |      ACK F3       |                   |
//	  |------------------>|    CANCEL, BYE    |
//	  |      BYE F4       |------------------>|
//	  |------------------>|                   |
func (f *following) giveUp(t *task.Task) {
	d := &f.found.Dialog
	call, err := f.desk.agent.Invite(ua.Invitation{
		Target: f.wish.Phone.URI, From: ua.Party{URI: f.user, Asserted: true}, OnHold: true,
		Replaces: sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag},
	})
	if err == nil {
		err = call.Settle(t)
	}
	if err != nil {
		f.canceled = false
		f.tell(f.Status, CancelRefused, codeOf(err))
		return
	}
	call.HangUp()
}
