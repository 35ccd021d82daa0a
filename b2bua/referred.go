package b2bua

import (
	"errors"
	"time"

	"hookflash/event/refer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// goodbyes is how long a transferor may take to hang up after its transfer succeeded.
const goodbyes = 32 * time.Second

// referred follows a REFER on behalf of those whom the transferor talks with (RFC 5359 §2.4, §2.5): they need know nothing
// of it.
//
//	Transferor      Exchange        Others        Target
//	  |  REFER F1      |               |             |
//	  |--------------->|               |             |
//	  |   200 F2       |               |             |
//	  |<---------------|               |             |
//	  |  NOTIFY 100 F3 |               |             |
//	  |<---------------|   INVITE F5   |             |
//	  |   200 F4       |---------------------------->|
//	  |--------------->|   200 F6      |             |
//	  |                |<----------------------------|
//	  |                |   ACK F7      |             |
//	  |                |---------------------------->|
//	  |  NOTIFY 200 F8 |<=============>|             |
//	  |<---------------|<===========================>|
//	  |   200 F9       |
//	  |--------------->|
//	  |   BYE F10      |
//	  |--------------->|
//	  |   200 F11      |
//	  |<---------------|
//
// Where Refer-To names a dialog of ours by Replaces, the two conversations become one, and nobody is called: F5 to F7 are
// a BYE to the transferor in the other dialog.
func (e *Exchange) referred(r *ua.Referral) {
	leg := e.legs[r.Call]
	switch {
	case leg == nil:
		r.Refuse(403) // it is no business of ours
		return
	case r.Method != sip.INVITE:
		r.Refuse(501)
		return
	case r.Call.State != ua.Talking || leg.conversation.Busy() || len(leg.conversation.legs) < 2:
		r.Refuse(486)
		return
	}
	other := e.Named(r.Replaces)
	if other != nil && (other.conversation == leg.conversation || !other.belongsTo(leg)) {
		r.Refuse(403)
		return
	}
	if other != nil && other.conversation.Busy() {
		r.Refuse(486)
		return
	}
	if e.agent.Go("refer", func(t *task.Task) {
		r.Accept() // F2, F3
		r.Heard(t) // F4
		t.Sleep(ua.Beat)
		e.follow(t, r, leg, other)
	}) == nil {
		r.Refuse(486)
	}
}

// belongsTo tells whether the same person is at the other end of two legs.
func (l *Leg) belongsTo(other *Leg) bool {
	if l.User != "" || other.User != "" {
		return l.User == other.User
	}
	return l.Party.Asserted && other.Party.Asserted && l.Party.URI == other.Party.URI
}

func (e *Exchange) follow(t *task.Task, r *ua.Referral, leg, other *Leg) {
	c := leg.conversation
	switch {
	case c == nil:
		r.Tell(refer.Status(487))
		return
	case c.Busy() || other != nil && other.conversation != nil && other.conversation.Busy(): // somebody else was faster
		r.Tell(refer.Status(486))
		return
	case other != nil:
		e.unite(t, r, leg, other)
		return
	}
	release := c.Keep()
	defer release()
	rest := c.Others(leg)
	if len(rest) == 0 {
		r.Tell(refer.Status(487))
		return
	}
	gone, stop := c.Until(func() bool { return len(c.Others(leg)) == 0 })
	defer stop()
	call, err := e.Call(t, Outgoing{
		Target: plain(r.Target), For: rest[0], Payer: leg.User, Unpaid: leg.User == "", ReferredBy: r.ReferredBy, Replaces: r.Replaces, Room: c.room, Hears: rest, Until: gone,
	}) // F5
	if err != nil {
		r.Tell(refer.Status(codeOf(err)))
		if leg.Call.State == ua.Over { // he has not waited for that
			c.Recall(t, leg.User, err)
		}
		return
	}
	if len(c.Others(leg)) == 0 { // they left meanwhile
		call.HangUp()
		r.Tell(refer.Status(487))
		return
	}
	c.Add(call)
	r.Tell(call.Fragment(200)) // F8
	release()
	e.farewell(t, leg)
}

// unite makes one conversation of those of two legs, which the same person is in.
func (e *Exchange) unite(t *task.Task, r *ua.Referral, leg, other *Leg) {
	to, from := leg.conversation, other.conversation
	if to == nil || from == nil || other.Call.State != ua.Talking {
		r.Tell(refer.Status(481))
		return
	}
	defer to.Keep()()
	keep := from.Keep()
	from.Drop(other)
	to.Move(from)
	keep()
	other.Call.HangUp()
	r.Tell(refer.Status(200))
	e.farewell(t, leg)
}

// farewell takes the transferor out, who is to hang up: F10. Who does not is hung up.
func (e *Exchange) farewell(t *task.Task, leg *Leg) {
	call := leg.Call
	if c := leg.conversation; c != nil {
		c.Drop(leg)
	}
	events := call.Watch()
	defer call.Unwatch(events)
	limit := t.After(goodbyes)
	for call.State != ua.Over {
		if t.First(events, limit) == 1 {
			break
		}
		events.Take()
	}
	call.HangUp()
}

func codeOf(err error) int {
	var status *sip.StatusError
	if errors.As(err, &status) && status.Code >= 300 {
		return status.Code
	}
	if errors.Is(err, ua.ErrOver) {
		return 487
	}
	return 500
}
