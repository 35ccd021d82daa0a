package room

import (
	"hookflash/sip"
	"hookflash/ua"
)

// replaced takes an INVITE with Replaces: a participant is transferred to somebody else, or to another of their phones. Who
// may, the server has found out (RFC 3891 §4); a lock keeps nobody out whose place was in the room.
//
//	alice           conference                bob      carol
//	  |                  |                     |         |
//	  |     INVITE F1    |                     |         |
//	  |----------------->|                     |         |
//	  |     200 OK F2    |                     |         |
//	  |<-----------------|                     |         |
//	  |      ACK F3      |                     |         |
//	  |----------------->|                     |         |
//	  |                  |           INVITE F4 |         |
//	  |                  |<------------------------------|
//	  |                  |           200 OK F5 |         |
//	  |                  |------------------------------>|
//	  |                  |             ACK F6  |         |
//	  |                  |<------------------------------|
//	  | INVITE (hold) F7 |                     |         |
//	  |----------------->|                     |         |
//	  |     200 OK F8    |                     |         |
//	  |<-----------------|                     |         |
//	  |      ACK F9      |                     |         |
//	  |----------------->|                     |         |
//	  |               INVITE F10               |         |
//	  |--------------------------------------->|         |
//	  |             180 Ringing F11            |         |
//	  |<---------------------------------------|         |
//	  |               200 OK F12               |         |
//	  |<---------------------------------------|         |
//	  |                 ACK F13                |         |
//	  |--------------------------------------->|         |
//	  |           REFER Replaces F14           |         |
//	  |--------------------------------------->|         |
//	  |               200 OK F15               |         |
//	  |<---------------------------------------|         |
//	  |          NOTIFY 100 Trying F16         |         |
//	  |<---------------------------------------|         |
//	  |               200 OK F17               |         |
//	  |--------------------------------------->|         |
//	  |                  | INVITE Replaces F18 |         |
//	  |                  |<--------------------|         |
//	  |                  |      200 OK F19     |         |
//	  |                  |-------------------->|         |
//	  |                  |       ACK F20       |         |
//	  |                  |<--------------------|         |
//	  |      BYE F21     |                     |         |
//	  |<-----------------|                     |         |
//	  |    200 OK F22    |                     |         |
//	  |----------------->|                     |         |
//	  |            NOTIFY 200 OK F23           |         |
//	  |<---------------------------------------|         |
//	  |               200 OK F24               |         |
//	  |--------------------------------------->|         |
//	  |                 BYE F25                |         |
//	  |<---------------------------------------|         |
//	  |               200 OK F26               |         |
//	  |--------------------------------------->|         |
func (s *Service) replaced(c, old *ua.Call) {
	p := s.calls[old]
	if p == nil || !p.talks() {
		c.Reject(sip.Answer{Code: 481})
		return
	}
	role, user := p.role, s.user(c.Remote)
	if role == Moderator && (user == "" || user != p.user) && p.room.right(user) != Moderator {
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
