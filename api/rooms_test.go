package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// meetings are the rooms of an office: 3300, in which bob is, and closing, which ends as soon as somebody watches it.
type meetings struct {
	mutex   sync.Mutex
	rooms   []Room
	acts    []RoomAct
	watched int // times that closing was looked at since
}

func newMeetings() *meetings {
	return &meetings{rooms: []Room{
		{ID: "3300", Number: "3300", Revision: 1, URI: "sip:conference@example.test;room=3300", Source: "api", Participants: []RoomParticipant{{Number: 1, URI: "sip:bob@example.test", Role: "participant", Status: "connected", Since: noon}}},
		{ID: "closing", Name: "closing", Revision: 1, Source: "call", Participants: []RoomParticipant{}},
	}}
}

func (m *meetings) All() []Room {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.watched > 0 {
		m.watched++
	}
	return slices.DeleteFunc(slices.Clone(m.rooms), func(r Room) bool { return r.ID == "closing" && m.watched > 2 })
}

func (m *meetings) at(name string) int {
	return slices.IndexFunc(m.rooms, func(r Room) bool { return strings.EqualFold(r.ID, name) })
}

func (m *meetings) Keep(room Room, change RoomChange) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	room.ID = room.Number
	if room.ID == "" {
		room.ID = room.Name
	}
	i := m.at(change.Name)
	switch {
	case change.New && m.at(room.ID) >= 0, !change.New && !strings.EqualFold(room.ID, m.rooms[i].ID):
		return RoomProblem(http.StatusConflict, "it can't be")
	case change.New:
		m.rooms = append(m.rooms, Room{})
		i = len(m.rooms) - 1
	}
	before := m.rooms[i]
	room.HasPIN = room.PIN != nil && *room.PIN != "" || room.PIN == nil && before.HasPIN
	room.HasModeratorPIN = room.ModeratorPIN != nil && *room.ModeratorPIN != "" || room.ModeratorPIN == nil && before.HasModeratorPIN
	room.PIN, room.ModeratorPIN = nil, nil
	room.Revision, room.URI, room.Source, room.Owner, room.Recording, room.Participants = before.Revision+1, "sip:conference@example.test;room="+room.ID, "api", "", false, before.Participants
	m.rooms[i] = room
	return nil
}

func (m *meetings) Delete(name string) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.rooms = slices.Delete(m.rooms, m.at(name), m.at(name)+1)
	return nil
}

func (m *meetings) Do(act RoomAct) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if act.Participant > 1 {
		return RoomProblem(http.StatusNotFound, "there is no such participant")
	}
	m.acts = append(m.acts, act)
	return nil
}

func (m *meetings) watch(name string) (<-chan struct{}, func()) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if name == "closing" {
		m.watched = 1
	}
	changed := make(chan struct{}, 1)
	changed <- struct{}{}
	return changed, func() {}
}

// TestRooms: rooms are made, changed and deleted, and something is done about who is in them.
func TestRooms(t *testing.T) {
	o := newOffice(t)
	o.want("rooms", 200, o.send("GET", "/rooms", ""), `"id":"3300"`, `"status":"connected"`)
	o.want("nobody's", 404, o.send("GET", "/rooms/4711", ""))
	o.want("a new one", 201, o.send("POST", "/rooms", `{"number":"3301","name":"team","title":"The team","pin":"482913","moderator-pin":"739164","moderators":["alice"],"dial":["bob","+4930123456"],"payer":"alice","limit":20,"entry":"prompt"}`),
		`"has-pin":true`, `"has-moderator-pin":true`, `"title":"The team"`)
	if text := o.send("GET", "/rooms/3301", "").text; strings.Contains(text, "482913") || strings.Contains(text, "739164") {
		t.Errorf("a PIN is shown: %s", text)
	}
	o.want("the number is taken", 409, o.send("POST", "/rooms", `{"number":"3301"}`))
	for body, location := range map[string]string{
		`{}`:                                     "body.number",
		`{"number":"33a"}`:                       "body.number",
		`{"name":"../etc"}`:                      "body.name",
		`{"number":"3302","pin":"1234"}`:         "body.pin",
		`{"number":"3302","pin":"330200"}`:       "",
		`{"number":"3303","moderators":["no"]}`:  "body.moderators[0]",
		`{"number":"3303","members":["no"]}`:     "body.members[0]",
		`{"number":"3303","payer":"no"}`:         "body.payer",
		`{"number":"3303","limit":1}`:            "body.limit",
		`{"number":"3303","limit":1000}`:         "body.limit",
		`{"number":"3303","entry":"bells"}`:      "body.entry",
		`{"number":"3303","moderator-pin":"12"}`: "body.moderator-pin",
	} {
		if location != "" {
			o.want(body, 422, o.send("POST", "/rooms", body), location)
		}
	}
	o.want("a change without a revision", 428, o.send("PUT", "/rooms/3301", `{"title":"x"}`))
	o.want("with an old one", 412, o.send("PUT", "/rooms/3301", `{"title":"x"}`, "If-Match", `"99"`))
	o.want("a change; the PIN stays", 200, o.change("PUT", "/rooms/3301", `{"number":"3301","title":"x"}`), `"title":"x"`, `"has-pin":true`)
	o.want("the PIN is taken away", 200, o.change("PUT", "/rooms/3301", `{"pin":""}`))
	o.want("it is deleted", 204, o.change("DELETE", "/rooms/3301", ""))
	o.want("it is gone", 404, o.send("GET", "/rooms/3301", ""))
}

func TestRoomActions(t *testing.T) {
	o := newOffice(t)
	for _, does := range []string{"lock", "unlock", "record", "stop-recording", "dial-list", "end"} {
		o.want(does, 204, o.send("POST", "/rooms/3300/actions", `{"does":"`+does+`"}`))
	}
	o.want("nothing that there is", 422, o.send("POST", "/rooms/3300/actions", `{"does":"dance"}`), "body.does")
	o.want("nobody to call", 422, o.send("POST", "/rooms/3300/actions", `{"does":"dial"}`), "body.target")
	o.want("nobody pays", 422, o.send("POST", "/rooms/3300/actions", `{"does":"dial","target":"bob","payer":"no"}`), "body.payer")
	for range 2 {
		o.want("bob is called", 204, o.send("POST", "/rooms/3300/actions", `{"does":"dial","target":"bob","payer":"alice"}`, "Idempotency-Key", "once"))
	}
	o.want("not somebody else under the same key", 422, o.send("POST", "/rooms/3300/actions", `{"does":"dial","target":"carol"}`, "Idempotency-Key", "once"))
	o.want("bob is muted", 204, o.send("POST", "/rooms/3300/participants/1/actions", `{"does":"mute"}`))
	o.want("nobody is", 404, o.send("POST", "/rooms/3300/participants/2/actions", `{"does":"mute"}`))
	o.want("not in a room that there is not", 404, o.send("POST", "/rooms/4711/participants/1/actions", `{"does":"mute"}`))
	if got := fmt.Sprint(o.meetings.acts[6:]); got != "[{3300 0 dial bob alice } {3300 1 mute   }]" {
		t.Errorf("done: %s", got)
	}
	o.want("a room is watched until it ends", 200, o.send("GET", "/rooms/closing/events", ""), "event: room\nid: 1\ndata: {", "event: deleted")
}
