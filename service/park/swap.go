package park

import (
	"hookflash/event/refer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// replaced takes an INVITE with Replaces to the agent: a parker who asked for a place by calling, and heard which one, puts
// somebody else into it (an attended transfer to 700). Anybody else who names a parked call wants to take it.
//
//	Alice             Bob            park
//	  |  on hold       |  INVITE 700 F1|
//	  |                |-------------->|
//	  |                |   200 OK F2   |
//	  |                |<--------------|
//	  |                |     ACK F3    |
//	  |                |-------------->|
//	  |                |  "7 0 1"      |
//	  |                |<==============|
//	  | REFER Refer-To: 700?Replaces F4|
//	  |<---------------|               |
//	  |   200 OK F5    |               |
//	  |--------------->|               |
//	  |   NOTIFY F6    |               |
//	  |--------------->|               |
//	  |   200 OK F7    |               |
//	  |<---------------|               |
//	  |     INVITE Replaces: B F8      |
//	  |------------------------------->|
//	  |            200 OK F9           |
//	  |<-------------------------------|
//	  |            ACK F10             |
//	  |------------------------------->|
//	  |                |    BYE F11    |
//	  |                |<--------------|
func (s *Service) replaced(c, old *ua.Call) {
	y := s.stays[old]
	switch {
	case y == nil || y.call != old:
		c.Reject(sip.Answer{Code: 403})
	case y.own && !y.coming && y.slot.state.may(swap) && (y.slot.state == Arriving || s.referrer(c.ReferredBy) == s.local(y.parker.URI)):
		if !y.exchange("replace", func(t *task.Task) (*ua.Call, bool) { return c, answered(t, c) }) {
			c.Reject(sip.Answer{Code: 486})
		}
	case !s.may(s.user(c.Remote), y):
		c.Reject(sip.Answer{Code: 403})
	default:
		s.retrieve(c, address{slot: y.slot, lot: y.slot.lot, bridge: true})
	}
}

// swapByReferral is the same by a REFER to the agent: the parker's phone refers the place to who is to be parked, instead of
// the other way.
func (s *Service) swapByReferral(r *ua.Referral, y *stay) {
	if y.coming || !y.slot.state.may(swap) {
		r.Refuse(486)
		return
	}
	r.Accept()
	started := y.exchange("refer", func(t *task.Task) (*ua.Call, bool) {
		r.Heard(t)
		call, err := s.fetch(t, r, y)
		if err != nil {
			r.Tell(refer.Status(codeOf(err)))
			return nil, false
		}
		s.report(r, call)
		return call, true
	})
	if !started {
		r.Tell(refer.Status(486))
	}
}

// exchange puts another call in the place of the parker's own, which ends when the new one stands. It is false, and all is as
// it was, when the agent can do no more at a time (task.MaxTasks).
func (y *stay) exchange(name string, arrive func(t *task.Task) (*ua.Call, bool)) bool {
	before := y.slot.state
	y.slot.step(swap)
	y.coming = true
	y.show()
	started := y.service.agent.Go(name, func(t *task.Task) {
		call, stands := arrive(t)
		y.coming = false
		if stands {
			old := y.call
			if before == Parked {
				y.offer(false)
			}
			y.enter(call)
			y.own, y.asked = false, false
			defer old.HangUp()
		}
		if y.slot.stay == y && (stands || before == Parked) && y.call.State != ua.Over {
			y.stand()
		}
		y.orders.Put(nil)
	})
	if started == nil {
		if y.coming = false; before == Parked {
			y.stand()
		}
	}
	return started != nil
}
