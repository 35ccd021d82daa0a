package room

import (
	"hookflash/sip"
	"hookflash/ua"
)

// replaced takes an INVITE with Replaces: a participant is transferred to somebody else, or to another of their phones. Who
// may, the server has found out (RFC 3891 §4); a lock keeps nobody out whose place was in the room.
//
//	Alice           conference            Bob
//	  |    in the room    |                  |
//	  |<=================>|                  |
//	  |          REFER Refer-To: room?Replaces F1
//	  |------------------------------------->|
//	  |                   | INVITE Replaces F2
//	  |                   |<-----------------|
//	  |                   |     200 OK F3    |
//	  |                   |----------------->|
//	  |                   |      ACK F4      |
//	  |                   |<-----------------|
//	  |      BYE F5       |                  |
//	  |<------------------|                  |
func (s *Service) replaced(c, old *ua.Call) {
	p := s.calls[old]
	if p == nil || !p.talks() {
		c.Reject(sip.Answer{Code: 481})
		return
	}
	role := p.role
	if role == Moderator && s.user(c.Remote) != p.user && p.room.right(s.user(c.Remote)) != Moderator {
		role = Member // who is put in a moderator's place is none
	}
	old.Successor = c
	p.room.let(c, role, p)
}

// joined takes an INVITE with Join to the dialog of a participant: it is a way into the room like any other (RFC 3911 §5).
func (s *Service) joined(c, with *ua.Call) {
	p := s.calls[with]
	if p == nil {
		c.Reject(sip.Answer{Code: 481})
		return
	}
	s.dialIn(c, lower(p.room.id()))
}
