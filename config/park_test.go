package config

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hookflash/directory"
)

func TestPark(t *testing.T) {
	config, _, err := Parse([]byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	all, valet := config.Park.Orbits[0], config.Park.Orbits[1]
	if config.Park.Off || config.Park.Number != "700" || len(config.Park.Orbits) != 2 || len(all.Slots) != 20 || all.Slots[19] != "720" ||
		all.Timeout != 2*time.Minute || all.Tries != 3 || !valet.Valet || len(valet.Slots) != 100 {
		t.Errorf("defaults: %+v", config.Park)
	}
	config, _, err = Parse([]byte(minimal + "park: false\n"))
	if err != nil || !config.Park.Off {
		t.Errorf("off: %v", err)
	}
	promptsFolder(t)
	config, _, err = Parse([]byte(routed))
	if err != nil {
		t.Fatal(err)
	}
	park := config.Park
	if len(park.Orbits) != 3 || park.Number != "799" {
		t.Fatalf("orbits: %+v", park)
	}
	first, valets, sales := park.Orbits[0], park.Orbits[1], park.Orbits[2]
	for _, fact := range []fact{
		{"places", strings.Join(first.Slots, " "), "701 702 703 711"},
		{"their time", [2]time.Duration{first.Timeout, first.Every}, [2]time.Duration{time.Minute, 30 * time.Second}},
		{"how often the parker is called", first.Tries, 2},
		{"and then", first.Then.Kind, directory.TargetVoicemail},
		{"whose", strings.Join(first.Members, " "), "alice sales"},
		{"valet places", strings.Join(valets.Slots, " "), "5901 5902"},
		{"are like the first", valets.Tries, 2},
		{"an orbit's places", strings.Join(sales.Slots, " "), "721 722"},
		{"an orbit's time", sales.Timeout, 20 * time.Second},
		{"what it does not say is as beside it", sales.Tries, 2},
		{"an orbit's target", sales.Then.Value, "bob"},
		{"an orbit's members", strings.Join(sales.Members, " "), "sales"},
	} {
		if fact.got != fact.want {
			t.Errorf("%s: %v, want %v", fact.reason, fact.got, fact.want)
		}
	}
}

type fact struct {
	reason    string
	got, want any
}

func TestParkMistakes(t *testing.T) {
	for _, test := range []struct{ reason, text, want string }{
		{"no numbers", "park: {slots: seven}", `park.slots: "seven" are no parking places; write a range of numbers such as 701-720`},
		{"backwards", "park: {slots: 720-701}", `park.slots: "720-701" are no parking places`},
		{"another length", "park: {slots: 98-102}", `park.slots: "98-102" are no parking places`},
		{"none", "park: {slots: []}", "park.slots: is missing, so nobody could be parked there"},
		{"somebody's number", "users: [{name: bob, password: long-and-random, numbers: [\"705\"]}]\npark: {slots: 701-720}", "park.slots: 705 is a number of bob, so nobody can be parked there"},
		{"somebody's name", "users: [{name: \"705\", password: long-and-random}]\npark: {slots: 701-720}", "park.slots: 705 is a number of 705"},
		{"an emergency number", "park: {slots: 110-119}", "park.slots: 112 is an emergency number"},
		{"a code", "park: {valet: 7200-7209}", "park.valet: *7200 is the code *72, so nobody can be parked there"},
		{"twice", "park: {orbits: [{name: one, slots: 720-721}]}", "park.orbits[0].slots: 720 is a place of park.slots too"},
		{"two of a name", "park: {orbits: [{name: all, slots: 731}]}", `park.orbits[0].name: "all" is the name of two orbits`},
		{"no name", "park: {orbits: [{slots: 731}]}", "park.orbits[0].name"},
		{"a number that is a place", "park: {number: 701}", "park.number: 701 is a place of park.slots"},
		{"a number that is none", "park: {number: '*5'}", `park.number: "*5" can't be dialled`},
		{"strangers", "park: {members: [nobody]}", `park.members[0]: "nobody" is neither a user nor a group`},
		{"a moment", "park: {timeout: 1s}", "park.timeout: 1s is not from 10s to 1h"},
		{"for ever", "park: {tries: 1000}", "park.tries: 1000 is not from 0 to 100"},
		{"too much patience", "park: {patience: 1s}", "park.patience: 1s is not from 10s to 1h"},
		{"nobody to go to", "park: {then: nobody}", "park.then: "},
		{"no voicemail", "voicemail: false\npark: {then: voicemail}", "park.then: this server has no voicemail"},
		{"no such music", "park: {music: silence}", `park.music: "silence" is no music here`},
		{"no such key", "park: {slot: 701}", `park: unknown key "slot"; did you mean slots?`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			_, _, err := Parse([]byte(minimal + test.text + "\n"))
			var wrong *Error
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("%s:\n got %v\nwant %s", test.reason, err, test.want)
			}
			if len(wrong.Problems) != 1 {
				t.Errorf("%s: one mistake, one message, but got %d:\n%s", test.reason, len(wrong.Problems), err)
			}
		})
	}
}
