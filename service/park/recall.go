package park

import (
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// alert says why the parker's phone rings: what waited there for too long comes back (RFC 7462 §8.2.1).
const alert = "<urn:alert:service:recall:hold>"

// recall calls the parker, when nobody took the call in time, and joins both; true when that is so. When the parker does not
// answer, the call waits on, and nothing of it has changed.
//
//	Bob             park           Alice
//	  |               |     music     |
//	  |               |==============>|
//	  | INVITE From: A F1             |
//	  |<--------------|               |
//	  |    180 F2     |               |
//	  |-------------->|               |
//	  |    200 F3     |               |
//	  |-------------->|               |
//	  |    ACK F4     |               |
//	  |<--------------|               |
//	  |<=============>|<=============>|
func (y *stay) recall(t *task.Task, waits *task.Queue[ua.Event]) (gone bool) {
	now, l := y.service.agent.Now(), y.slot.lot
	y.recallAt = now.Add(l.Timeout)
	y.offer(true) // members may be others now
	i, ok := y.invitation()
	y.save()
	if !ok {
		return false // there is nobody to call: it waits on
	}
	y.slot.step(ring)
	y.show()
	called, err := y.service.agent.Invite(i) // F1
	if err != nil {
		y.back()
		return false
	}
	gone = y.rings(t, waits, called)
	if !gone && y.slot.state == Recalling {
		y.recallAt = y.service.agent.Now().Add(l.Timeout)
		y.save()
		y.back()
	}
	return gone
}

// invitation is how the parker is called, or the target for calls that nobody took when that was tried often enough; ok is
// false when there is nobody to call.
func (y *stay) invitation() (i ua.Invitation, ok bool) {
	from := y.call.Remote
	if y.call.Incoming {
		from = y.call.Shown
	}
	i = ua.Invitation{From: from}
	if y.call.Incoming && y.call.Remote.Asserted {
		i.Fields = append(i.Fields, ua.Field{Name: sip.HeaderPAssertedIdentity, Value: y.call.Remote.Address()})
	}
	if y.call.Privacy != "" {
		i.Fields = append(i.Fields, ua.Field{Name: sip.HeaderPrivacy, Value: y.call.Privacy})
	}
	if !y.own && y.parker.URI != "" && y.tries < y.slot.lot.Tries {
		y.tries++
		if y.service.undisturbed(y.parker) {
			return i, false
		}
		i.Target = sip.RequestURI(y.parker.URI) + ";phones" // a mailbox would take the call, and nobody could any more
		i.Fields = append(i.Fields, ua.Field{Name: sip.HeaderAlertInfo, Value: alert})
		return i, true
	}
	i.Target = y.target()
	return i, i.Target != ""
}

// undisturbed tells that a user wants no calls now.
func (s *Service) undisturbed(p ua.Party) bool {
	user := s.settings.Users.User(s.local(p.URI))
	return user != nil && user.Routing != nil && user.Routing.DoNotDisturb
}

// rings waits for who is called, for as long as the call may be taken by nobody else.
func (y *stay) rings(t *task.Task, waits *task.Queue[ua.Event], called *ua.Call) (gone bool) {
	events := called.Watch()
	defer called.Unwatch(events)
	limit := t.After(RecallRings)
	for {
		switch t.First(events, waits, &y.orders, limit) {
		case 0:
			events.Take()
			switch called.State {
			case ua.Talking:
				y.join(t, called)
				return true
			case ua.Over:
				return false
			case ua.Trying, ua.Alerting:
			}
		case 1:
			if e, _ := waits.Take(); e.Kind == ua.Found {
				y.found()
			}
			if y.call.State == ua.Over {
				called.HangUp()
				return false
			}
		case 2:
			taker, _ := y.orders.Take()
			if y.slot.state == Recalling {
				continue
			}
			called.HangUp() // somebody takes it
			return taker != nil && y.hand(t, waits, taker)
		case 3:
			called.HangUp()
			return false
		}
	}
}
