package room

import (
	"errors"
	"slices"
	"time"

	"hookflash/sip"
	"hookflash/ua"
)

// Change is something that happened to a room, for those who follow it by other means than conference events.
type Change struct {
	// Kind is made, deleted, changed, entered, left, locked, unlocked, recording, recorded, recording-failed.
	Kind        string
	Room        string
	Participant int    // number, 0: none
	Who         string // URI
	Text        string
}

// Follow has changes told, as they happen within steps.
func (s *Service) Follow(tell func(Change)) { s.tell = tell }

func (s *Service) told(c Change) {
	if s.tell != nil {
		s.tell(c)
	}
}

// Standing is a room as it stands.
type Standing struct {
	Room
	ID, URI      string
	Origin       string // configuration, api, call
	Owner        string // user who made it by a call
	Locked       bool
	Recording    bool
	Paused       bool   // the recording leaves out what is said
	Revision     uint64 // of its settings, from 1
	Participants []Participant
}

// Participant is somebody in a room.
type Participant struct {
	Number  int
	URI     string
	Name    string
	Role    Role
	Status  string // of the roster
	Muted   bool   // by their own wish
	Stopped bool   // by a moderator
	Since   time.Time
	By      string // who had them called
	Dialled bool   // the room called them
}

// Rooms are all rooms, in the order in which they were made.
func (s *Service) Rooms() []Standing {
	all := make([]Standing, len(s.list))
	for i, m := range s.list {
		all[i] = m.standing()
	}
	return all
}

// Has tells whether there is a room of a number or name.
func (s *Service) Has(name string) bool { return s.rooms[lower(name)] != nil }

// Find is a room by its number or name.
func (s *Service) Find(name string) (Standing, bool) {
	if m := s.rooms[lower(name)]; m != nil {
		return m.standing(), true
	}
	return Standing{}, false
}

func (m *meeting) standing() Standing {
	st := Standing{Room: m.Room, ID: m.id(), URI: m.uri(), Origin: m.origin.String(), Owner: m.owner, Locked: m.locked, Revision: m.revision}
	if m.recorder != nil {
		st.Recording, st.Paused = true, m.recorder.paused
	}
	for _, p := range m.present {
		st.Participants = append(st.Participants, Participant{
			Number: p.number, URI: p.entity, Name: p.party.Name, Role: p.role, Status: p.status(), Muted: p.muted, Stopped: p.stopped,
			Since: p.since, By: p.by, Dialled: p.dialled,
		})
	}
	return st
}

// Make makes a room that stays until it is deleted. Errors: *sip.StatusError with 409 for a number or name that is taken, 486
// for too many, 413 for one that is too large to be kept.
func (s *Service) Make(room Room) error {
	if taken(s.settings, room.Number) || taken(s.settings, room.Name) {
		return refusal(409)
	}
	m, code := s.open(room, made)
	if code != 0 {
		return refusal(code)
	}
	if err := m.keep(); err != nil {
		s.end(m)
		return refusal(unkept(err))
	}
	s.told(Change{Kind: "made", Room: m.id()})
	return nil
}

// unkept is the code for what can't be kept.
func unkept(err error) int {
	if errors.Is(err, ua.ErrKeptTooMany) {
		return 486
	}
	return 413
}

// Change gives a room other settings; those of the configuration can't be changed (409), and what can't be kept changes nothing
// (413, 486). Who is in it stays, and so does a room that was made by a call.
func (s *Service) Change(name string, room Room) error {
	m := s.rooms[lower(name)]
	switch {
	case m == nil:
		return refusal(404)
	case m.origin == configured || room.id() != m.id():
		return refusal(409)
	case room.Name != "" && s.rooms[lower(room.Name)] != nil && s.rooms[lower(room.Name)] != m:
		return refusal(409)
	}
	was, as := m.Room, m.origin
	m.Room, m.origin = room, made
	err := m.keep()
	if m.Room = was; err != nil {
		m.origin = as
		return refusal(unkept(err))
	}
	m.expiry.Stop()
	m.expiry = nil
	m.change(room)
	s.told(Change{Kind: "changed", Room: m.id()})
	return nil
}

// Delete ends a room; of one of the configuration, the meeting alone.
func (s *Service) Delete(name string) error {
	m := s.rooms[lower(name)]
	if m == nil {
		return refusal(404)
	}
	if m.origin == configured {
		m.finish()
		return nil
	}
	s.end(m)
	return nil
}

// Act is something that is done to a room, or to one of its participants.
type Act struct {
	Room        string
	Participant int // 0: the room
	// Does is lock, unlock, record, stop-recording, pause, go-on, dial, dial-list, end; of a participant mute, unmute, remove.
	Does   string
	Target string // of dial: a number, user or URI
	Payer  string // of dial: user whose permissions it goes by; "": those of the room
	Role   Role   // of dial; "": Member
}

// Acts are what Act.Does may be, for a room and for a participant.
var (
	Acts            = []string{"lock", "unlock", "record", "stop-recording", "pause", "go-on", "dial", "dial-list", "end"}
	ParticipantActs = []string{"mute", "unmute", "remove"}
)

// Do does it. Errors: *sip.StatusError with 404 for an unknown room or participant, 400 for what can't be done, 486 for a
// full room, 409 and 503 for a recording.
func (s *Service) Do(act Act) error {
	m := s.rooms[lower(act.Room)]
	if m == nil {
		return refusal(404)
	}
	if act.Participant != 0 {
		at := slices.IndexFunc(m.present, func(p *participant) bool { return p.number == act.Participant })
		if at < 0 {
			return refusal(404)
		}
		return m.present[at].do(act.Does)
	}
	switch act.Does {
	case "lock", "unlock":
		m.lock(act.Does == "lock")
	case "record", "stop-recording":
		return refusal(m.record(act.Does == "record"))
	case "pause", "go-on":
		return refusal(m.pause(act.Does == "pause"))
	case "dial-list":
		m.dialAll("", "")
		m.dialled = true
	case "end":
		m.finish()
	case "dial":
		return m.dialFor(act)
	default:
		return refusal(400)
	}
	return nil
}

func (p *participant) do(what string) error {
	switch what {
	case "mute", "unmute":
		p.stop(what == "mute")
	case "remove":
		p.remove("booted")
	default:
		return refusal(400)
	}
	return nil
}

func (m *meeting) dialFor(act Act) error {
	target, ok := m.service.target(act.Target)
	if !ok {
		return refusal(400)
	}
	d := dialing{target: target, payer: act.Payer, role: act.Role}
	if d.payer == "" {
		d.payer = m.Payer
	}
	if d.role == "" {
		d.role = Member
	}
	_, code := m.dial(d)
	return refusal(code)
}

// refusal is a code as an error, nil for 0.
func refusal(code int) error {
	if code == 0 {
		return nil
	}
	return &sip.StatusError{Code: code, Reason: sip.Reason(code)}
}

// Load counts what there is.
type Load struct{ Rooms, Participants, Subscriptions, Recordings int }

// Load counts.
func (s *Service) Load() (l Load) {
	l.Rooms = len(s.list)
	for _, m := range s.list {
		l.Participants += len(m.present)
		for _, w := range m.watchers {
			if !w.subscription.Over() {
				l.Subscriptions++
			}
		}
		if m.recorder != nil {
			l.Recordings++
		}
	}
	return l
}
