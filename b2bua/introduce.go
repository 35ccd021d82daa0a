package b2bua

import (
	"cmp"
	"strings"

	"hookflash/sip"
	"hookflash/ua"
)

// introduce has two who talk with each other told with whom each of them does, where their telephones take that
// (ua.Call.Identify): they would go on showing whom they talked with before. Where that is no person but an agent of the
// server, such as the place where somebody is parked, they may go on so.
//
//	Alice          Exchange         Bob            Carol
//	  |<=============>|<============>|               |
//	  |               |  "##", REFER or Replaces     |
//	  |<=============>|<============================>|
//	  | UPDATE Carol  |              |               |
//	  |<--------------|              |               |
//	  |      200      |              |               |
//	  |-------------->|              |               |
func (c *Conversation) introduce() {
	for i, l := range c.pair() {
		if other := c.legs[1-i]; l.mayKnow() && !other.isAgent() {
			l.Call.Identify(other.shows())
		}
	}
}

// mayKnow tells whether the other end of a leg may be told who others are: telephones of users may, and the server judges
// whether a trunk does. Agents and strangers need not know.
func (l *Leg) mayKnow() bool {
	if l.User == "" && l.Call.Incoming {
		return l.byTrunk()
	}
	return l.User != "" || !l.isAgent()
}

// isAgent tells whether it is an agent of this process that was called: its Contact is of the domain.
func (l *Leg) isAgent() bool {
	contact, err := sip.ParseURI(l.Call.Dialog().Target)
	return err == nil && l.User == "" && !l.Call.Incoming && sip.Lower(contact.Host) == l.conversation.exchange.settings.Domain
}

// byTrunk tells whether a call came by a trunk, as the server says in the address it called.
func (l *Leg) byTrunk() bool {
	uri, err := sip.ParseURI(l.Call.Target)
	return err == nil && l.Call.Incoming && uri.Params.Has("trunk")
}

// shows is who is at the other end of a leg, as the server vouches for it towards others (RFC 3325 §5): who hides, and a
// stranger whose word is all that there is, are nobody in particular. Of whom was called it is what was called.
func (l *Leg) shows() ua.Party {
	s := &l.conversation.exchange.settings
	switch {
	case l.Hides():
		return ua.Anonymous
	case l.User != "":
		shown := ua.Party{URI: "sip:" + sip.EscapeUser(l.User) + "@" + s.Domain, Name: l.Party.Name, Asserted: true}
		if s.NameOf != nil {
			shown.Name = cmp.Or(s.NameOf(l.User), shown.Name)
		}
		return shown
	case l.Party.Asserted:
		return l.Party
	case !l.Call.Incoming, l.byTrunk() && isNumber(l.Party.URI, s.Domain):
		return ua.Party{URI: l.Party.URI, Asserted: true}
	}
	return ua.Anonymous
}

// isNumber tells whether a URI of somebody outside is that of a telephone number, which the telephone network tells of whoever
// calls; any other could be anybody's.
func isNumber(text, domain string) bool {
	uri, err := sip.ParseURI(text)
	if err != nil || uri.IsSIP() && sip.Lower(uri.Host) == domain {
		return false
	}
	digits := strings.TrimPrefix(uri.User, "+")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
