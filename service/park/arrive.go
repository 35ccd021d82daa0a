package park

import (
	"hookflash/event/dialoginfo"
	"hookflash/event/refer"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// referred takes a REFER that asks to take somebody over: RFC 5359 §2.15, F5 to F15.
//
//	Alice             Bob            park
//	  |      RTP       |  REFER Refer-To: A?Replaces F5
//	  |<==============>|-------------->|
//	  |                |   200 OK F6   |
//	  |                |<--------------|
//	  |                |   NOTIFY F7   |
//	  |                |<--------------|
//	  |                |   200 OK F8   |
//	  |                |-------------->|
//	  |      INVITE Replaces: B F9     |
//	  |<-------------------------------|
//	  |            200 OK F10          |
//	  |------------------------------->|
//	  |             ACK F11            |
//	  |<-------------------------------|
//	  |              music             |
//	  |<===============================|
//	  |     BYE F12    |               |
//	  |--------------->|               |
//	  |   200 OK F13   |               |
//	  |<---------------|               |
//	  |                |   NOTIFY F14  |
//	  |                |<--------------|
//	  |                |   200 OK F15  |
//	  |                |-------------->|
//
// From in what F14 reports names the place. Until Alice has answered, nothing of the old call changes, and nothing if she
// does not.
func (s *Service) referred(r *ua.Referral) {
	if y := s.stays[r.Call]; r.Call != nil && y != nil && y.own && r.Method == sip.INVITE && r.Replaces.CallID != "" {
		s.swapByReferral(r, y) // within the call by which the parker asked for the place
		return
	}
	user := s.user(r.From)
	a, code := s.address(r.Address)
	switch {
	case r.Method != sip.INVITE:
		code = 501
	case user == "" || r.Call != nil:
		code = 403
	case code == 0 && r.Replaces.CallID == "":
		code = 400 // whom nobody talks to is not to be parked, but called
	}
	var place *slot
	if code == 0 {
		place, code = s.place(a, user)
	}
	if code != 0 {
		r.Refuse(code)
		return
	}
	y := s.reserve(place, r.From)
	r.Accept() // F6, F7
	started := s.agent.Go("park", func(t *task.Task) {
		defer y.leave(dialoginfo.LocalBye)
		r.Heard(t) // F8
		call, err := s.fetch(t, r, y)
		if err != nil {
			r.Tell(refer.Status(codeOf(err)))
			return
		}
		y.enter(call)
		defer call.HangUp()
		y.stand()
		s.report(r, call)
		y.keep(t)
	})
	if started == nil { // task.MaxTasks
		r.Tell(refer.Status(486))
		y.leave(dialoginfo.Error)
	}
}

// fetch takes the call over that a REFER names: F9 to F11.
func (s *Service) fetch(t *task.Task, r *ua.Referral, y *stay) (*ua.Call, error) {
	call, err := s.agent.Invite(ua.Invitation{Target: unpaid(r.Target), Replaces: r.Replaces, ReferredBy: r.ReferredBy, From: y.shown()})
	if err != nil {
		return nil, err
	}
	defer func() {
		if call.State != ua.Talking {
			call.HangUp()
		}
	}()
	return call, call.Settle(t)
}

// shown is how the agent calls: its address names the place.
func (y *stay) shown() ua.Party {
	return ua.Party{
		URI:  "sip:" + Name + "@" + y.service.settings.Domain + ";orbit=" + sip.EscapeUser(y.slot.name),
		Name: y.slot.lot.dialled(y.slot.name), Asserted: true,
	}
}

// report tells the referrer of the call that stands, when the old one has had time to end.
func (s *Service) report(r *ua.Referral, call *ua.Call) {
	fragment := call.Fragment(200)
	s.agent.Go("report", func(t *task.Task) {
		t.Sleep(ua.Beat)
		r.Tell(fragment) // F14, F15
	})
}

// place is a place that is free; code refuses when there is none.
func (s *Service) place(a address, user string) (p *slot, code int) {
	if a.slot != nil {
		if a.slot.state != Free {
			return nil, 486
		}
		return a.slot, 0
	}
	l := a.lot
	if l == nil {
		l = s.lotOf(user)
	}
	if l == nil {
		return nil, 404
	}
	if p = l.free(); p == nil {
		return nil, 486
	}
	return p, 0
}

// called takes an INVITE: of somebody who was transferred here, who parks by calling, or who takes a parked call.
func (s *Service) called(c *ua.Call) {
	a, code := s.address(c.Target)
	if code != 0 {
		c.Reject(sip.Answer{Code: code})
		return
	}
	transferred := s.referrer(c.ReferredBy)
	switch {
	case a.retrieve || a.bridge, a.slot != nil && a.slot.state != Free && transferred == "":
		s.retrieve(c, a)
	case a.slot != nil && a.slot.state == Free && transferred == "" && !a.lot.Valet:
		s.excuse(c, "park-empty", 480)
	default:
		s.arrive(c, a, transferred)
	}
}

// arrive parks who calls. Contact names the place to who was transferred: the agent between telephones reads it there.
//
//	Alice             Bob            park
//	  |  REFER Refer-To: 701 F1        |
//	  |<---------------|               |
//	  |   200 OK F2    |               |
//	  |--------------->|               |
//	  |   NOTIFY F3    |               |
//	  |--------------->|               |
//	  |   200 OK F4    |               |
//	  |<---------------|               |
//	  |     INVITE Referred-By: B F5   |
//	  |------------------------------->|
//	  |            200 OK F6           |
//	  |<-------------------------------|
//	  |             ACK F7             |
//	  |------------------------------->|
//	  |              music             |
//	  |<===============================|
//	  |   NOTIFY F8    |               |
//	  |--------------->|               |
//	  |   200 OK F9    |               |
//	  |<---------------|               |
//	  |    BYE F10     |               |
//	  |<---------------|               |
//	  |   200 OK F11   |               |
//	  |--------------->|               |
func (s *Service) arrive(c *ua.Call, a address, transferred string) {
	user := transferred
	if user == "" {
		user = s.user(c.Remote)
	}
	if user == "" {
		c.Reject(sip.Answer{Code: 403})
		return
	}
	place, code := s.place(a, user)
	guest := !c.Remote.Asserted && (transferred == "" || s.served(c) != transferred)
	if code == 0 && guest && place.lot.guests >= max(1, len(place.lot.slots)/2) {
		code = 486
	}
	switch {
	case code == 486 && transferred == "" && a.slot == nil:
		s.excuse(c, "park-full", 486)
		return
	case code != 0:
		c.Reject(sip.Answer{Code: code})
		return
	}
	parker := ua.Party{URI: "sip:" + sip.EscapeUser(user) + "@" + s.settings.Domain}
	y := s.reserve(place, parker)
	y.own, y.guest = transferred == "", guest
	if guest {
		place.lot.guests++
	}
	y.enter(c)
	if !y.own {
		c.Address = y.shown().URI
	}
	started := s.agent.Go("park", func(t *task.Task) {
		defer c.HangUp()
		defer y.leave(dialoginfo.RemoteBye)
		if !answered(t, c) {
			return
		}
		if !y.own {
			y.stand()
			y.tell(a)
		}
		y.keep(t)
	})
	if started == nil { // task.MaxTasks
		y.leave(dialoginfo.Error)
		c.Reject(sip.Answer{Code: 486})
	}
}

// served is the user on whose behalf the agent between telephones calls, "" for none: the server vouches for that.
func (s *Service) served(c *ua.Call) string {
	if c.Request() == nil {
		return ""
	}
	value, said := c.Request().HeaderNamed(proxy.ServedUser)
	address, err := sip.ParseAddress(value)
	if !said || err != nil {
		return ""
	}
	return s.local(address.Text)
}

// answered takes a call that came in, and tells whether it stands.
func answered(t *task.Task, c *ua.Call) bool {
	events := c.Watch()
	defer c.Unwatch(events)
	if c.Answer() != nil {
		return false
	}
	for c.State != ua.Over {
		t.First(events)
		if e, _ := events.Take(); e.Kind == ua.Acknowledged {
			return true
		}
	}
	return false
}

// tell writes to a parker who named no place which one it is: nothing of the transfer says so.
func (y *stay) tell(a address) {
	if a.slot != nil {
		return
	}
	who := y.call.Remote.Name
	if who == "" {
		who = y.call.Remote.URI
	}
	_ = y.service.agent.Write(ua.Letter{From: y.shown(), To: y.parker.URI, Text: y.slot.lot.dialled(y.slot.name) + ": " + who}, nil)
}

// excuse refuses a call, and says why before that.
func (s *Service) excuse(c *ua.Call, prompt string, code int) {
	started := s.agent.Go("excuse", func(t *task.Task) {
		defer c.Reject(sip.Answer{Code: code})
		if c.Early(sip.Answer{Code: 183}) == nil {
			_ = c.Say(t, s.voice(c.Remote).Prompt(prompt)) // the code says it too
		}
	})
	if started == nil {
		c.Reject(sip.Answer{Code: code})
	}
}
