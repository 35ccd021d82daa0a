package config

import (
	"strings"
	"testing"

	"hookflash/pin"
)

const housed = `domain: example.test
listen: {sip: [udp:127.0.0.1:5060]}
users: [{name: alice, password: long-and-random}]
`

const meeting = housed + `rooms:
  number: "3900"
  ad-hoc: 3901-3910
  limit: 20
  entry: prompt
  list:
    - {number: "3300", name: team, title: The team, pin: "482913", moderator-pin: "739164", moderators: [alice], members: [alice],
       limit: 50, language: zh, music: none, exit: none, dial: [alice, "+4930123456"], payer: alice, members-invite: true, locked: true, wait: true}
    - {name: open}
`

func TestRooms(t *testing.T) {
	config, _, err := Parse([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	if rooms := config.Rooms; rooms.Off || rooms.Number != "3000" || len(rooms.AdHoc) != 199 || rooms.AdHoc[198] != "3199" || rooms.Limit != 100 || rooms.Entry != "tones" {
		t.Errorf("defaults: %+v", rooms)
	}
	if config, _, err = Parse([]byte(minimal + "rooms: false\n")); err != nil || !config.Rooms.Off {
		t.Errorf("off: %v", err)
	}
	if config, _, err = Parse([]byte(minimal + "rooms: [{number: \"3300\"}]\n")); err != nil || len(config.Rooms.Named) != 1 {
		t.Errorf("a list alone: %v", err)
	}
	if config, _, err = Parse([]byte(meeting)); err != nil {
		t.Fatal(err)
	}
	rooms := config.Rooms
	team, open := rooms.Named[0], rooms.Named[1]
	for _, fact := range []fact{
		{"the number that asks", rooms.Number, "3900"},
		{"numbers of rooms that are made", len(rooms.AdHoc), 10},
		{"a PIN", pin.Check(team.PIN, "482913"), true},
		{"that of moderators", pin.Check(team.ModeratorPIN, "739164"), true},
		{"and no other", pin.Check(team.PIN, "739164"), false},
		{"whom the room calls", strings.Join(team.Dial, " "), "alice +4930123456"},
		{"how many", team.Limit, 50},
		{"what is said", team.Language, "zh"},
		{"how comings are told", team.Entry, "prompt"},
		{"and goings", team.Exit, "none"},
		{"flags", team.MembersInvite && team.Locked && team.Wait, true},
		{"what a room does not say is as beside it", open.Limit, 20},
		{"it has no PIN", open.PIN, ""},
	} {
		if fact.got != fact.want {
			t.Errorf("%s: %v, want %v", fact.reason, fact.got, fact.want)
		}
	}
	again, _, _ := Parse([]byte(meeting))
	if again.Rooms.Named[0].PIN != team.PIN {
		t.Error("the same file gives the same hashes")
	}
}

// TestRoomsWrong: what can't be served is said where it stands.
func TestRoomsWrong(t *testing.T) {
	for text, path := range map[string]string{
		`[{title: x}]`:                                                         "rooms[0].number",
		`[{number: "33a"}]`:                                                    "rooms[0].number",
		`[{number: "3300"}, {number: "3300"}]`:                                 "rooms[1]",
		`[{number: "3300", pin: "1234"}]`:                                      "rooms[0].pin",
		`[{number: "3300", pin: "111111"}]`:                                    "rooms[0].pin",
		`[{number: "3300", moderators: [nobody]}]`:                             "rooms[0].moderators[0]",
		`[{number: "3300", payer: nobody}]`:                                    "rooms[0].payer",
		`[{number: "3300", limit: 1}]`:                                         "rooms[0].limit",
		`[{number: "3300", limit: 1000}]`:                                      "rooms[0].limit",
		`[{number: "3300", entry: bells}]`:                                     "rooms[0].entry",
		`[{number: "3300", music: bells}]`:                                     "rooms[0].music",
		`[{number: "3300", language: de}]`:                                     "rooms[0].language",
		`[{name: alice}]`:                                                      "rooms[0].name",
		`[{number: "701"}]`:                                                    "rooms[0]",
		`{number: "3a"}`:                                                       "rooms.number",
		`{number: "3300", list: [{number: "3300"}]}`:                           "rooms.list[0]",
		`{ad-hoc: 3001-30}`:                                                    "rooms.ad-hoc",
		`{list: [{number: "3300", wait: true}]}`:                               "rooms.list[0]",
		`{list: [{number: "3300", title: "` + strings.Repeat("x", 65) + `"}]}`: "rooms.list[0].title",
	} {
		_, warnings, err := Parse([]byte(housed + "rooms: " + text + "\n"))
		said := ""
		if err != nil {
			said = err.Error()
		}
		for _, warning := range warnings {
			said += warning.Path + ": "
		}
		if !strings.Contains(said, path+":") && !strings.Contains(said, path+" ") {
			t.Errorf("%s: %q, want something about %s", text, said, path)
		}
	}
}
