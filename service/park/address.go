package park

import (
	"cmp"
	"strings"

	"hookflash/sip"
)

// maxOrbit is how many octets the name of an orbit or place has; 404 beyond.
const maxOrbit = 64

// address is what one of the agent's addresses asks for.
type address struct {
	slot     *slot // nil: none is named
	lot      *lot  // nil: none is named
	retrieve bool  // the call that waits longest
	bridge   bool  // through the agent
}

// address reads one; code refuses what can't be read.
func (s *Service) address(text string) (a address, code int) {
	uri, err := sip.ParseURI(text)
	if err != nil {
		return a, 400
	}
	a.retrieve, a.bridge = uri.Params.Has("retrieve"), uri.Params.Has("bridge")
	name, named := uri.Params.Get("orbit")
	if !named {
		return a, 0
	}
	if name = sip.Unescape(name); len(name) > maxOrbit {
		return a, 404
	}
	if a.slot = s.slots[strings.TrimPrefix(name, "*")]; a.slot != nil {
		a.lot = a.slot.lot
		return a, 0
	}
	for _, l := range s.orbits {
		if strings.EqualFold(l.Name, name) {
			a.lot = l
			return a, 0
		}
	}
	return a, 404
}

// Another number of the first free place, and those by which the call is taken that waits longest, as on other systems.
const (
	otherNumber = "5900"
	oldest      = "#72"
	otherOldest = "5901"
)

// Alias gives the address at the agent that something else is a name of, for proxy.Settings.Alias: a place by its number,
// the number of all, park+701 and callpark;orbit=701 as some phones write them. A number that somebody has is theirs.
func Alias(settings Settings) func(uri sip.URI) (text string, ok bool) {
	places, orbits := map[string]string{}, map[string]string{}
	for _, o := range settings.Orbits {
		orbits[o.Name] = o.Name
		for _, name := range o.Slots {
			places[o.dialled(name)] = name
		}
	}
	base := "sip:" + Name + "@" + settings.Domain
	at := func(place string) string { return base + ";orbit=" + sip.EscapeUser(place) }
	return func(uri sip.URI) (string, bool) {
		name := sip.Unescape(uri.User)
		if rest, ok := strings.CutPrefix(name, "park+"); ok {
			if place := places[rest]; place != "" {
				return at(place), true
			}
			return base, rest == settings.Number
		}
		if name == "callpark" {
			orbit, named := uri.Params.Get("orbit")
			if !named {
				return base, true
			}
			orbit = sip.Unescape(orbit)
			if place := cmp.Or(places[orbit], orbits[orbit]); place != "" {
				return at(place), true
			}
			return "", false
		}
		place := places[name]
		switch {
		case name == "" || name[0] != '*' && taken(settings, name):
			return "", false
		case place != "":
			return at(place), true
		case name == settings.Number, name == otherNumber:
			return base, true
		case name == oldest, name == otherOldest:
			return base + ";retrieve", true
		}
		return "", false
	}
}

// taken tells whether somebody has a number, or is called by it.
func taken(settings Settings, number string) bool {
	users := settings.Users
	return users != nil && (users.Number(number) != "" || users.User(number) != nil || users.Group(number) != nil)
}
