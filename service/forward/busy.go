package forward

import (
	"hookflash/proxy"
	"hookflash/sip"
)

// Busy is what the proxy does for User B1 who is busy, and whose calls then go to User B2:
// RFC 5359 §2.8.
//
//	Alice            Proxy          User B1             User B2
//	  |                |              |                   |
//	  |    INVITE F1   |              |                   |
//	  |--------------->|   INVITE F2  |                   |
//	  |                |------------->|                   |
//	  |(100 Trying) F3 |              |                   |
//	  |<---------------|  486 Busy F4 |                   |
//	  |                |<-------------|                   |
//	  |                |     ACK F5   |                   |
//	  |                |------------->|                   |
//	  |(181 Call is Being Forwarded) F6                   |
//	  |<---------------|              |    INVITE F7      |
//	  |                |--------------------------------->|
//	  |                |              | 180 Ringing F8    |
//	  |                |<---------------------------------|
//	  | 180 Ringing F9 |              |                   |
//	  |<---------------|              |      200 OK F10   |
//	  |                |<---------------------------------|
//	  |    200 OK F11  |              |                   |
//	  |<---------------|              |                   |
//	  |     ACK F12    |              |                   |
//	  |--------------->|              |     ACK F13       |
//	  |                |--------------------------------->|
//	  |               Both way RTP Established            |
//	  |<=================================================>|
//	  |    BYE F14     |              |                   |
//	  |--------------->|              |      BYE F15      |
//	  |                |--------------------------------->|
//	  |                |              |    200 OK F16     |
//	  |  200 OK F17    |<---------------------------------|
//	  |<---------------|              |                   |
var Busy = proxy.Service{Name: "call-forwarding-busy", Arrive: doNotDisturb, Fail: busy}

var disturbed = &sip.StatusError{Code: 486, Reason: "Do Not Disturb"}

// doNotDisturb is busy before any phone rings.
func doNotDisturb(c *proxy.Context) proxy.Decision {
	r := routing(c)
	switch {
	case r == nil || !r.DoNotDisturb:
		return proxy.Decision{}
	case c.Emergency:
		if c.Note != nil {
			c.Note("do-not-disturb of " + c.Callee.Name + " does not keep a call for help away")
		}
		return proxy.Decision{}
	case !r.Forward.Busy.IsZero():
		return redirect(c, r.Forward.Busy, proxy.UserBusy, "do-not-disturb, forwarding when busy")
	}
	if c.Note != nil {
		c.Note("do-not-disturb of " + c.Callee.Name + ": no phone rings, and there is no forwarding when busy")
	}
	return proxy.Decision{Act: proxy.Reject, Status: disturbed, Rule: "do-not-disturb"}
}

// busy is F4: every phone is, or one says that the user is everywhere (600).
func busy(c *proxy.Context, code int) proxy.Decision {
	r := routing(c)
	if r == nil || code != 486 && code != 600 || r.Forward.Busy.IsZero() {
		return proxy.Decision{}
	}
	return redirect(c, r.Forward.Busy, proxy.UserBusy, "forwarding when busy")
}
