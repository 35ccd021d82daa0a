package server

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/api"
	"hookflash/config"
	"hookflash/phone"
	"hookflash/ua"
)

// TestRooms: alice makes a room by calling its number, bob is called into it by the administrator, muted and removed; who
// watches it is told; a room that was made over the API is called by its number, is there after a restart, and is no more when
// it is deleted.
func TestRooms(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s, end := agentServerWith(t, func(c *config.Config) { c.Data = data }, nil)
	phones := map[string]*phone.Phone{}
	for user, password := range map[string]string{"alice": "wonderland", "bob": "builder"} {
		p, err := phone.Open(phone.Settings{
			User: user, Domain: "example.test", Password: password, Server: s.Addresses()[0], Local: netip.MustParseAddrPort("127.0.0.1:0"), AutoAnswer: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		if err := p.Registered(t.Context()); err != nil {
			t.Fatal(err)
		}
		phones[user] = p
	}
	call(t, phones["alice"], "sip:3007@example.test")
	await(t, phones["alice"], ua.Established)
	changed, stop := s.rooms.Watch("3007")
	defer stop()
	until := func(reason string, true func(r api.Room) bool) (found api.Room) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; {
			for _, r := range s.rooms.All() {
				if r.ID == "3007" && true(r) {
					return r
				}
			}
			select {
			case <-changed:
			case <-time.After(50 * time.Millisecond):
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %+v", reason, s.rooms.All())
			}
		}
	}
	until("alice is in, and its moderator", func(r api.Room) bool {
		return len(r.Participants) == 1 && r.Participants[0].Role == "moderator" && r.Owner == "alice" && r.Source == "call"
	})
	if err := s.rooms.Do(api.RoomAct{Room: "3007", Does: "dial", Target: "bob"}); err != nil {
		t.Fatal(err)
	}
	if from := await(t, phones["bob"], ua.Incoming).From; from != "sip:3007@example.test" {
		t.Errorf("bob is called by %s", from)
	}
	r := until("bob is in", func(r api.Room) bool { return len(r.Participants) == 2 && r.Participants[1].Status == "connected" })
	for _, does := range []string{"mute", "remove"} {
		if err := s.rooms.Do(api.RoomAct{Room: "3007", Participant: r.Participants[1].Number, Does: does}); err != nil {
			t.Errorf("%s: %v", does, err)
		}
	}
	await(t, phones["bob"], ua.Ended)
	if err := s.rooms.Do(api.RoomAct{Room: "3007", Does: "lock"}); err != nil {
		t.Error(err)
	}
	pin := "482913"
	if err := s.rooms.Keep(api.Room{Number: "4300", Name: "board", PIN: &pin, Members: []string{"bob"}}, api.RoomChange{New: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.rooms.Keep(api.Room{Number: "4300"}, api.RoomChange{New: true}); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("a number that is taken: %v", err)
	}
	call(t, phones["bob"], "sip:board@example.test")
	await(t, phones["bob"], ua.Established)
	end()

	s, _ = agentServerWith(t, func(c *config.Config) { c.Data = data }, nil)
	var there []string
	for _, r := range s.rooms.All() {
		there = append(there, r.ID)
		if r.ID == "3007" && (!r.Locked || r.Owner != "alice") || r.ID == "4300" && (!r.HasPIN || r.Name != "board") {
			t.Errorf("after a restart: %+v", r)
		}
	}
	if slices.Sort(there); !slices.Equal(there, []string{"3007", "4300"}) {
		t.Errorf("after a restart there are %v", there)
	}
	if err := s.rooms.Delete("board"); err != nil || len(s.rooms.All()) != 1 {
		t.Errorf("deleted: %v %v", err, s.rooms.All())
	}
}

// TestRoomsUnrecorded: where nobody may record, no room is recorded either.
func TestRoomsUnrecorded(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(c *config.Config) { c.Recording.Allow = config.RecordNone }, nil)
	if c := s.current().config; s.roomSettings(c).Sink != nil {
		t.Error("a room has a place for recordings")
	}
}
