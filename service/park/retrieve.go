package park

import (
	"hookflash/b2bua"
	"hookflash/event/dialoginfo"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// retrieve lets who calls a place take the call that is parked there. Where its phone knows Replaces, the caller is sent there
// with one, which the server does itself (RFC 3261 §16.5, RFC 3891):
//
//	Carol           server          park           Alice
//	  | INVITE 701 F1 |               |               |
//	  |-------------->|-------------->|               |
//	  |               |   302 A?Replaces F2           |
//	  |               |<--------------|               |
//	  |               |        INVITE Replaces: P F3  |
//	  |               |------------------------------>|
//	  |               |           200 OK F4           |
//	  |<--------------|<------------------------------|
//	  |               |               |     BYE F5    |
//	  |               |               |<--------------|
//
// Where it does not, or the Replaces is refused, both talk through the agent.
func (s *Service) retrieve(c *ua.Call, a address) {
	user := s.user(c.Remote)
	y := s.wanted(a, user)
	switch {
	case y == nil:
		s.excuse(c, "park-empty", 480)
		return
	case !s.may(user, y):
		c.Reject(sip.Answer{Code: 403})
		return
	}
	again := y.slot.state == Leaving && y.to == user && !y.taking && a.bridge
	if !again && !y.slot.state.may(fetch) {
		c.Reject(sip.Answer{Code: 486})
		return
	}
	if !again {
		y.slot.step(fetch)
		y.to, y.leaveBy = user, s.agent.Now().Add(LeaveLimit)
		y.show()
	}
	y.plain = y.plain || again
	if a.bridge || y.plain || y.asked || !y.call.Supports("replaces") {
		y.taking = true
		y.orders.Put(c)
		return
	}
	d := y.call.Dialog()
	c.Redirect(302, sip.RequestURI(d.Target)+"?Replaces="+sip.EscapeHeader(string(d.Triple().AppendReplaces(nil)))+"&Require=replaces")
	y.orders.Put(nil)
}

// wanted is the stay that an address is about, nil for none.
func (s *Service) wanted(a address, user string) *stay {
	if a.slot != nil {
		return a.slot.stay
	}
	var oldest *stay
	for _, l := range s.orbits {
		if a.lot != nil && l != a.lot {
			continue
		}
		for _, p := range l.slots {
			y := p.stay
			if y == nil || !s.may(user, y) {
				continue
			}
			if a.bridge && p.state == Leaving && y.to == user {
				return y // that is the one which was being taken
			}
			if p.state.may(fetch) && (oldest == nil || y.number < oldest.number) {
				oldest = y
			}
		}
	}
	return oldest
}

// hand joins the call that waits with the one of who takes it, when that stands; true when the place is free by that.
func (y *stay) hand(t *task.Task, waits *task.Queue[ua.Event], taker *ua.Call) (gone bool) {
	call := y.call
	events := taker.Watch()
	defer taker.Unwatch(events)
	if taker.State == ua.Over || taker.Answer() != nil {
		y.back()
		return false
	}
	for {
		switch t.First(waits, events) {
		case 0:
			waits.Take()
			if call.State == ua.Over {
				taker.HangUp()
				return false
			}
		case 1:
			e, _ := events.Take()
			if e.Kind == ua.Acknowledged {
				y.join(t, taker)
				return true
			}
			if taker.State == ua.Over {
				y.back()
				return false
			}
		}
	}
}

// join makes the place free, and lets the call that waited and another one hear each other until one of them hangs up.
func (y *stay) join(t *task.Task, with *ua.Call) {
	call := y.call
	y.leave(dialoginfo.Replaced)
	y.service.joined++
	defer func() { y.service.joined-- }()
	b2bua.Talk(t, with, call)
}
