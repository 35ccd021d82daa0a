package forward

import (
	"time"

	"hookflash/directory"
	"hookflash/proxy"
)

// NoAnswer is what the proxy does for User B1 who does not answer, and whose calls then go to
// User B2: RFC 5359 §2.9. Who cannot be reached at all may have another target.
//
//	Alice            Proxy         User B1             User B2
//	  |                |              |                   |
//	  |    INVITE F1   |              |                   |
//	  |--------------->|   INVITE F2  |                   |
//	  |(100 Trying) F3 |------------->|                   |
//	  |<---------------|180 Ringing F4|                   |
//	  | 180 Ringing F5 |<-------------|                   |
//	  |<---------------|              |                   |
//	  |                 Request Timeout                   |
//	  |                |   CANCEL F6  |                   |
//	  |                |------------->|                   |
//	  |                |   200 OK F7  |                   |
//	  |                |<-------------|                   |
//	  |                |     487 F8   |                   |
//	  |                |<-------------|                   |
//	  |                |     ACK F9   |                   |
//	  |                |------------->|                   |
//	  |(181 Call is Being Forwarded) F10                  |
//	  |<---------------|              |    INVITE F11     |
//	  |                |--------------------------------->|
//	  |                |              | 180 Ringing F12   |
//	  | 180 Ringing F13|<---------------------------------|
//	  |<---------------|              |      200 OK F14   |
//	  |                |<---------------------------------|
//	  |   200 OK F15   |              |                   |
//	  |<---------------|              |                   |
//	  |     ACK F16    |              |                   |
//	  |--------------->|              |     ACK F17       |
//	  |                |--------------------------------->|
//	  |               Both way RTP Established            |
//	  |<=================================================>|
//	  |    BYE F18     |              |                   |
//	  |--------------->|              |      BYE F19      |
//	  |                |--------------------------------->|
//	  |                |              |    200 OK F20     |
//	  |  200 OK F21    |<---------------------------------|
//	  |<---------------|              |                   |
var NoAnswer = proxy.Service{Name: "call-forwarding-no-answer", Arrive: ring, Fail: unanswered}

// ring bounds how long the phones ring, where the call then goes elsewhere; it goes there at once
// when no phone is registered.
func ring(c *proxy.Context) proxy.Decision {
	r := routing(c)
	if r == nil {
		return proxy.Decision{}
	}
	if !c.Registered {
		if c.Note != nil {
			c.Note("no phone of " + c.Callee.Name + " is registered")
		}
		return unreachable(c, &r.Forward)
	}
	if r.Forward.NoAnswer.To.IsZero() {
		return proxy.Decision{}
	}
	after := r.Forward.NoAnswer.After.Or(directory.DefaultRing)
	if c.Note != nil {
		c.Note("forwarding when nobody answers of " + c.Callee.Name + ": the phones ring for " + after.Round(time.Second).String() +
			", then the call goes to " + r.Forward.NoAnswer.To.String())
	}
	return proxy.Decision{Act: proxy.Wait, Ring: after, Rule: "forwarding when nobody answers"}
}

// unanswered is the time-out between F5 and F6, a phone that gave up, or one that is not there.
func unanswered(c *proxy.Context, code int) proxy.Decision {
	r := routing(c)
	if r == nil {
		return proxy.Decision{}
	}
	switch code {
	case 408, 480, 487: // nobody in time, nobody there, cancelled by us
		if !c.Rang && c.Step == 0 {
			return unreachable(c, &r.Forward)
		}
	case 404, 410, 430, 500, 502, 503, 504: // unknown there, gone, connection lost, out of order, no way to it
		return unreachable(c, &r.Forward)
	default:
		return proxy.Decision{}
	}
	if r.Forward.NoAnswer.To.IsZero() {
		return proxy.Decision{}
	}
	return redirect(c, r.Forward.NoAnswer.To, proxy.NotAnswered, "forwarding when nobody answers")
}

// unreachable goes where calls go that no phone can take, else where those go that none takes.
func unreachable(c *proxy.Context, f *directory.Forward) proxy.Decision {
	target := f.Unreachable
	if target.IsZero() {
		target = f.NoAnswer.To
	}
	if target.IsZero() {
		return proxy.Decision{}
	}
	return redirect(c, target, proxy.Unreachable, "forwarding when unreachable")
}
