package room

import (
	"slices"

	"hookflash/sip"
)

// address is what one of the agent's addresses asks for; nothing of it: the factory.
type address struct {
	room string // its number or name
	ask  bool   // for the number of a room
}

// address reads one; code refuses what can't be read.
func (s *Service) address(text string) (a address, code int) {
	uri, err := sip.ParseURI(text)
	if err != nil {
		return a, 400
	}
	a.ask = uri.Params.Has("ask")
	if name, named := uri.Params.Get("room"); named {
		if a.room = lower(sip.Unescape(name)); a.room == "" || len(a.room) > maxName {
			return a, 404
		}
	}
	return a, 0
}

// addressed is the Contact by which an address is answered for (RFC 4579 §5.3): that of a room, where it is one.
func (s *Service) addressed(target string) string {
	if a, code := s.address(target); code == 0 && s.rooms[a.room] != nil {
		return s.rooms[a.room].uri()
	}
	return ""
}

// Alias gives the address at the agent that something else is a name of, for proxy.Settings.Alias: a room by its number or
// name, the number that asks, and those of rooms that are made by calling them. A number that somebody has is theirs. rooms
// are the names of further ones: nil: there are none.
func Alias(settings Settings, more func(name string) bool) func(uri sip.URI) (text string, ok bool) {
	known := map[string]bool{}
	for _, room := range settings.Rooms {
		known[lower(room.Number)], known[lower(room.Name)] = true, true
	}
	for _, number := range settings.AdHoc {
		known[number] = true
	}
	delete(known, "")
	base := "sip:" + Name + "@" + settings.Domain
	return func(uri sip.URI) (string, bool) {
		name := sip.Unescape(uri.User)
		switch {
		case name == "" || name == Name || len(name) > maxName || taken(settings, name):
			return "", false
		case name == settings.Number:
			return base + ";ask", true
		case known[lower(name)] || more != nil && more(lower(name)):
			return base + ";room=" + sip.EscapeUser(name), true
		}
		return "", false
	}
}

// taken tells whether somebody has a number, or is called by it.
func taken(settings Settings, number string) bool {
	users := settings.Users
	return users != nil && (users.Number(number) != "" || users.User(number) != nil || users.Group(number) != nil)
}

// free is the first number of a room that is made by a call; "" when all are taken.
func (s *Service) free() string {
	at := slices.IndexFunc(s.settings.AdHoc, func(number string) bool {
		return number != s.settings.Number && s.rooms[lower(number)] == nil && !taken(s.settings, number)
	})
	if at < 0 {
		return ""
	}
	return s.settings.AdHoc[at]
}
