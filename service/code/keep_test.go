package code

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"hookflash/directory"
)

// view is a domain of users who have numbers, and of one group.
type view map[string]*directory.User

func (v view) User(name string) *directory.User    { return v[name] }
func (v view) Calendar(string) *directory.Calendar { return nil }
func (v view) Group(name string) *directory.Group {
	if name != "sales" {
		return nil
	}
	return &directory.Group{Name: name, Numbers: []string{"2000"}, Members: []string{"carol"}}
}

func (v view) Number(number string) string {
	if number == "2000" {
		return "sales"
	}
	for name, user := range v {
		if user.Routing != nil && slices.Contains(user.Routing.Numbers, number) {
			return name
		}
	}
	return ""
}

// normalize is that of Berlin, roughly.
func normalize(dialled string) (string, directory.Class, bool) {
	switch {
	case strings.HasPrefix(dialled, "00"):
		return "+" + dialled[2:], directory.ClassInternational, true
	case strings.HasPrefix(dialled, "+49"), strings.HasPrefix(dialled, "0"):
		return "+49" + strings.TrimPrefix(strings.TrimPrefix(dialled, "+49"), "0"), directory.ClassNational, true
	}
	return "", "", false
}

// settings are those of a domain in which bob has set something.
func settings(bob *directory.Routing) (s *Settings, users view) {
	users = view{
		"bob":   {Name: "bob", Routing: bob},
		"carol": {Name: "carol", Routing: &directory.Routing{Numbers: []string{"1003", "+49301003"}}},
		"1004":  {Name: "1004"},
	}
	catalogue := &directory.Catalogue{Domain: "example.test", View: users, Trunks: true, Normalize: normalize}
	s = &Settings{
		Domain: "example.test", Users: users, Check: catalogue.UserProblems, Normalize: normalize,
		Codes: map[string]string{"*97": "voicemail", "*72": "forward"},
		Change: func(user string, edit func(u directory.User) (*directory.Routing, error)) error {
			for range 2 { // somebody else was faster
				routing, err := edit(*users[user])
				if err != nil {
					return err
				}
				if routing == users[user].Routing {
					return errors.New("changed in place")
				}
				defer func() { users[user] = &directory.User{Name: user, Routing: routing} }()
			}
			return nil
		},
	}
	return s, users
}

func read(t *testing.T, text string) *directory.Routing {
	t.Helper()
	if text == "null" {
		return nil
	}
	routing := &directory.Routing{}
	if err := json.Unmarshal([]byte(text), routing); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return routing
}

// TestKeep: what each code changes, what confirms it, and what is refused.
func TestKeep(t *testing.T) {
	const refused = "refused "
	for _, test := range []struct{ reason, before, does, argument, after, said string }{
		{"to a user by number", `null`, "forward", "1003", `{"forward":{"unconditional":"1003"}}`, "forward-on"},
		{"to a user whose name is a number", `{}`, "forward", "1004", `{"forward":{"unconditional":"1004"}}`, "forward-on"},
		{"to a group", `{}`, "forward", "2000", `{"forward":{"unconditional":"2000"}}`, "forward-on"},
		{"to somebody else than before", `{"forward":{"unconditional":"carol","busy":"carol"},"away":true}`, "forward", "2000", `{"forward":{"unconditional":"2000","busy":"carol"},"away":true}`, "forward-on"},
		{"to the telephone network", `{}`, "forward", "030123456", `{"forward":{"unconditional":"030123456"}}`, "forward-on"},
		{"to voicemail, by its code", `{}`, "forward-no-answer", "*97", `{"forward":{"no-answer":{"to":"voicemail"}}}`, "forward-on"},
		{"to a code", `{}`, "forward", "*72", "", refused},
		{"to oneself", `{"numbers":["1002"]}`, "forward", "1002", "", refused},
		{"to nobody", `{}`, "forward", "7777", "", refused + "not-in-service"},
		{"abroad, who may not", `{}`, "forward", "0012125551234", "", refused + "screening-originating"},
		{"abroad, who may", `{"outgoing":{"class":"international"}}`, "forward", "0012125551234", `{"outgoing":{"class":"international"},"forward":{"unconditional":"0012125551234"}}`, "forward-on"},
		{"when busy", `{}`, "forward-busy", "1003", `{"forward":{"busy":"1003"}}`, "forward-on"},
		{"when nobody answers, after as long as before", `{"forward":{"no-answer":{"to":"carol","after":"10s"}}}`, "forward-no-answer", "2000", `{"forward":{"no-answer":{"to":"2000","after":"10s"}}}`, "forward-on"},
		{"off", `{"forward":{"unconditional":"carol","busy":"carol"}}`, "forward-off", "", `{"forward":{"busy":"carol"}}`, "forward-off"},
		{"off, and no redirection of nothing", `{"forward":{"unconditional":"carol","redirect":true}}`, "forward-off", "", `{}`, "forward-off"},
		{"off, and it was", `null`, "forward-off", "", `{}`, "forward-off"},
		{"busy off", `{"forward":{"busy":"carol"}}`, "forward-busy-off", "", `{}`, "forward-off"},
		{"when no phone is there", `{}`, "forward-unreachable", "1003", `{"forward":{"unreachable":"1003"}}`, "forward-on"},
		{"unreachable off", `{"forward":{"unreachable":"carol"}}`, "forward-unreachable-off", "", `{}`, "forward-off"},
		{"no answer off", `{"forward":{"no-answer":{"to":"carol","after":"10s"}}}`, "forward-no-answer-off", "", `{}`, "forward-off"},

		{"do not disturb", `{}`, "do-not-disturb", "", `{"do-not-disturb":true}`, "do-not-disturb-on"},
		{"disturb", `{"do-not-disturb":true}`, "do-not-disturb-off", "", `{}`, "do-not-disturb-off"},
		{"the other way", `{}`, "do-not-disturb-toggle", "", `{"do-not-disturb":true}`, "do-not-disturb-on"},
		{"… and back", `{"do-not-disturb":true}`, "do-not-disturb-toggle", "", `{}`, "do-not-disturb-off"},
		{"no second call", `{}`, "call-waiting-off", "", `{"call-waiting":false}`, "call-waiting-off"},
		{"second calls", `{"call-waiting":false,"away":true}`, "call-waiting", "", `{"away":true}`, "call-waiting-on"},
		{"second calls, which there were", `{}`, "call-waiting", "", `{}`, "call-waiting-on"},
		{"find me no more", `{"find-me":{"steps":[{"ring":["phones"]}]}}`, "find-me-toggle", "", `{"find-me":{"off":true,"steps":[{"ring":["phones"]}]}}`, "find-me-off"},
		{"find me again", `{"find-me":{"off":true,"steps":[{"ring":["phones"]}]}}`, "find-me-toggle", "", `{"find-me":{"steps":[{"ring":["phones"]}]}}`, "find-me-on"},
		{"find me where", `{}`, "find-me-toggle", "", "", refused + "find-me-none"},
		{"nobody hides", `{}`, "reject-anonymous", "", `{"reject-anonymous":true}`, "anonymous-refused"},
		{"all may hide", `{"reject-anonymous":true}`, "reject-anonymous-off", "", `{}`, "anonymous-taken"},

		{"a user, by name", `{}`, "block", "1003", `{"block":["carol"]}`, "blocked"},
		{"a user, by another number", `{"block":["+44*"]}`, "block", "0301003", `{"block":["+44*","carol"]}`, "blocked"},
		{"a user, once", `{"block":["carol"]}`, "block", "1003", `{"block":["carol"]}`, "blocked"},
		{"somebody outside, as callers show it", `{}`, "block", "030123456", `{"block":["+4930123456"]}`, "blocked"},
		{"a number that is none, as it is", `{}`, "block", "7777", `{"block":["7777"]}`, "blocked"},
		{"everybody", `{}`, "block", "*", "", refused},
		{"oneself", `{"numbers":["1002"]}`, "block", "1002", "", refused},
		{"the last caller", `{}`, "block-last", "+4930123456", `{"block":["+4930123456"]}`, "blocked"},
		{"the last caller, by name", `{}`, "block-last", "carol", `{"block":["carol"]}`, "blocked"},
		{"nobody who called", `{}`, "block-last", "", "", refused},
		{"let in", `{"block":["carol","+44*"]}`, "unblock", "1003", `{"block":["+44*"]}`, "unblocked"},
		{"let in, whatever the form", `{"block":["030123456","+4930123456"]}`, "unblock", "030123456", `{}`, "unblocked"},
		{"let in, who was not kept out", `{"block":["+44*"]}`, "unblock", "1003", `{"block":["+44*"]}`, "unblocked"},

		{"what was wrong before hinders nothing", `{"forward":{"busy":"gone"}}`, "do-not-disturb", "", `{"forward":{"busy":"gone"},"do-not-disturb":true}`, "do-not-disturb-on"},
	} {
		s, users := settings(read(t, test.before))
		said, err := s.keep("bob", actions[test.does], edit{view: users, normalize: normalize, codes: s.Codes, argument: test.argument})
		var refusal *Refused
		switch {
		case errors.As(err, &refusal):
			said = refused + strings.Join(refusal.Prompts, " ")
		case err != nil:
			t.Errorf("%s: %v", test.reason, err)
			continue
		}
		if said != test.said {
			t.Errorf("%s: said %q, want %q (%v)", test.reason, said, test.said, err)
		}
		if test.after == "" {
			test.after = test.before
		}
		got, _ := json.Marshal(users["bob"].Routing)
		if want, _ := json.Marshal(read(t, test.after)); string(got) != string(want) {
			t.Errorf("%s: got %s, want %s", test.reason, got, want)
		}
	}
}

// TestNotInPlace: what others read meanwhile stays as it is.
func TestNotInPlace(t *testing.T) {
	before := read(t, `{"block":["a","b","carol"]}`)
	before.Block = append(make([]directory.Pattern, 0, 10), before.Block...)
	text, _ := json.Marshal(before)
	for _, does := range []string{"block", "unblock", "forward", "do-not-disturb", "reject-anonymous"} {
		s, users := settings(before)
		for _, number := range []string{"1003", "1004"} {
			if _, err := s.keep("bob", actions[does], edit{view: users, normalize: normalize, argument: number}); err != nil {
				t.Errorf("%s: %v", does, err)
			}
		}
		if after, _ := json.Marshal(before); string(after) != string(text) {
			t.Errorf("%s: %s became %s", does, text, after)
		}
	}
}

// TestActions: every action does one thing, and takes a number where it needs one.
func TestActions(t *testing.T) {
	for _, name := range Actions() {
		a := actions[name]
		ways := 0
		for _, way := range []bool{a.sorry != nil, a.change != nil, a.tell != nil, a.stay != nil} {
			if way {
				ways++
			}
		}
		wants := slices.Contains([]string{"forward", "forward-busy", "forward-no-answer", "forward-unreachable", "block", "unblock"}, name)
		if ways != 1 || a.argument != wants || a.last != (name == "block-last") {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
