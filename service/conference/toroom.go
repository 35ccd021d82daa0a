package conference

import (
	"fmt"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Transfer has the far side of a call call somebody else, without asking there first, and hangs up when that has answered
// (RFC 5359 §2.4). When it fails, the call is as it was.
type Transfer func(t *task.Task, call *ua.Call, target string) error

// ToRoom moves a conversation of ours into a room of the server, where it goes on without us: by the number or URI of the room,
// "" for one that is made for it (RFC 4579 §5.4). It gives our call with the room.
//
//	Alice             Bob         conference        Carol
//	  |<==============>|<============================>|
//	  |                |  INVITE room F1              |
//	  |                |-------------->|              |
//	  |                | 200 OK isfocus F2            |
//	  |                |<--------------|              |
//	  |                |    ACK F3     |              |
//	  |                |-------------->|              |
//	  |REFER Refer-To: room F4         |              |
//	  |<---------------|               |              |
//	  |   200 OK F5    |               |              |
//	  |--------------->|               |              |
//	  |   NOTIFY F6    |               |              |
//	  |--------------->|               |              |
//	  |   200 OK F7    |               |              |
//	  |<---------------|               |              |
//	  |          INVITE room F8        |              |
//	  |------------------------------->|              |
//	  |            200 OK F9           |              |
//	  |<-------------------------------|              |
//
// and so on with Carol. Somebody whose telephone can't be referred is called by the room, with a Replaces of our call (RFC 4579
// §5.9); who knows none of it stays with us, and our telephone goes on between them and the room. When the room does not let
// us in, the conversation is as it was.
func ToRoom(t *task.Task, call *ua.Call, room string, transfer Transfer) (*ua.Call, error) {
	a := call.Agent()
	own, err := a.Invite(ua.Invitation{Target: roomAddress(a, room)}) // F1
	if err == nil {
		err = own.Settle(t) // F2, F3
	}
	if err != nil {
		return nil, fmt.Errorf("move to a room: %w", err)
	}
	t.Sleep(ua.Beat)
	stays := false
	for _, other := range a.Calls() {
		if other == own || other.Room != call.Room || other.State != ua.Talking || other.Background {
			continue
		}
		if !moves(t, other, own, transfer) {
			stays = true
		}
		if own.State != ua.Talking {
			return nil, fmt.Errorf("move to a room: %w", ua.ErrOver)
		}
	}
	if stays {
		own.Enter(call.Room)
	}
	a.Attend(own)
	return own, nil
}

// moves has one of those with whom we talk be in the room, and tells whether they are.
func moves(t *task.Task, other, own *ua.Call, transfer Transfer) bool {
	room := own.Dialog().Target
	if other.Held {
		if other.Resume(t) != nil {
			return false
		}
	}
	if other.Allows(sip.REFER) && transfer(t, other, room) == nil { // F4 to F9
		return true
	}
	d := other.Dialog()
	if other.State != ua.Talking || !other.Supports("replaces") || d.Target == "" {
		return other.State == ua.Over
	}
	referral, err := own.Refer(t, ua.Reference{Target: d.Target, Replaces: d.Triple(), RequireReplaces: true})
	if err != nil {
		return false
	}
	defer referral.Close()
	for {
		report, ok := referral.Next(t)
		if !ok || report.Final() {
			if ok && report.Success() {
				other.HangUp() // the BYE may have come already
				return true
			}
			return false
		}
	}
}

// roomAddress is the URI of a room at our server: of one by its number, or of the factory.
func roomAddress(a *ua.Agent, room string) string {
	if uri, err := sip.ParseURI(room); err == nil && uri.IsSIP() {
		return room
	}
	own, _ := sip.ParseURI(a.Settings().AOR)
	own.User, own.Params, own.Headers = "conference", "", ""
	if room == "" {
		return own.String()
	}
	return own.String() + ";room=" + sip.EscapeUser(room)
}
