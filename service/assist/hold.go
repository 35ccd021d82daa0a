package assist

import (
	"hookflash/b2bua"
	"hookflash/task"
)

// Hold holds those whom a user talks with, who hear the user's music, and resumes when it is pressed again: for telephones
// without a key for that (RFC 5359 §2.1, §2.3). Bob here.
//
//	Alice          bridge          Bob
//	  |               |     "*4"     |
//	  |     music     |<=============|
//	  |<==============|    prompt    |
//	  |               |=============>|
//	  |               |     "*4"     |
//	  |      both way RTP            |
//	  |<=============>|<============>|
//
// Where more than two talk, the others talk on. Codes are taken from everybody meanwhile; one of a service that speaks with
// Bob ends the hold.
func Hold(t *task.Task, p b2bua.Press) {
	if p.Leg.Holds() {
		p.Leg.Resume()
		return
	}
	p.Leg.Hold()
	_ = p.Leg.Call.Say(t, p.Leg.Voice().Prompt("held"))
}
