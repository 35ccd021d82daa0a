package room

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"hookflash/directory"
)

// Limits of the agent.
const (
	MaxRooms        = 10_000
	MaxParticipants = 256 // of a room: as many as a roster has (conference.MaxUsers)
	DefaultLimit    = 100
	MaxOwned        = 10  // rooms that one user makes by calls at a time; 486 beyond
	MaxAsking       = 256 // callers who are asked for a number or PIN at a time; 486 beyond
	MaxDial         = 64  // whom a room calls by itself
	AnnounceLimit   = 25  // participants of a room in which comings and goings are announced
	EmptyLimit      = 10 * time.Minute
	maxName         = 64
	maxDigits       = 32
)

// ContactParams are for ua.Settings: every dialog of the agent is with a focus (RFC 4579 §5.1).
const ContactParams = ";isfocus"

// Name is the user part of the agent's address.
const Name = "conference"

// Announcing is how a room tells who comes and goes.
type Announcing string

// How a room tells who comes and goes.
const (
	Tones  Announcing = "tones" // the default
	Prompt Announcing = "prompt"
	None   Announcing = "none"
)

// Room is what is set for a room. PINs are hashes. It is kept as JSON.
type Room struct {
	Number string `json:"number,omitempty"` // by which it is dialled; one of both is needed
	Name   string `json:"name,omitempty"`
	Title  string `json:"title,omitempty"`
	// PIN lets anybody in who knows it, ModeratorPIN as a moderator. Without a PIN, users of the domain come in.
	PIN          string `json:"pin,omitempty"`
	ModeratorPIN string `json:"moderatorPin,omitempty"`
	// Moderators and Members are users and groups who need no PIN. Where Members are named and there is no PIN, nobody else
	// comes in.
	Moderators []string   `json:"moderators,omitempty"`
	Members    []string   `json:"members,omitempty"`
	Limit      int        `json:"limit,omitempty"`    // zero: DefaultLimit
	Language   string     `json:"language,omitempty"` // of what is said to all; "": the server's
	Music      string     `json:"music,omitempty"`    // name of what is heard alone; "": the server's, "none": silence
	Entry      Announcing `json:"entry,omitempty"`
	Exit       Announcing `json:"exit,omitempty"`
	// Dial are numbers, users and URIs that are called when the first moderator comes; Payer is the user whose permissions
	// that goes by, "": that moderator's.
	Dial  []string `json:"dial,omitempty"`
	Payer string   `json:"payer,omitempty"`
	// MembersInvite lets participants who are no moderators have others called.
	MembersInvite bool `json:"membersInvite,omitempty"`
	// Locked: moderators alone come in. It is how the room begins, and then how it stands.
	Locked bool `json:"locked,omitempty"`
	// Wait has participants hear music until a moderator is there.
	Wait bool `json:"wait,omitempty"`
}

// Settings of the agent. Domain and Users are needed.
type Settings struct {
	Domain string
	Users  directory.View
	Rooms  []Room // of the configuration
	// Number asks for the number of a room; "": none does.
	Number string
	// AdHoc are the numbers of rooms that are made by calling them, or the factory, which takes the first that is free.
	AdHoc    []string
	Language string
	Music    string // name of the music in rooms that name none; "": silence
	// CheckPIN tells whether a PIN has a hash; it takes its time. nil: no PIN is right.
	CheckPIN func(hash, pin string) bool
	// Sink makes the place of a recording, of graph.Record; nil: nothing is recorded.
	Sink func(room string, at time.Time) string
}

// id is what a room is known by: its number, or its name.
func (r *Room) id() string {
	if r.Number != "" {
		return r.Number
	}
	return r.Name
}

func (r *Room) limit() int {
	if r.Limit <= 0 {
		return DefaultLimit
	}
	return min(r.Limit, MaxParticipants)
}

// origin is where a room comes from.
type origin uint8

const (
	configured origin = iota // from the configuration: it goes with that
	made                     // by the API: it stays until it is deleted
	adHoc                    // by a call: it ends with its last participant
)

// String is the name of an origin, as people read it.
func (o origin) String() string { return [...]string{"configuration", "api", "call"}[o] }

// kept is what of a room outlives the process.
type kept struct {
	Room   Room   `json:"room"`
	AdHoc  bool   `json:"adHoc,omitempty"`
	File   bool   `json:"file,omitempty"` // of the configuration: only Locked counts
	Owner  string `json:"owner,omitempty"`
	Locked bool   `json:"locked,omitempty"`
}

// kind of what is kept.
const kind = "room"

// keep keeps a room as it stands. Errors: ua.ErrKeptTooLarge, ua.ErrKeptTooMany; what was kept before is kept on.
func (m *meeting) keep() error {
	k := kept{Room: m.Room, AdHoc: m.origin == adHoc, File: m.origin == configured, Owner: m.owner, Locked: m.locked}
	if k.File {
		k.Room = Room{Number: m.Number, Name: m.Name}
	}
	value, err := json.Marshal(k)
	if k.File && m.locked == m.Locked || m.over {
		value, err = nil, nil
	}
	if err != nil {
		return err
	}
	return m.service.agent.Keep(kind, m.id(), value)
}

// restore brings the rooms back that were kept.
func (s *Service) restore() {
	for id, value := range s.agent.Kept(kind) {
		var k kept
		if json.Unmarshal(value, &k) != nil || k.Room.id() == "" {
			continue // of another version: it is not ours to forget
		}
		if k.File {
			if m := s.rooms[lower(id)]; m == nil || m.origin != configured {
				_ = s.agent.Keep(kind, id, nil)
			}
			continue
		}
		from := made
		if k.AdHoc {
			from = adHoc
		}
		m, code := s.open(k.Room, from)
		if code != 0 {
			_ = s.agent.Keep(kind, k.Room.id(), nil) // the number is another room's now
			continue
		}
		m.owner, m.locked = k.Owner, k.Locked
		if from == adHoc {
			m.expire(EmptyLimit)
		}
	}
}

// lockedBefore tells how rooms of the configuration stood in the process before, where that is not as configured.
func (s *Service) lockedBefore() map[string]bool {
	locked := map[string]bool{}
	for id, value := range s.agent.Kept(kind) {
		var k kept
		if json.Unmarshal(value, &k) == nil && k.File {
			locked[id] = k.Locked
		}
	}
	return locked
}

// names tells whether a list of users and groups has a user.
func names(list []string, user string, users directory.View) bool {
	if user == "" {
		return false
	}
	for _, one := range list {
		if strings.EqualFold(one, user) {
			return true
		}
		if group := users.Group(one); group != nil && slices.Contains(group.Members, user) {
			return true
		}
	}
	return false
}
