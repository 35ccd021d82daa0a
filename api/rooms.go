package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hookflash/pin"
)

// Rooms is the conference rooms. Its methods are for any number of goroutines; errors are a *Problem.
type Rooms interface {
	// All are the rooms there are, in the order in which they were made.
	All() []Room
	// Keep makes a room, or gives one other settings.
	Keep(room Room, change RoomChange) error
	// Delete ends a room; one of the configuration is emptied.
	Delete(name string) error
	// Do does something to a room, or to somebody in it.
	Do(act RoomAct) error
}

// RoomChange says which room is kept: a new one, or that of a name at a revision.
type RoomChange struct {
	Name     string
	Revision uint64
	New      bool
}

// RoomAct is something that is done to a room, or to one of its participants.
type RoomAct struct {
	Room        string
	Participant int // 0: the room
	Does        string
	Target      string // of dial
	Payer       string // of dial
	Role        string // of dial
}

// Room is a conference room.
type Room struct {
	ID              string   `json:"id,omitempty" readOnly:"true" doc:"Its number, or its name without one"`
	Number          string   `json:"number,omitempty" maxLength:"8" pattern:"^[0-9]*$" patternDescription:"digits" doc:"By which it is called; one of number and name is needed, but for one that is changed"`
	Name            string   `json:"name,omitempty" maxLength:"63" doc:"By which it is called, too"`
	Title           string   `json:"title,omitempty" maxLength:"64" doc:"That telephones show"`
	PIN             *string  `json:"pin,omitempty" writeOnly:"true" maxLength:"32" pattern:"^[0-9]*$" patternDescription:"digits" doc:"Lets in who knows it: six digits or more that nobody guesses; empty: none, absent: it stays"`
	ModeratorPIN    *string  `json:"moderator-pin,omitempty" writeOnly:"true" maxLength:"32" pattern:"^[0-9]*$" patternDescription:"digits" doc:"The same, for moderators"`
	HasPIN          bool     `json:"has-pin,omitempty" readOnly:"true"`
	HasModeratorPIN bool     `json:"has-moderator-pin,omitempty" readOnly:"true"`
	Moderators      []string `json:"moderators,omitempty" maxItems:"100" doc:"Users and groups who need no PIN, and may do everything"`
	Members         []string `json:"members,omitempty" maxItems:"100" doc:"Users and groups who need no PIN; where some are named and there is no PIN, nobody else comes in"`
	Limit           int      `json:"limit,omitempty" minimum:"0" maximum:"256" doc:"Participants; 0: 100"`
	Language        string   `json:"language,omitempty" enum:",en,zh" doc:"Of what is said to all"`
	Music           string   `json:"music,omitempty" maxLength:"64" doc:"Name of what is heard alone; none: silence"`
	Entry           string   `json:"entry,omitempty" enum:",tones,prompt,none" doc:"How is told who comes"`
	Exit            string   `json:"exit,omitempty" enum:",tones,prompt,none" doc:"How is told who goes"`
	Dial            []string `json:"dial,omitempty" maxItems:"64" doc:"Numbers, users and SIP addresses that are called when the first moderator comes"`
	Payer           string   `json:"payer,omitempty" maxLength:"63" doc:"User by whose permissions they are; empty: that moderator"`
	MembersInvite   bool     `json:"members-invite,omitempty" doc:"Participants who are no moderators may have others called"`
	Wait            bool     `json:"wait,omitempty" doc:"Participants hear music until a moderator is there"`
	Locked          bool     `json:"locked,omitempty" doc:"Moderators alone come in; in a change: how it begins, the action lock locks it"`

	URI          string            `json:"uri,omitempty" readOnly:"true" doc:"Its SIP address"`
	Source       string            `json:"source,omitempty" readOnly:"true" enum:"configuration,api,call" doc:"Who made it: one that a call made ends with its last participant"`
	Owner        string            `json:"owner,omitempty" readOnly:"true" doc:"User who made it by a call"`
	Recording    bool              `json:"recording,omitempty" readOnly:"true"`
	Paused       bool              `json:"paused,omitempty" readOnly:"true" doc:"The recording leaves out what is said"`
	Revision     uint64            `json:"revision,omitempty" readOnly:"true" doc:"Of its settings: what the ETag says"`
	Participants []RoomParticipant `json:"participants,omitempty" readOnly:"true" doc:"Who is in it, waits for a moderator, or is being called"`
}

// RoomParticipant is a call of a room.
type RoomParticipant struct {
	Number  int       `json:"number" doc:"Names them in actions"`
	URI     string    `json:"uri"`
	Name    string    `json:"name,omitempty"`
	Role    string    `json:"role" enum:"moderator,participant"`
	Status  string    `json:"status" doc:"As in conference events (RFC 4575): dialing-out, alerting, pending, connected, on-hold, muted-via-focus"`
	Muted   bool      `json:"muted,omitempty"`
	Since   time.Time `json:"since"`
	By      string    `json:"by,omitempty" doc:"URI of who had them called"`
	Dialled bool      `json:"dialled,omitempty" doc:"The room called them"`
}

// RoomAction is the body of an action.
type RoomAction struct {
	Does   string `json:"does" enum:"lock,unlock,record,stop-recording,pause,go-on,dial,dial-list,end" doc:"end hangs everybody up; dial-list calls those of dial"`
	Target string `json:"target,omitempty" maxLength:"256" doc:"Of dial: a number, a user or a SIP address"`
	Payer  string `json:"payer,omitempty" maxLength:"63" doc:"Of dial: user by whose permissions it is; empty: the room's"`
	Role   string `json:"role,omitempty" enum:",moderator,participant" doc:"Of dial"`
}

// ParticipantAction is the body of an action about a participant.
type ParticipantAction struct {
	Does string `json:"does" enum:"mute,unmute,remove"`
}

func (a *administration) roomOperations(described huma.API) {
	register(described, operation{"list-rooms", http.MethodGet, "/rooms", "List conference rooms, with who is in them", administrators, []int{422, 501}}, a.listRooms)
	register(described, operation{"make-room", http.MethodPost, "/rooms", "Make a conference room", administrators, []int{409, 422, 501}}, a.makeRoom)
	register(described, operation{"get-room", http.MethodGet, "/rooms/{name}", "Get a room by its number or name", administrators, []int{501}}, a.getRoom)
	register(described, operation{"put-room", http.MethodPut, "/rooms/{name}", "Change a room; who is in it stays", administrators, []int{409, 422, 501}}, a.putRoom)
	register(described, operation{"delete-room", http.MethodDelete, "/rooms/{name}", "Delete a room: everybody in it is hung up. One of the configuration is emptied", administrators, []int{501}}, a.deleteRoom)
	register(described, operation{"act-on-room", http.MethodPost, "/rooms/{name}/actions", "Lock or record a room, have somebody called, end the meeting", administrators, []int{409, 422, 501}}, a.actOnRoom)
	register(described, operation{"act-on-participant", http.MethodPost, "/rooms/{name}/participants/{number}/actions", "Mute or remove a participant", administrators, []int{409, 422, 501}}, a.actOnParticipant)
	register(described, operation{"watch-room", http.MethodGet, "/rooms/{name}/events", "See a room as server-sent events: an event named room with the room after each change; the stream ends with the room", administrators, []int{429, 501}}, a.watchRoom)
}

var noRooms = problem(http.StatusNotImplemented, "this server has no conference rooms: its configuration says rooms: false")

// RoomProblem is a problem of Rooms.
func RoomProblem(status int, format string, arguments ...any) error {
	return problem(status, format, arguments...)
}

// room is one by its number or name.
func (a *administration) room(name string) (*Room, error) {
	if a.Rooms == nil {
		return nil, noRooms
	}
	all := a.Rooms.All()
	at := slices.IndexFunc(all, func(r Room) bool { return strings.EqualFold(r.ID, name) || strings.EqualFold(r.Name, name) })
	if at < 0 {
		return nil, problem(http.StatusNotFound, "there is no room %s", name)
	}
	return &all[at], nil
}

func (a *administration) listRooms(_ context.Context, in *paging) (*paged[Room], error) {
	if a.Rooms == nil {
		return nil, noRooms
	}
	all := a.Rooms.All()
	slices.SortFunc(all, func(a, b Room) int { return strings.Compare(a.ID, b.ID) })
	return page(all, *in, func(r Room) string { return r.ID }, func(r Room) Room { return r })
}

func (a *administration) getRoom(_ context.Context, in *Named) (*answered[Room], error) {
	room, err := a.room(in.Name)
	if err != nil {
		return nil, err
	}
	return answer(http.StatusOK, room.Revision, "", *room), nil
}

type makingRoom struct{ Body document[Room] }

func (a *administration) makeRoom(ctx context.Context, in *makingRoom) (*answered[Room], error) {
	wanted := in.Body.Value
	if a.Rooms == nil {
		return nil, noRooms
	}
	if err := a.roomFaults(&wanted, true); err != nil {
		return nil, err
	}
	if err := a.Rooms.Keep(wanted, RoomChange{New: true}); err != nil {
		return nil, err
	}
	name := wanted.Number
	if name == "" {
		name = wanted.Name
	}
	a.Logger.Info("room made", "room", name, "token", callerOf(ctx).token)
	room, err := a.room(name)
	if err != nil {
		return nil, err
	}
	return answer(http.StatusCreated, room.Revision, "/rooms/"+name, *room), nil
}

// roomFaults are what is wrong with a wanted room.
func (a *administration) roomFaults(wanted *Room, fresh bool) error {
	var faults []Fault
	wrong := func(location, message, remedy string) {
		faults = append(faults, Fault{Location: "body." + location, Message: message, Remedy: remedy})
	}
	if fresh && wanted.Number == "" && wanted.Name == "" {
		wrong("number", "is missing, and so is a name", "say by which number or name the room is called")
	}
	if strings.Trim(wanted.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" {
		wrong("name", "has other characters than letters, digits, . _ -", "choose another name")
	}
	for location, digits := range map[string]*string{"pin": wanted.PIN, "moderator-pin": wanted.ModeratorPIN} {
		if digits == nil || *digits == "" {
			continue
		}
		if what := pin.Problem(*digits, []string{wanted.Number}); what != "" {
			wrong(location, what, "choose six digits or more that nobody guesses")
		}
	}
	for location, list := range map[string][]string{"moderators": wanted.Moderators, "members": wanted.Members} {
		for i, name := range list {
			if a.Store.Users().Find(name) == nil && a.Store.Groups().Find(name) == nil {
				wrong(fmt.Sprintf("%s[%d]", location, i), name+" is neither a user nor a group", "name users and groups")
			}
		}
	}
	if wanted.Payer != "" && a.Store.Users().Find(wanted.Payer) == nil {
		wrong("payer", wanted.Payer+" is no user", "name a user")
	}
	if wanted.Limit == 1 {
		wrong("limit", "is 1", "leave it out, or allow two or more")
	}
	if len(faults) == 0 {
		return nil
	}
	slices.SortFunc(faults, func(a, b Fault) int { return strings.Compare(a.Location, b.Location) })
	return problem(http.StatusUnprocessableEntity, "nothing was changed: %s", counted(len(faults))).with(faults)
}

type puttingRoom struct {
	Named
	Existing
	Body document[Room]
}

func (a *administration) putRoom(ctx context.Context, in *puttingRoom) (*answered[Room], error) {
	before, err := a.room(in.Name)
	if err != nil {
		return nil, err
	}
	if err := in.check(before.Revision); err != nil {
		return nil, err
	}
	wanted := in.Body.Value
	if wanted.Number == "" && wanted.Name == "" {
		wanted.Number, wanted.Name = before.Number, before.Name
	}
	if err := a.roomFaults(&wanted, false); err != nil {
		return nil, err
	}
	if err := a.Rooms.Keep(wanted, RoomChange{Name: in.Name, Revision: before.Revision}); err != nil {
		return nil, err
	}
	a.Logger.Info("room changed", "room", before.ID, "token", callerOf(ctx).token)
	room, err := a.room(before.ID)
	if err != nil {
		return nil, err
	}
	return answer(http.StatusOK, room.Revision, "", *room), nil
}

func (a *administration) deleteRoom(ctx context.Context, in *deletion) (*struct{}, error) {
	room, err := a.room(in.Name)
	if err != nil {
		return nil, err
	}
	if err := in.check(room.Revision); err != nil {
		return nil, err
	}
	a.Logger.Info("room deleted", "room", room.ID, "token", callerOf(ctx).token)
	return nil, a.Rooms.Delete(in.Name)
}
