package assist

import (
	"hookflash/b2bua"
	"hookflash/task"
)

// Transfer connects those whom a user talks with to a number that the user dials (RFC 5359 §2.4): Bob here.
//
//	Alice          bridge          Bob           Carol
//	  |               | "##", number |              |
//	  |     music     |<=============|              |
//	  |<==============|     INVITE Referred-By F9   |
//	  |               |---------------------------->|
//	  |               |   ringback   |   180 F10    |
//	  |               |=============>|<-------------|
//	  |               |           200 F11           |
//	  |               |<----------------------------|
//	  |               |           ACK F12           |
//	  |               |---------------------------->|
//	  |   UPDATE F13  |              |              |
//	  |<--------------|              |              |
//	  |               |   BYE F14    |              |
//	  |               |------------->|              |
//	  |    200 F15    |              |              |
//	  |-------------->|              |              |
//	  |               |   200 F16    |              |
//	  |               |<-------------|              |
//	  |          both way RTP        |              |
//	  |<=============>|<===========================>|
//
// A number ends with #, or when no digit has come for a while. Who can't be reached is told to Bob by a prompt, and GiveUp
// ends the wait: the two talk on. Bob may hang up while it rings, and the transfer goes on: Alice hears the ringing then, and
// Bob is called again should Carol not answer (RFC 5589 §6.3).
func Transfer(t *task.Task, p b2bua.Press) {
	e := begin(t, p)
	defer e.end()
	number, ok := e.named()
	if !ok {
		return
	}
	by := ""
	if !e.leg.Hides() {
		by = "<" + address(e.user, e.exchange.Settings().Domain) + ">"
	}
	call, err := e.ring(b2bua.Outgoing{Target: number, For: e.rest()[0], ReferredBy: by, Hears: []*b2bua.Leg{e.leg}}) // F9
	switch {
	case err != nil:
		e.sorry(err)
	case len(e.rest()) == 0:
		call.HangUp()
	default:
		e.conversation.Add(call)
		if e.stays() {
			e.conversation.Drop(e.leg)
			e.leg.Call.HangUp() // F14
		}
	}
}
