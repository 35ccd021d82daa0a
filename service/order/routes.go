package order

import (
	"hookflash/proxy"
	"hookflash/service/findme"
	"hookflash/service/forward"
	"hookflash/service/screen"
)

// Routes are the routing services, in the order in which they are asked: whether the call may go
// out, whether it is let in, and then where it goes.
var Routes = []proxy.Service{
	screen.Outgoing,       // RFC 5359 §2.14
	screen.Incoming,       // §2.13
	forward.Unconditional, // §2.7
	findme.Group,
	findme.FindMe,    // §2.12
	forward.Busy,     // §2.8
	forward.NoAnswer, // §2.9
}
