package room

import (
	"slices"

	"hookflash/sip"
	"hookflash/ua"
)

// factory makes a room for a user who calls the agent's own address, and lets them in as its moderator (RFC 4579 §5.4).
//
//	alice    conference      bob      carol
//	  |           |           |         |
//	  | INVITE F1 |           |         |
//	  |---------->|           |         |
//	  | 200 OK F2 |           |         |
//	  |<----------|           |         |
//	  |   ACK F3  |           |         |
//	  |---------->|           |         |
//	  |           | INVITE F4 |         |
//	  |           |<----------|         |
//	  |           | 200 OK F5 |         |
//	  |           |---------->|         |
//	  |           |   ACK F6  |         |
//	  |           |<----------|         |
func (s *Service) factory(c *ua.Call) {
	user, number := s.user(c.Remote), s.free()
	switch {
	case user == "":
		c.Reject(sip.Answer{Code: 403})
		return
	case number == "":
		c.Reject(sip.Answer{Code: 486, Reason: "All Rooms Are Taken"})
		return
	}
	m := s.makeByCall(number, user)
	if m == nil {
		c.Reject(sip.Answer{Code: 486, Reason: "All Rooms Are Taken"})
		return
	}
	m.let(c, Moderator, nil)
}

// makeByCall makes a room as a user calls its number, nil where that makes none.
func (s *Service) makeByCall(number, user string) *meeting {
	if user == "" || number == s.settings.Number || !slices.Contains(s.settings.AdHoc, number) || taken(s.settings, number) {
		return nil
	}
	owned := 0
	for _, m := range s.list {
		if m.origin == adHoc && m.owner == user {
			owned++
		}
	}
	if owned >= MaxOwned {
		return nil
	}
	m, code := s.open(Room{Number: number}, adHoc)
	if code != 0 {
		return nil
	}
	m.owner = user
	_ = m.keep() // what can't be kept is lost at a restart
	s.told(Change{Kind: "made", Room: m.id(), Who: user})
	return m
}
