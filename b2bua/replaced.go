package b2bua

import (
	"hookflash/sip"
	"hookflash/ua"
)

// replaced has a call take the place of one of ours (RFC 3891): the server has decided that it may. One that rings there
// is picked up so.
//
//	Caller        Exchange        Callee        Third
//	  |  INVITE Replaces: Exchange-Callee         |
//	  |              |<---------------------------|
//	  |              |           200              |
//	  |              |--------------------------->|
//	  |              |   CANCEL or BYE            |
//	  |              |------------->|             |
//	  |<============>|<==========================>|
func (e *Exchange) replaced(call, old *ua.Call) {
	leg := e.legs[old]
	if leg == nil {
		e.pickedUp(call, old)
		return
	}
	old.Successor = call
	if call.Answer() != nil {
		return
	}
	leg.conversation.Swap(leg, call)
	leg.conversation.waiting.over()
	for _, other := range leg.conversation.Others(leg) {
		if other.Call.Incoming && other.Call.State != ua.Talking {
			_ = other.Call.Answer() // who called while it rang there
		}
	}
	call.Tell(ua.Event{Kind: ua.Replaced, Other: old.Number})
	old.HangUp()
}

// pickedUp has a call take the place of one that rings on behalf of a conversation: somebody is to be added to it.
func (e *Exchange) pickedUp(call, old *ua.Call) {
	picked := e.ringing[old]
	if picked == nil || old.State == ua.Talking {
		call.Reject(sip.Answer{Code: 481})
		return
	}
	old.Successor = call
	if call.Answer() == nil {
		call.Tell(ua.Event{Kind: ua.Replaced, Other: old.Number})
		picked.Put(call)
	}
}

// joined lets a call into the conversation of one of ours (RFC 3911).
func (e *Exchange) joined(call, with *ua.Call) {
	leg := e.legs[with]
	switch {
	case leg == nil:
		call.Reject(sip.Answer{Code: 481})
		return
	case leg.conversation.Full(), with.State != ua.Talking:
		call.Reject(sip.Answer{Code: 486})
		return
	}
	call.Focus = true
	if call.Answer() == nil {
		leg.conversation.Add(call)
		call.Tell(ua.Event{Kind: ua.Joined, Other: with.Number})
	}
}
