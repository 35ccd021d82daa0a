package assist

import (
	"errors"

	"hookflash/b2bua"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// parkAgent is the user part of the agent that parks calls.
const parkAgent = "park"

// Park has the server park whom a user talks with, at the first place of the user's that is free (RFC 5359 §2.15).
//
//	Alice          bridge          Bob            park
//	  |               |    "#72"     |              |
//	  |               |<=============|              |
//	  |               |    INVITE Referred-By: Bob F1
//	  |               |---------------------------->|
//	  |               |           200 F2            |
//	  |               |<----------------------------|
//	  |               |           ACK F3            |
//	  |               |---------------------------->|
//	  |               |   "7 0 1"    |              |
//	  |     music     |=============>|              |
//	  |<===========================================>|
//	  |               |   BYE F4     |              |
//	  |               |------------->|              |
//	  |               |   200 F5     |              |
//	  |               |<-------------|              |
//
// Contact in F2 names the place. Who takes the call there takes the park's part in the conversation. Bob may hang up as soon
// as he has pressed the code. When the park refuses he is told why, and the two talk on.
func Park(t *task.Task, p b2bua.Press) {
	c := p.Leg.Conversation()
	others := c.Others(p.Leg)
	release := c.Keep()
	defer release()
	x := aloneWith(t, p.Leg)
	defer x.back()
	if len(others) != 1 || others[0].Call.State != ua.Talking {
		x.say("code-refused") // a place has room for one
		return
	}
	e, other := c.Exchange(), others[0]
	domain := e.Settings().Domain
	call, err := e.Call(t, b2bua.Outgoing{
		Target: "sip:" + parkAgent + "@" + domain, For: other, Payer: p.Leg.User,
		ReferredBy: "<" + address(p.Leg.User, domain) + ">", Room: c.Room(),
	})
	switch {
	case err != nil:
		x.say(excuse(err))
		return
	case other.Conversation() != c:
		call.HangUp() // who was to be parked has left
		return
	}
	place := placeOf(call)
	c.Add(call)
	c.Drop(p.Leg)
	x.back()
	release()
	_ = p.Leg.Call.Say(t, append(x.voice.Prompts("park-place"), x.voice.Spell(place)...)...)
	p.Leg.Call.HangUp() // F4
}

// excuse is the prompt that says why somebody was not parked.
func excuse(err error) string {
	var status *sip.StatusError
	if errors.As(err, &status) && status.Code == 486 {
		return "park-full"
	}
	return b2bua.Excuse(err)
}

// placeOf is the place that the park names in its answer, "" for none.
func placeOf(call *ua.Call) string {
	d := call.Dialog()
	uri, err := sip.ParseURI(d.Target)
	if err != nil {
		return ""
	}
	place, _ := uri.Params.Get("orbit")
	return sip.Unescape(place)
}
