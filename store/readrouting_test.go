package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hookflash/directory"
)

func target(t testing.TB, text string) directory.Target {
	t.Helper()
	target, err := directory.ParseTarget(text)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func patterns(t testing.TB, texts ...string) []directory.Pattern {
	t.Helper()
	var all []directory.Pattern
	for _, text := range texts {
		pattern, err := directory.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, pattern)
	}
	return all
}

func hours(t testing.TB, texts ...string) []directory.Hours {
	t.Helper()
	var all []directory.Hours
	for _, text := range texts {
		part, err := directory.ParseHours(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, part)
	}
	return all
}

func zone(t testing.TB, name string) directory.Zone {
	t.Helper()
	zone, err := directory.ParseZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// fullRouting has something in every field.
func fullRouting(t testing.TB) *directory.Routing {
	t.Helper()
	when := directory.When{
		Calendar: "office", Closed: true, Hours: hours(t, "mon-fri 09:00-17:00", "22:00-06:00"), Zone: zone(t, "Europe/Berlin"),
	}
	return &directory.Routing{
		Display: "Bob Bäumer 鲍勃", Numbers: []string{"1002", "+4930123456"},
		Forward: directory.Forward{
			Unconditional: target(t, "carol"), Busy: target(t, "voicemail"), Unreachable: target(t, "sip:bob@elsewhere.test"),
			NoAnswer: directory.NoAnswer{To: target(t, "+49171555"), After: directory.DefaultRing}, Redirect: true,
		},
		FindMe: directory.FindMe{Off: true, Steps: []directory.Step{
			{Targets: []directory.Target{target(t, "phones"), target(t, "carol")}, InTurn: true, For: directory.MinRing, Confirm: true},
			{Targets: []directory.Target{target(t, "menu:main")}},
		}},
		Screening: []directory.Rule{{
			Name: "night", From: patterns(t, "+4930*", "*@elsewhere.test", "_NXX."), Groups: []string{"sales"},
			Sources: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Anonymous: true, Away: true, When: when,
			Action: directory.ActionDivert, To: target(t, "voicemail:carol"), Announcement: "closed",
		}, {Action: directory.ActionRefuse}},
		Block: patterns(t, "mallory", "+44*"), RejectAnonymous: true, DoNotDisturb: true, CallWaitingOff: true, Away: true,
		Outgoing: directory.Outgoing{Class: directory.ClassInternational, Rules: []directory.DialRule{{
			Name: "dear", To: patterns(t, "0900*"), Allow: true, When: when, Announcement: "no",
		}}},
		Redirects: directory.RedirectsFollow, Assist: directory.AssistAll, Language: "zh", Music: "jazz", Intercom: true, Zone: zone(t, "Asia/Shanghai"),
		Mailbox: directory.Mailbox{Off: true, PIN: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", Mail: "bob@mail.test", MailOnly: true},
	}
}

// routings compares what is behind values too, and time zones by their names.
var routings = cmp.Options{
	cmp.Comparer(func(a, b directory.Zone) bool { return a.String() == b.String() }),
	cmp.Comparer(func(a, b directory.Pattern) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

// wantFull: every field of a value that may be read quickly has something in it.
func wantFull(t *testing.T, path string, value reflect.Value) {
	t.Helper()
	switch value.Kind() {
	case reflect.Struct:
		if _, text := value.Interface().(interface{ MarshalText() ([]byte, error) }); text {
			break
		}
		for i := range value.NumField() {
			wantFull(t, path+"."+value.Type().Field(i).Name, value.Field(i))
		}
		return
	case reflect.Slice:
		if value.Len() > 0 {
			wantFull(t, path+"[0]", value.Index(0))
		}
	default:
	}
	if value.IsZero() {
		t.Errorf("%s is not set: this test would not tell that it is lost", path)
	}
}

// TestReadRouting: the quick reader takes every field there is and reads it as encoding/json does.
func TestReadRouting(t *testing.T) {
	bob := user("bob", "builder")
	bob.Assistants, bob.Routing = []string{"alice", "carol"}, fullRouting(t)
	wantFull(t, "Routing", reflect.ValueOf(*bob.Routing))
	value, err := encodeUser(&UserEntry{User: bob, Source: FromFile, Seed: "0123"})
	if err != nil {
		t.Fatal(err)
	}
	quick, ok := newMemo().readUser(string(value))
	if !ok {
		t.Fatalf("%s is not read quickly", value)
	}
	var slow userValue
	if err := json.Unmarshal(value, &slow); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slow.Routing, quick.Routing, routings); diff != "" {
		t.Errorf("it reads otherwise than by encoding/json (-slow +quick):\n%s", diff)
	}
	if diff := cmp.Diff(bob.Routing, quick.Routing, routings); diff != "" {
		t.Errorf("it changed (-want +got):\n%s", diff)
	}
	if quick.Seed != "0123" || !cmp.Equal(quick.Assistants, bob.Assistants) {
		t.Errorf("read as seed %q and assistants %v", quick.Seed, quick.Assistants)
	}
	for length := range value {
		if _, ok := newMemo().readUser(string(value[:length])); ok {
			t.Errorf("%s: taken though cut short", value[:length])
		}
	}
}

// TestReadRoutingSlowly: what the quick reader leaves, encoding/json reads.
func TestReadRoutingSlowly(t *testing.T) {
	m := newMemo()
	bob := user("bob", "builder")
	bob.Routing = fullRouting(t)
	bob.Routing.Display = `Bob "R&D"`
	value, err := encodeUser(&UserEntry{User: bob, Source: FromFile})
	if err != nil {
		t.Fatal(err)
	}
	var read [2]*UserEntry
	for i := range read {
		if read[i], err = m.decodeUser(value, 1); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(bob.Routing, read[0].User.Routing, routings); diff != "" {
		t.Errorf("it changed (-want +got):\n%s", diff)
	}
	if read[0].User.Routing.Screening[0].When.Zone != read[1].User.Routing.Screening[0].When.Zone {
		t.Error("a time zone is held once for each user: it takes kilobytes")
	}
}

func TestUnreadableRoutingIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		bob := user("bob", "builder")
		bob.Routing = &directory.Routing{Block: make([]directory.Pattern, 1)} // whose text is no pattern
		_, err := s.Users().Put(context.Background(), UserEntry{User: bob, Source: FromFile})
		wantError(t, "a pattern that is none", err, ErrInvalidUser)
		bob.Routing = &directory.Routing{Screening: []directory.Rule{{When: directory.When{Hours: make([]directory.Hours, 1)}}}}
		_, err = s.Users().Put(context.Background(), UserEntry{User: bob, Source: FromFile})
		wantError(t, "hours of no day", err, ErrInvalidUser)
	})
}

// TestMostRules: a user may have as many rules as directory allows.
func TestMostRules(t *testing.T) {
	everywhere(t, func(t *testing.T, s Store) {
		bob := user("bob", "builder")
		full := fullRouting(t)
		for i := range directory.MaxRules {
			rule, dial := full.Screening[0], full.Outgoing.Rules[0]
			rule.Name, dial.Name = fmt.Sprintf("rule number %d of bob", i), fmt.Sprintf("rule number %d for bob", i)
			rule.From = patterns(t, "+49301234567*", "+49301234568*", "+49301234569*", "alice@elsewhere.test", "*@elsewhere.test")
			dial.To = rule.From
			full.Screening, full.Outgoing.Rules = append(full.Screening, rule), append(full.Outgoing.Rules, dial)
		}
		for i := range directory.MaxPatterns {
			full.Block = append(full.Block, patterns(t, fmt.Sprintf("+49301234%04d", i))...)
		}
		bob.Routing = full
		put(t, s.Users(), UserEntry{User: bob, Source: FromInterface})
		if got := s.Directory().User("bob"); !cmp.Equal(full, got.Routing, routings) {
			t.Error("the rules changed")
		}
		full.Display = strings.Repeat("x", MaxUser)
		bob.Name = "rob"
		_, err := s.Users().Put(context.Background(), UserEntry{User: bob, Source: FromInterface})
		if !errors.Is(err, ErrInvalidUser) || !strings.Contains(err.Error(), "MaxUser") {
			t.Errorf("too much in all: %v, want it to name the limit", err)
		}
	})
}

// ordinary is a user who has forwarding, find-me and ten rules.
func ordinary(t testing.TB, number int) directory.User {
	ordinary := user(fmt.Sprintf("user%d", number), "secret")
	routing := &directory.Routing{
		Display: fmt.Sprintf("User Number %d", number), Numbers: []string{fmt.Sprint(100_000 + number)},
		Forward: directory.Forward{Busy: target(t, "voicemail"), NoAnswer: directory.NoAnswer{To: target(t, "carol"), After: directory.DefaultRing}},
		FindMe: directory.FindMe{Steps: []directory.Step{
			{Targets: []directory.Target{target(t, "phones")}, For: directory.DefaultRing},
			{Targets: []directory.Target{target(t, fmt.Sprintf("+49171%06d", number))}, Confirm: true},
		}},
	}
	for i := range 10 {
		routing.Screening = append(routing.Screening, directory.Rule{
			Name: fmt.Sprintf("rule %d", i), From: patterns(t, fmt.Sprintf("+4930%06d*", number+i), "*@elsewhere.test"),
			When:   directory.When{Hours: hours(t, "mon-fri 09:00-17:00"), Zone: zone(t, "Europe/Berlin")},
			Action: directory.ActionDivert, To: target(t, "voicemail"),
		})
	}
	ordinary.Routing = routing
	return ordinary
}

// BenchmarkReadRouting reads one user who has forwarding, find-me and ten rules.
func BenchmarkReadRouting(b *testing.B) {
	value, err := encodeUser(&UserEntry{User: ordinary(b, 1), Source: FromFile})
	if err != nil {
		b.Fatal(err)
	}
	m := newMemo()
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.decodeUser(value, 1); err != nil {
			b.Fatal(err)
		}
	}
}
