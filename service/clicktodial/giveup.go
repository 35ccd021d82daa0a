package clicktodial

import (
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// replacing is how long a phone may take to end a call that was replaced.
const replacing = 10 * time.Second

// giveUp ends a call that the phone has placed, or will: the agent takes the target's place in it, and hangs up.
//
//	Bob                Click               Carol
//	  |     INVITE F7     |                   |
//	  |     Replaces      |                   |
//	  |<------------------|                   |
//	  |      200 F8       |                   |
//	  |------------------>|                   |
//	  |      ACK F9       |                   |
//	  |<------------------|                   |
//	  |                BYE F10                |
//	  |-------------------------------------->|
//	  |      BYE F11      |                   |
//	  |<------------------|                   |
//	  |                200 F12                |
//	  |<--------------------------------------|
//	  |      200 F13      |                   |
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
	defer call.HangUp()
	for limit := t.After(replacing); !f.over && call.State != ua.Over; { // the phone ends its call when it has the ACK
		if t.First(&f.records, limit) == 1 {
			return
		}
		record, _ := f.records.Take()
		f.heard(record)
	}
}
