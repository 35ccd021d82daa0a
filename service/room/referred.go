package room

import (
	"hookflash/event/refer"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// referred takes a REFER to a room: to have somebody called (RFC 4579 §5.5), or removed by method=BYE (§5.11). Moderators may,
// and for the former all who are in it, where the room lets them.
func (s *Service) referred(r *ua.Referral) {
	m, role, payer := s.referrer(r)
	switch {
	case m == nil:
		r.Refuse(404)
	case r.Method != sip.INVITE && r.Method != sip.BYE:
		r.Refuse(501)
	case role != Moderator && (role == "" || r.Method == sip.BYE || !m.MembersInvite):
		r.Refuse(403)
	case r.Method == sip.BYE:
		s.removed(r, m)
	default:
		s.invited(r, m, payer)
	}
}

// referrer is the room that a REFER is for, what its sender is there, and the user whose permissions a call goes by.
func (s *Service) referrer(r *ua.Referral) (m *meeting, role Role, payer string) {
	payer = s.user(r.From)
	a, code := s.address(r.Address)
	if code == 0 {
		m = s.rooms[a.room]
	}
	if p := s.calls[r.Call]; p != nil && r.Call != nil && (m == nil || p.room == m) {
		if payer == "" {
			payer = p.user
		}
		return p.room, p.role, payer
	}
	if m == nil || payer == "" {
		return m, "", ""
	}
	if m.right(payer) == Moderator {
		return m, Moderator, payer
	}
	for _, p := range m.present {
		if p.user == payer && p.talks() && !p.dialled && (role == "" || p.role == Moderator) {
			role = p.role
		}
	}
	return m, role, payer
}

// invited has somebody called.
func (s *Service) invited(r *ua.Referral, m *meeting, payer string) {
	if len(m.present) >= m.limit() {
		r.Refuse(486)
		return
	}
	if a, code := s.address(r.Target); code == 0 && a.room != "" && s.rooms[a.room] == m {
		r.Refuse(482) // the room itself
		return
	}
	r.Accept()
	s.agent.Go("refer", func(t *task.Task) {
		r.Heard(t)
		_, code := m.dial(dialing{
			target: r.Target, payer: payer, by: r.From.URI, referredBy: r.ReferredBy, replaces: r.Replaces, role: Member,
			report: func(f refer.Fragment) { r.Tell(f) },
		})
		if code != 0 {
			r.Tell(refer.Status(code))
		}
	})
}

// removed has somebody hung up.
//
//	alice                conference       bob      carol
//	  |                       |            |         |
//	  |       INVITE F1       |            |         |
//	  |---------------------->|            |         |
//	  |       200 OK F2       |            |         |
//	  |<----------------------|            |         |
//	  |         ACK F3        |            |         |
//	  |---------------------->|            |         |
//	  |                       |  INVITE F4 |         |
//	  |                       |<-----------|         |
//	  |                       |  200 OK F5 |         |
//	  |                       |----------->|         |
//	  |                       |   ACK F6   |         |
//	  |                       |<-----------|         |
//	  |                       |       INVITE F7      |
//	  |                       |<---------------------|
//	  |                       |       200 OK F8      |
//	  |                       |--------------------->|
//	  |                       |        ACK F9        |
//	  |                       |<---------------------|
//	  |       REFER F10       |            |         |
//	  |---------------------->|            |         |
//	  |       200 OK F11      |            |         |
//	  |<----------------------|            |         |
//	  | NOTIFY 100 Trying F12 |            |         |
//	  |<----------------------|            |         |
//	  |       200 OK F13      |            |         |
//	  |---------------------->|            |         |
//	  |                       |   BYE F14  |         |
//	  |                       |----------->|         |
//	  |                       | 200 OK F15 |         |
//	  |                       |<-----------|         |
//	  |   NOTIFY 200 OK F16   |            |         |
//	  |<----------------------|            |         |
//	  |       200 OK F17      |            |         |
//	  |---------------------->|            |         |
func (s *Service) removed(r *ua.Referral, m *meeting) {
	leaving := m.named(r.Target)
	if len(leaving) == 0 {
		r.Refuse(404)
		return
	}
	r.Accept()
	s.agent.Go("remove", func(t *task.Task) {
		r.Heard(t)
		for _, p := range leaving {
			p.remove("booted")
		}
		t.Sleep(ua.Beat)
		r.Tell(refer.Status(200))
	})
}

// named are the participants whom a URI names, by their address or that of their phone.
func (m *meeting) named(target string) (found []*participant) {
	uri, err := sip.ParseURI(target)
	if err != nil {
		return nil
	}
	uri.Headers = ""
	uri.Params = uri.Params.Without("method")
	entity := bare(target)
	for _, p := range m.present {
		own := false
		if p.call != nil {
			contact, err := sip.ParseURI(p.call.Dialog().Target)
			own = err == nil && contact.Equal(uri)
		}
		if own || p.entity == entity && !uri.Params.Has("gr") {
			found = append(found, p)
		}
	}
	return found
}
