//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/api"
	"hookflash/sip"
)

// What rooms say in these tests, in Hz.
const (
	roomTone = 1500 // which room?
	pinTone  = 1700 // its PIN?
)

// serveRooms starts a server with rooms, for the people of the ladders, with lines about media: a wire hears what comes from
// 127.0.0.1.
func serveRooms(t *testing.T, media string) *server {
	t.Helper()
	folder := t.TempDir()
	for name, frequency := range map[string]int{"enter-room": roomTone, "enter-pin": pinTone} {
		writeTone(t, filepath.Join(folder, name+".wav"), frequency)
	}
	rooms := "rooms:\n  entry: none\n  exit: none\n  list:\n" +
		"    - {number: \"3300\", title: The team, moderators: [carol], members-invite: true, music: waiting}\n" +
		"    - {number: \"3301\", pin: \"482913\", members: [bob, carol], music: none}\n"
	return serve(t, setting{
		users: []string{user("alice", ""), user("bob", ""), user("carol", "")},
		more:  strangers + musical(t, fmt.Sprintf("prompts: %q, %s", folder, media)) + rooms,
	})
}

// presses sends digits, one by one, as a person does.
func (p *phone) presses(t testing.TB, digits string) {
	t.Helper()
	for _, key := range digits {
		p.do(t, "sndcode", string(key))
		time.Sleep(300 * time.Millisecond)
	}
}

// room is a room as the administrator sees it.
func (s *server) room(t testing.TB, number string) (room api.Room) {
	t.Helper()
	if err := json.Unmarshal([]byte(s.administer(t, "rooms", "show", number, "--json")), &room); err != nil {
		t.Fatal(err)
	}
	return room
}

// has waits until these users, and no others, are in a room.
func (s *server) has(t testing.TB, reason, number string, users ...string) (room api.Room) {
	t.Helper()
	within(t, commandLimit, reason, func() bool {
		room = s.room(t, number)
		var there []string
		for _, p := range room.Participants {
			there = append(there, strings.TrimSuffix(strings.TrimPrefix(p.URI, "sip:"), "@"+domain))
		}
		slices.Sort(there)
		return slices.Equal(there, users)
	})
	return room
}

// TestRoom: baresip says the number of the room and its PIN by keys, linphonec and a phone of ours need none; each hears the
// others. One is muted, and one removed, by the administrator.
func TestRoom(t *testing.T) {
	t.Parallel()
	s := serveRooms(t, "address: 127.0.0.1, ports: 54000-57999")
	rtp := tap(t)
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	bob := s.startLinphone(t, account{user: "bob", tone: bobTone})
	carol := s.desk(t, "carol", carolTone)
	bob.registered(t)

	alice.do(t, "dial", "sip:3000@"+domain)
	alice.expect(t, "the rooms answer", "CALL_ESTABLISHED")
	alice.hears(t, "she is asked for the room", roomTone)
	alice.presses(t, "3301#")
	alice.hears(t, "and for its PIN", pinTone)
	alice.presses(t, "482913#")
	s.has(t, "she is in", "3301", "alice")
	bob.do(t, "call sip:3301@"+domain+" --audio-only")
	bob.logged(t, "linphonec is in", "Media streams established")
	carol.do(t, "call 3301")
	s.has(t, "all are in", "3301", "alice", "bob", "carol")
	carol.hears(t, "all hear each other", aliceTone, bobTone)
	bob.hearsAll(t, "all hear each other", aliceTone, carolTone)
	rtp.takes(t, "all hear each other", alice.mediaPort(t), bobTone, carolTone)

	bobs := 0
	for _, p := range s.room(t, "3301").Participants {
		if strings.Contains(p.URI, "bob@") {
			bobs = p.Number
		}
	}
	s.administer(t, "rooms", "mute", "3301", fmt.Sprint(bobs))
	carol.hears(t, "bob is muted", aliceTone)
	bob.hearsAll(t, "and hears all", aliceTone, carolTone)
	s.administer(t, "rooms", "unmute", "3301", fmt.Sprint(bobs))
	carol.hears(t, "bob is heard again", aliceTone, bobTone)

	s.administer(t, "rooms", "drop", "3301", fmt.Sprint(bobs))
	bob.logged(t, "linphonec is removed", "ended")
	carol.hears(t, "two are left", aliceTone)
	carol.do(t, "hangup")
	alice.do(t, "hangup", "")
	s.has(t, "all have left", "3301")
}

// TestRoomWrongPIN: who does not know the PIN is hung up after three tries.
func TestRoomWrongPIN(t *testing.T) {
	t.Parallel()
	s := serveRooms(t, "ports: 50000-53999")
	alice := s.phone(t, account{user: "alice", tone: aliceTone})
	alice.do(t, "dial", "sip:3301@"+domain)
	alice.expect(t, "the room answers", "CALL_ESTABLISHED")
	for range 3 {
		alice.hears(t, "she is asked for the PIN", pinTone)
		alice.presses(t, "111111#")
	}
	alice.expect(t, "and hung up in the end", "CALL_CLOSED")
	s.has(t, "nobody is in", "3301")
}

// TestRoomDialled: the room calls baresip, as its moderator wants it, which is music to who was alone.
func TestRoomDialled(t *testing.T) {
	t.Parallel()
	s := serveRooms(t, "ports: 50000-53999")
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	carol := s.desk(t, "carol", carolTone)
	carol.do(t, "call 3300")
	carol.hears(t, "alone", musicTone)
	s.administer(t, "rooms", "dial", "3300", "bob")
	if rings := bob.expect(t, "baresip is called", "CALL_INCOMING"); !strings.Contains(rings.PeerURI, "3300@") {
		t.Errorf("baresip is called by %s", rings.PeerURI)
	}
	bob.do(t, "accept", "")
	carol.hears(t, "bob is in", bobTone)
	bob.hears(t, "and hears carol", carolTone)
	carol.do(t, "dtmf *8")
	bob.expect(t, "the moderator ends the meeting by keys", "CALL_CLOSED")
	carol.alone(t, "for all")
}

// TestRoomSIPp: a moderator who is a stranger asks who is in, calls, and has somebody removed by REFER.
func TestRoomSIPp(t *testing.T) {
	t.Parallel()
	s := serveRooms(t, "ports: 50000-53999")
	bob := s.desk(t, "bob", bobTone)
	bob.do(t, "call 3300")
	bob.hears(t, "alone", musicTone)
	carol := s.stranger(t, "meets", "carol", 1)
	bob.hears(t, "carol is in", sippTone)
	carol.ears[0].hears(t, "and hears bob", bobTone)
	s.has(t, "both are in", "3300", "bob", "carol")
	carol.goOn(t, carol.met(t))
	bob.alone(t, "he is removed")
	s.has(t, "she is left", "3300", "carol")
	s.administer(t, "rooms", "end", "3300")
	carol.ends(t)
}

// TestRoomMoved: two baresips who talk by a phone of ours are moved into a room, where they talk on when it leaves.
func TestRoomMoved(t *testing.T) {
	t.Parallel()
	s := serveRooms(t, "address: 127.0.0.1, ports: 58000-61999")
	rtp := tap(t)
	alice, bob := s.phone(t, account{user: "alice", tone: aliceTone}), s.phone(t, account{user: "bob", tone: bobTone})
	carol := s.desk(t, "carol", carolTone)
	carol.talksTo(t, alice, rtp)
	ends := carol.starts(t, "conference bob")
	bob.expect(t, "bob is called", "CALL_INCOMING")
	bob.do(t, "accept", "")
	ends()
	carol.hears(t, "three talk", aliceTone, bobTone)
	ends = carol.starts(t, "to-room")
	ends()
	s.has(t, "all are in the room", "3001", "alice", "bob", "carol")
	carol.hears(t, "and talk on there", aliceTone, bobTone)
	carol.do(t, "hangup all")
	s.has(t, "without their host", "3001", "alice", "bob")
	rtp.takes(t, "they talk on", alice.mediaPort(t), bobTone)
}

// met is the Call-ID of a call that a stranger placed, and that was answered.
func (r *stranger) met(t testing.TB) (callID string) {
	t.Helper()
	eventually(t, r.name+" is answered", func() bool {
		for _, m := range r.got() {
			if !m.IsRequest() && m.StatusCode() == 200 && m.Method() == sip.INVITE {
				callID = m.CallID()
			}
		}
		return callID != ""
	})
	return callID
}

// TestRoomKilled: after kill -9 and a start a room that a call made is there, locked as it was, and so is one that was made by a
// command; who calls again is in.
func TestRoomKilled(t *testing.T) {
	t.Parallel()
	s := serveRooms(t, "ports: 50000-53999")
	carol := s.desk(t, "carol", carolTone)
	bob := s.phone(t, account{user: "bob", tone: bobTone})
	carol.do(t, "call 3001")
	s.has(t, "carol has made a room", "3001", "carol")
	s.administer(t, "rooms", "lock", "3001")
	s.administer(t, "rooms", "add", "3310", "--title", "The board", "--moderator", "bob")
	s.kill()
	s.start()
	if room := s.room(t, "3001"); !room.Locked || room.Owner != "carol" || len(room.Participants) != 0 {
		t.Errorf("the room that a call made: %+v", room)
	}
	if room := s.room(t, "3310"); room.Title != "The board" {
		t.Errorf("the room that a command made: %+v", room)
	}
	carol.do(t, "hangup")
	bob.do(t, "dial", "sip:3001@"+domain)
	if closed := bob.expect(t, "it is locked", "CALL_CLOSED"); !strings.HasPrefix(closed.Param, "480") {
		t.Errorf("bob is told %q", closed.Param)
	}
	carol.do(t, "call 3001")
	s.has(t, "carol is in again", "3001", "carol")
	bob.do(t, "dial", "sip:3310@"+domain)
	s.has(t, "bob is in his", "3310", "bob")
}
