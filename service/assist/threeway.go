package assist

import (
	"errors"
	"slices"

	"hookflash/b2bua"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// ThreeWay calls a third party into the conversation (RFC 5359 §2.10): a telephone needs nothing but its keys for that.
//
//	Alice          bridge          Bob           Carol
//	  |               | "*3", number |              |
//	  |     music     |<=============|              |
//	  |<==============|          INVITE F1          |
//	  |               |---------------------------->|
//	  |               |   ringback   |   180 F2     |
//	  |               |=============>|<-------------|
//	  |               |          200 F3             |
//	  |               |<----------------------------|
//	  |               |          ACK F4             |
//	  |               |---------------------------->|
//	  |    all three  |              |              |
//	  |<=============>|<============>|<============>|
//
// Who can't be reached is told by a prompt, and GiveUp ends the wait: the two talk on. The code with # and no number hangs up
// whom the user let in last.
func ThreeWay(t *task.Task, p b2bua.Press) {
	c := p.Leg.Conversation()
	defer c.Keep()()
	x := aloneWith(t, p.Leg)
	defer x.back()
	number, err := x.number()
	switch {
	case err != nil: // no key: nothing is wanted any more
	case number == "":
		dropLast(c, x)
	case c.Full():
		x.say("room-full")
	default:
		add(c, x, number)
	}
}

// add calls somebody in.
func add(c *b2bua.Conversation, x *alone, number string) {
	until, stop := x.givesUp()
	defer stop()
	e := c.Exchange()
	call, err := e.Call(x.task, b2bua.Outgoing{
		Target: number, For: x.leg, Payer: x.leg.User, Hears: []*b2bua.Leg{x.leg}, Until: until,
		Patience: b2bua.Patience,
	})
	switch {
	case errors.Is(err, ua.ErrOver): // GiveUp
	case err != nil:
		x.say(b2bua.Excuse(err))
	case x.left() || x.leg.Conversation() != c || c.Full():
		call.HangUp()
	default:
		c.Add(call).By = x.leg.User
	}
}

// dropLast hangs up whom the user let in last.
func dropLast(c *b2bua.Conversation, x *alone) {
	for _, l := range slices.Backward(c.Legs()) {
		if l.By == x.leg.User && l != x.leg {
			call := l.Call
			c.Drop(l)
			call.HangUp()
			x.say("code-done")
			return
		}
	}
	x.say("code-refused")
}

// address is the URI of a user.
func address(user, domain string) string { return "sip:" + sip.EscapeUser(user) + "@" + domain }
