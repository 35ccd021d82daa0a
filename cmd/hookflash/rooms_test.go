package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/api"
)

// hall is rooms for commands to talk to: in each is bob.
type hall struct {
	rooms []api.Room
	acts  []api.RoomAct
}

func (h *hall) All() []api.Room { return slices.Clone(h.rooms) }

func (h *hall) at(name string) int {
	return slices.IndexFunc(h.rooms, func(r api.Room) bool { return r.ID == name || r.Name == name })
}

func (h *hall) Keep(room api.Room, change api.RoomChange) error {
	i := h.at(change.Name)
	if change.New {
		h.rooms = append(h.rooms, api.Room{})
		i = len(h.rooms) - 1
	}
	if room.ID = room.Number; room.ID == "" {
		room.ID = room.Name
	}
	room.HasPIN = room.PIN != nil && *room.PIN != "" || room.PIN == nil && h.rooms[i].HasPIN
	room.PIN, room.Revision, room.URI, room.Source = nil, h.rooms[i].Revision+1, "sip:conference@example.test;room="+room.ID, "api"
	room.Participants = []api.RoomParticipant{{Number: 1, URI: "sip:bob@example.test", Name: "Bob", Role: "participant", Status: "connected", Since: time.Unix(0, 0)}}
	h.rooms[i] = room
	return nil
}

func (h *hall) Delete(name string) error {
	h.rooms = slices.Delete(h.rooms, h.at(name), h.at(name)+1)
	return nil
}

func (h *hall) Do(act api.RoomAct) error {
	h.acts = append(h.acts, act)
	return nil
}

func TestRoomCommands(t *testing.T) {
	e := newExchange(t)
	e.run("rooms list", "NUMBER")
	e.with("482913\n", "rooms", "add", "3300", "--title", "The team", "--moderator", "alice", "--member", "bob", "--pin", "--pin-stdin")
	e.run("rooms show 3300", "The team", "PIN", "set", "sip:bob@example.test", "connected")
	e.run("rooms set 3300 --name team --no-pin --limit 7 --dial bob --entry none --wait", "team", "7", "participants wait")
	e.run("rooms list", "3300", "team", "The team")
	e.run("rooms list --json", `"number": "3300"`)
	e.run("rooms dial team bob --payer alice --moderator", "done in room team")
	e.run("rooms mute 3300 1", "done")
	e.run("rooms drop 3300 1", "done")
	e.run("rooms record 3300", "done")
	want := []api.RoomAct{
		{Room: "3300", Does: "dial", Target: "bob", Payer: "alice", Role: "moderator"},
		{Room: "3300", Participant: 1, Does: "mute"},
		{Room: "3300", Participant: 1, Does: "remove"},
		{Room: "3300", Does: "record"},
	}
	if !slices.Equal(e.hall.acts, want) {
		t.Errorf("asked for %v, want %v", e.hall.acts, want)
	}
	e.fail("there is no such room", "rooms show 4711", "4711")
	e.fail("nothing to change", "rooms set 3300")
	e.fail("no participant", "rooms mute 3300 bob", "rooms show 3300")
	e.fail("nobody", "rooms dial 3300", "wants")
	e.fail("nobody of that name", "rooms add 3301 --moderator nobody", "moderators[0]")
	e.run("rooms remove 3300", "3300")
}

// TestRoomGuide: the commands that the guide shows work, in their order.
func TestRoomGuide(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "rooms.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```sh\n")
	block, _, _ = strings.Cut(block, "```")
	e := newExchange(t)
	count := 0
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "hookflash "); ok {
			e.run(command)
			count++
		}
	}
	if count < 8 {
		t.Errorf("%d commands", count)
	}
}
