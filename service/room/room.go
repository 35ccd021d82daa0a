package room

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"hookflash/event/conference"
	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Service is the rooms of an agent. It belongs to the agent: its methods are called within its steps.
type Service struct {
	agent    *ua.Agent
	settings Settings
	rooms    map[string]*meeting // by number, and by name
	list     []*meeting          // in the order in which they were made
	calls    map[*ua.Call]*participant
	tries    tries
	asking   int
	stopping bool // the process ends: rooms that are empty by that are kept
	tell     func(Change)
}

// meeting is a room and who is in it. It is there, empty or not, from when the room is made until it is deleted.
type meeting struct {
	Room
	service *Service
	origin  origin
	owner   string // user who made it by a call, and is a moderator
	locked  bool
	over    bool
	graph   graph.Room

	revision uint64         // counts its settings
	present  []*participant // who is in it, waits for a moderator, or is being called, in the order of their coming
	numbered int            // participants, ever
	dialled  bool           // those of Dial were called
	music    func()         // ends what is heard alone; nil: nothing is
	saying   bool           // a coming or going is announced
	recorder *recording     // nil: nothing is recorded
	expiry   *task.Task     // ends a room that nobody came back to

	full, cut conference.Room // as moderators see it, and everybody else
	watchers  []*watcher
}

// Role is what a participant may do.
type Role string

// Roles, as the roster has them.
const (
	Moderator Role = "moderator"
	Member    Role = "participant"
)

// participant is one call of a room. It belongs to its task; others change it by orders.
type participant struct {
	room   *meeting
	number int    // of those of the room, from 1
	user   string // of the domain, whom the server vouches for; "": none
	entity string // URI in the roster
	party  ua.Party
	hidden bool // who they are is for moderators only (RFC 3323)
	role   Role
	call   *ua.Call
	since  time.Time
	// by is the URI of who had them called; "" of those who came by themselves.
	by      string
	dialled bool
	state   string     // of the roster: connected and so on
	private graph.Room // where they wait and are spoken to alone
	apart   bool       // they are, wherever their place is
	waits   func()     // ends the music of waiting; nil: they don't wait
	muted   bool       // by their own wish
	stopped bool       // by a moderator
	gone    string     // how they left: the roster's disconnection method
	orders  task.Queue[struct{}]
}

// Install makes an agent the rooms of its domain.
func Install(a *ua.Agent, settings Settings) *Service {
	s := &Service{agent: a, settings: settings, rooms: map[string]*meeting{}, calls: map[*ua.Call]*participant{}}
	s.Configure(settings)
	s.restore()
	a.Handle(ua.Handlers{
		Invite: s.called, Replace: s.replaced, Join: s.joined, Refer: s.referred, Info: ua.InfoDigits, Address: s.addressed,
		Subscribe: map[string]func(*ua.Subscription){conference.Package: s.watched},
		Authorize: func(p machine.Packet) bool { _, vouched := a.Vouched(p); return vouched },
	})
	return s
}

// Configure has the agent go by other settings from now on. Who is in a room that is no more is said goodbye to.
func (s *Service) Configure(settings Settings) {
	s.settings = settings
	for _, m := range slices.Clone(s.list) {
		there := func(r Room) bool { return r.id() == m.id() }
		if m.origin == configured && !slices.ContainsFunc(settings.Rooms, there) {
			s.end(m)
		}
	}
	before := s.lockedBefore()
	for _, room := range settings.Rooms {
		if m := s.rooms[lower(room.id())]; m != nil && m.origin == configured {
			if !reflect.DeepEqual(m.Room, room) {
				m.change(room)
			}
			continue
		} else if m != nil && m.origin == adHoc {
			s.end(m) // the number is somebody's now
		}
		if m, code := s.open(room, configured); code == 0 {
			if locked, known := before[room.id()]; known {
				m.locked = locked
			}
		}
	}
}

// open makes a room; code says why not.
func (s *Service) open(room Room, from origin) (m *meeting, code int) {
	for _, name := range []string{room.Number, room.Name} {
		if len(name) > maxName || name != "" && s.rooms[lower(name)] != nil {
			return nil, 409
		}
	}
	switch {
	case room.id() == "":
		return nil, 400
	case len(s.list) >= MaxRooms:
		return nil, 486
	}
	m = &meeting{Room: room, service: s, origin: from, locked: room.Locked, revision: 1, graph: graph.Room(s.agent.Node())}
	m.full.Entity, m.cut.Entity = m.uri(), m.uri()
	m.describe()
	s.list = append(s.list, m)
	s.enter(m)
	return m, 0
}

func (s *Service) enter(m *meeting) {
	for _, name := range []string{m.Number, m.Name} {
		if name != "" {
			s.rooms[lower(name)] = m
		}
	}
}

func (s *Service) forget(m *meeting) {
	for _, name := range []string{m.Number, m.Name} {
		if s.rooms[lower(name)] == m {
			delete(s.rooms, lower(name))
		}
	}
}

// change has a room go by other settings; who is in it stays. Its lock is as it stands.
func (m *meeting) change(room Room) {
	m.service.forget(m)
	m.Room = room
	m.revision++
	m.service.enter(m)
	m.describe()
	m.settle()
	m.review()
}

// end deletes a room: everybody in it is hung up, and the last that its watchers hear is that it is over (RFC 4579 §5.13).
func (s *Service) end(m *meeting) {
	if m.over {
		return
	}
	m.over = true
	s.forget(m)
	s.list = slices.DeleteFunc(s.list, func(other *meeting) bool { return other == m })
	_ = m.keep() // to forget it can't fail
	m.expiry.Stop()
	m.quiet()
	m.stopRecording()
	for _, p := range slices.Clone(m.present) {
		p.remove("booted")
	}
	m.close()
	s.told(Change{Kind: "deleted", Room: m.id()})
}

// Stopping tells that all calls are about to be hung up because the process ends: the rooms that they made are kept for those who
// call the next one.
func (s *Service) Stopping() { s.stopping = true }

// expire ends the room when nobody has come after a while.
func (m *meeting) expire(after time.Duration) {
	m.expiry = m.service.agent.Go("expire", func(t *task.Task) {
		t.Sleep(after)
		if len(m.present) == 0 {
			m.service.end(m)
		}
	})
	if m.expiry == nil { // task.MaxTasks
		m.service.end(m)
	}
}

// uri is the room's address (RFC 4579 §3.2).
func (m *meeting) uri() string {
	return "sip:" + Name + "@" + m.service.settings.Domain + ";room=" + sip.EscapeUser(m.id())
}

// shown is how the room calls, so that it can be called back: by its number, which is not also somebody else's.
func (m *meeting) shown() ua.Party {
	party := ua.Party{URI: m.uri(), Name: m.Title, Asserted: true}
	if m.Number != "" && !taken(m.service.settings, m.Number) {
		party.URI = "sip:" + sip.EscapeUser(m.Number) + "@" + m.service.settings.Domain
	}
	if party.Name == "" {
		party.Name = m.id()
	}
	return party
}

func (m *meeting) voice() ua.Voice {
	if m.Language != "" {
		return ua.Voice(m.Language)
	}
	return ua.Voice(m.service.settings.Language)
}

// voice is the language of a participant.
func (p *participant) voice() ua.Voice {
	if user := p.room.service.settings.Users.User(p.user); p.user != "" && user != nil && user.Routing != nil && user.Routing.Language != "" {
		return ua.Voice(user.Routing.Language)
	}
	return p.room.voice()
}

// user is the user of the domain that our server vouches for; "" for everybody else.
func (s *Service) user(p ua.Party) string {
	uri, err := sip.ParseURI(p.URI)
	if !p.Asserted || err != nil || !uri.IsSIP() || lower(uri.Host) != lower(s.settings.Domain) {
		return ""
	}
	if user := s.settings.Users.User(sip.Unescape(uri.User)); user != nil {
		return user.Name
	}
	return ""
}

// right is what a user may be in a room without a PIN; "": nothing.
func (m *meeting) right(user string) Role {
	users := m.service.settings.Users
	switch {
	case user == "":
		return ""
	case user == m.owner || names(m.Moderators, user, users):
		return Moderator
	case names(m.Members, user, users), len(m.Members) == 0 && m.PIN == "":
		return Member
	}
	return ""
}

// moderated tells whether a moderator is there.
func (m *meeting) moderated() bool {
	return slices.ContainsFunc(m.present, func(p *participant) bool { return p.role == Moderator && p.talks() })
}

// talks tells whether a participant's call stands.
func (p *participant) talks() bool {
	return p.call != nil && p.call.State == ua.Talking && p.gone == ""
}

// codeOf is the response that an error tells of.
func codeOf(err error) int {
	var status *sip.StatusError
	if errors.As(err, &status) && status.Code >= 300 {
		return status.Code
	}
	return 500
}

func lower(text string) string { return strings.ToLower(text) }
