package park

import (
	"slices"
	"time"

	"hookflash/event/dialoginfo"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/ua"
)

// Name is the user part of the agent's address.
const Name = "park"

// Service is the agent's part in parking. It belongs to the agent: its methods are called within its steps.
type Service struct {
	agent    *ua.Agent
	settings Settings
	orbits   []*lot
	slots    map[string]*slot   // by name
	stays    map[*ua.Call]*stay // of calls that are parked or on their way
	began    uint64             // stays, ever
	joined   int                // pairs that talk through the agent
	lamps    lamps              // of all places
}

// lot is an orbit and its places, in their order.
type lot struct {
	Orbit
	slots  []*slot
	guests int // of its calls that nobody vouches for
}

// slot is one place.
type slot struct {
	name  string
	lot   *lot
	state State
	stay  *stay // nil while it is free
	lamps lamps
}

// Install makes an agent the park of its domain.
func Install(a *ua.Agent, settings Settings) *Service {
	s := &Service{agent: a, slots: map[string]*slot{}, stays: map[*ua.Call]*stay{}}
	s.lamps.user.Entity = "sip:" + Name + "@" + settings.Domain
	s.Configure(settings)
	a.Handle(ua.Handlers{
		Invite: s.called, Replace: s.replaced, Refer: s.referred,
		Subscribe: map[string]func(*ua.Subscription){dialoginfo.Package: s.watched},
		Authorize: s.knows,
	})
	a.Begin(s.restore)
	return s
}

// Configure has the agent go by other settings from the next call on. Who is parked at a place that is no more waits on, and
// is called back as before.
func (s *Service) Configure(settings Settings) {
	old := s.slots
	s.settings, s.orbits, s.slots = settings, nil, map[string]*slot{}
	for _, orbit := range settings.Orbits {
		l := &lot{Orbit: orbit.withDefaults()}
		for _, name := range orbit.Slots {
			if s.slots[name] != nil || len(s.slots) == MaxSlots {
				continue
			}
			place := old[name]
			if place == nil {
				place = &slot{name: name}
			}
			place.lamps.user.Entity = "sip:" + sip.EscapeUser(l.dialled(name)) + "@" + settings.Domain
			if place.lot != nil && place.stay != nil && place.stay.guest {
				l.guests++
			}
			place.lot = l
			l.slots = append(l.slots, place)
			s.slots[name] = place
		}
		s.orbits = append(s.orbits, l)
	}
	for name, place := range old {
		if s.slots[name] == nil {
			place.lamps.end()
		}
	}
}

// step moves a place on.
func (p *slot) step(e move) {
	p.state = p.state.after(e)
	if p.state == Free {
		p.stay = nil
	}
}

// reserve keeps a free place for a call that is on its way.
func (s *Service) reserve(p *slot, parker ua.Party) *stay {
	p.step(reserve)
	s.began++
	y := &stay{service: s, slot: p, number: s.began, parker: parker, since: s.agent.Now()}
	p.stay = y
	y.show()
	return y
}

// knows tells whether who sends a request may have a say in our calls: the proxy has asked whether it is their business.
func (s *Service) knows(p machine.Packet) bool {
	who, _ := s.agent.Vouched(p)
	return s.user(who) != ""
}

// user is the user of the domain that our server vouches for; "" for everybody else.
func (s *Service) user(p ua.Party) string {
	if !p.Asserted {
		return ""
	}
	return s.local(p.URI)
}

// local is the name of a user of the domain by an address, "" for anything else.
func (s *Service) local(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() || sip.Lower(uri.Host) != sip.Lower(s.settings.Domain) {
		return ""
	}
	user := s.settings.Users.User(sip.Unescape(uri.User))
	if user == nil {
		return ""
	}
	return user.Name
}

// referrer is the user whom a Referred-By names, "" for nobody of the domain (RFC 3892). Nobody vouches for it.
func (s *Service) referrer(value string) string {
	address, err := sip.ParseAddress(value)
	if value == "" || err != nil {
		return ""
	}
	return s.local(address.Text)
}

// lotOf is the orbit of a user: the first that names them, else the first of all.
func (s *Service) lotOf(user string) *lot {
	for _, l := range s.orbits {
		if l.named(user, s.settings.Users) {
			return l
		}
	}
	for _, l := range s.orbits {
		if len(l.Members) == 0 && !l.Valet {
			return l
		}
	}
	return nil
}

// free is the first free place of an orbit.
func (l *lot) free() *slot {
	for _, p := range l.slots {
		if p.state == Free {
			return p
		}
	}
	return nil
}

// may tells whether a user may take the call of a place: members may, and who parked it.
func (s *Service) may(user string, y *stay) bool {
	return user != "" && (y.slot.lot.member(user, s.settings.Users) || user == s.local(y.parker.URI))
}

// offer lets the proxy let those through who may take a call by Replaces; open false takes that back.
func (y *stay) offer(open bool) {
	d := y.call.Dialog()
	o := proxy.Offer{Dialog: d.Triple(), By: Name}
	if open {
		o.To, o.All = y.slot.lot.offered(y.service.settings.Users)
		if parker := y.service.local(y.parker.URI); parker != "" && !o.All && !slices.Contains(o.To, parker) {
			o.To = append(o.To, parker)
		}
	}
	y.service.agent.Tell(o)
}

// Waiting is a place that is not free.
type Waiting struct {
	Place  string // as it is dialled
	Orbit  string
	State  State
	Who    string // URI of who is parked, "" while that is not known
	Parker string // URI of who did that
	Since  time.Time
}

// Waiting are the places that are not free, in their order.
func (s *Service) Waiting() (all []Waiting) {
	for _, l := range s.orbits {
		for _, p := range l.slots {
			y := p.stay
			if y == nil {
				continue
			}
			w := Waiting{Place: l.dialled(p.name), Orbit: l.Name, State: p.state, Parker: y.parker.URI, Since: y.since}
			if y.call != nil {
				w.Who = y.call.Remote.URI
			}
			all = append(all, w)
		}
	}
	return all
}

// Load counts what there is.
type Load struct {
	States        [states]int // of places
	Joined        int         // pairs that talk through the agent
	Subscriptions int         // to places
}

// Load counts.
func (s *Service) Load() (l Load) {
	for _, p := range s.slots {
		l.States[p.state]++
		l.Subscriptions += p.lamps.count()
	}
	l.Joined = s.joined
	l.Subscriptions += s.lamps.count()
	return l
}
