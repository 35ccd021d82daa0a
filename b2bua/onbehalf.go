package b2bua

import (
	"hookflash/sip"
	"hookflash/ua"
)

// replacedFar does for a telephone what it can't: a call takes the place of what the telephone talks with (RFC 3891). The
// dialog that is named goes on, as the telephone knows no other; its others are left to themselves.
//
//	Others        Exchange       Telephone       Third
//	  |              |    INVITE Replaces: Telephone-Exchange
//	  |              |<----------------------------|
//	  |              |           200               |
//	  |              |---------------------------->|
//	  | CANCEL or BYE|              |              |
//	  |<-------------|              |              |
//	  |              |<============>|<============>|
//
// What a service does is not disturbed (486).
func (e *Exchange) replacedFar(call, old *ua.Call) {
	leg := e.legs[old]
	if leg == nil {
		call.Reject(sip.Answer{Code: 481})
		return
	}
	c := leg.conversation
	others := c.Others(leg)
	calling := c.waiting != nil && c.waiting.caller == old
	switch {
	case c.Busy() && !calling, leg.apart != 0:
		call.Reject(sip.Answer{Code: 486})
	case len(others) == 0:
		call.Reject(sip.Answer{Code: 481})
	case len(others) == 1: // of two, that is to take the other one's place
		e.replaced(call, others[0].Call)
		c.acquaint()
	case e.talking >= e.settings.Most:
		call.Reject(sip.Answer{Code: 486})
	case call.Answer() == nil:
		e.part(leg, call)
		call.Tell(ua.Event{Kind: ua.Replaced, Other: old.Number})
	}
}

// part makes a conversation of a call, which is in none, and a leg of another one, as it stands: it may hold whomever it talks with.
func (e *Exchange) part(l *Leg, call *ua.Call) {
	from := l.conversation
	from.legs = from.Others(l)
	to := e.begin(call)
	l.hear("")
	l.Call.Preserve(nil)
	l.conversation, l.By = to, ""
	to.legs = append(to.legs, l)
	l.Call.Enter(l.place())
	to.changed()
	from.changed()
}

// joinedFar is joined, at the end of a telephone that can't. Nobody joins where nothing was answered.
func (e *Exchange) joinedFar(call, with *ua.Call) {
	if with.State != ua.Talking {
		call.Reject(sip.Answer{Code: 481})
		return
	}
	e.joined(call, with)
}
