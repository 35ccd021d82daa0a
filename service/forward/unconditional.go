package forward

import "hookflash/proxy"

// Unconditional is what the proxy does for Bob, all of whose calls go to a gateway here:
// RFC 5359 §2.7.
//
//	Alice           Proxy          Gateway
//	  |    INVITE F1   |              |
//	  |--------------->|              |
//	  |(100 Trying) F2 |              |
//	  |<---------------|              |
//	  | (181 Call Is Being Forwarded) F3
//	  |<---------------|   INVITE F4  |
//	  |                |------------->|
//	  |                |180 Ringing F5|
//	  | 180 Ringing F6 |<-------------|
//	  |<---------------|  200 OK F7   |
//	  |    200 OK F8   |<-------------|
//	  |<---------------|              |
//	  |     ACK F9     |              |
//	  |--------------->|    ACK F10   |
//	  |                |------------->|
//	  |    Both way RTP Established   |
//	  |<=============================>|
//	  |     BYE F11    |              |
//	  |--------------->|   BYE F12    |
//	  |                |------------->|
//	  |                |   200 OK F13 |
//	  |    200 OK F14  |<-------------|
//	  |<---------------|              |
var Unconditional = proxy.Service{Name: "call-forwarding-unconditional", Arrive: unconditional}

func unconditional(c *proxy.Context) proxy.Decision {
	r := routing(c)
	if r == nil || r.Forward.Unconditional.IsZero() {
		return proxy.Decision{}
	}
	decision := redirect(c, r.Forward.Unconditional, proxy.Unconditional, "unconditional forwarding")
	decision.ByCaller = r.Forward.Redirect
	return decision
}
