package phone

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/ua"
)

// TestSentences: every event reads as a sentence, and none of them commands the terminal.
func TestSentences(t *testing.T) {
	bob := ua.Event{Call: 1, From: "sip:bob@example.test", Name: "Bob"}
	tests := []struct {
		kind ua.Kind
		more ua.Event
		want string
	}{
		{ua.Incoming, ua.Event{}, "[1] Bob (bob@example.test) calls: answer, reject, or divert TARGET"},
		{ua.Ended, ua.Event{Code: 486}, "[1] the call with Bob (bob@example.test) has ended: 486 Busy Here"},
		{ua.Ended, ua.Event{Code: 302, Reason: "Gone Fishing", Text: "sip:carol@example.test"}, "[1] the call with Bob (bob@example.test) has ended: 302 Gone Fishing (carol@example.test)"},
		{ua.HeldByThem, ua.Event{}, "[1] Bob (bob@example.test) put you on hold"},
		{ua.Message, ua.Event{Text: "two\nlines\x1b[2J"}, `Bob (bob@example.test) writes: two\nlines\x1b[2J`},
		{ua.Transferring, ua.Event{Text: "sip:carol@example.test"}, "[1] Bob (bob@example.test) transfers you to carol@example.test"},
		{ua.Joined, ua.Event{Other: 2}, "[1] Bob (bob@example.test) joins line 2"},
		{ua.Acknowledged, ua.Event{}, ""},
		{ua.MessagesWaiting, ua.Event{Text: "2/8"}, "Bob (bob@example.test): 2 new messages, 8 old ones"},
		{ua.MessagesWaiting, ua.Event{Text: "no"}, "Bob (bob@example.test): no message waits"},
		{ua.Lamp, ua.Event{Text: "idle"}, "Bob (bob@example.test) is free"},
		{ua.Lamp, ua.Event{Text: "ringing"}, "Bob (bob@example.test) is called"},
		{ua.Lamp, ua.Event{Text: "ringing", Reason: "sip:alice@example.test"}, "Bob (bob@example.test) is called by alice@example.test; pickup takes the call"},
		{ua.Lamp, ua.Event{Text: "talking"}, "Bob (bob@example.test) is busy"},
		{ua.Lamp, ua.Event{Text: "unknown", Code: 403}, "Bob (bob@example.test) is not watched any more: 403 Forbidden"},
		{ua.MessagesWaiting, ua.Event{Text: "yes"}, "Bob (bob@example.test): messages wait"},
	}
	for _, test := range tests {
		e := test.more
		e.Kind, e.Call, e.From, e.Name = test.kind, bob.Call, bob.From, bob.Name
		if got := Describe(e); got != test.want {
			t.Errorf("%s: %q, want %q", EventName(test.kind), got, test.want)
		}
	}
	for kind := ua.Incoming; kind <= ua.Lamp; kind++ {
		evil := "\x1b]0;x\a\u202e\n"
		got := Describe(ua.Event{Kind: kind, From: evil, Name: evil, Text: evil, Reason: evil})
		if strings.ContainsAny(got, "\x1b\a\u202e\n") {
			t.Errorf("%s: the terminal is commanded: %q", EventName(kind), got)
		}
	}
}

func TestHearing(t *testing.T) {
	talking := func(call uint64, name string, room graph.Room, held, byThem bool) Line {
		return Line{Call: call, Name: name, URI: "sip:x@example.test", State: ua.Talking, Held: held, HeldByThem: byThem, Room: room}
	}
	tests := []struct {
		reason string
		s      Standing
		want   string
	}{
		{"two talk", Standing{Room: 1, Lines: []Line{talking(1, "Bob", 1, false, false)}}, "you and Bob hear each other"},
		{"three talk", Standing{Room: 1, Lines: []Line{talking(1, "Bob", 1, false, false), talking(2, "Carol", 1, false, false)}}, "you, Bob and Carol hear each other"},
		{"muted", Standing{Room: 1, Muted: true, Lines: []Line{talking(1, "Bob", 1, false, false)}}, "you hear Bob; nobody hears you: muted"},
		{"one waits", Standing{Room: 2, Lines: []Line{talking(1, "Bob", 1, true, false), talking(2, "Carol", 2, false, false)}}, "you and Carol hear each other|Bob is on hold"},
		{"held by them", Standing{Room: 1, Lines: []Line{talking(1, "Bob", 1, false, true)}}, "Bob put you on hold"},
		{"without us", Standing{Lines: []Line{talking(1, "Bob", 1, false, false), talking(2, "Carol", 1, false, false)}}, "Bob and Carol hear each other, without you"},
		{"it rings", Standing{Lines: []Line{{Call: 1, State: ua.Alerting}}}, ""},
	}
	for _, test := range tests {
		if got := strings.Join(test.s.Hearing(), "|"); got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
}

// TestWho: who calls is shown by the address that is certain, and by a name that can't be taken for one.
func TestWho(t *testing.T) {
	tests := []struct{ reason, name, want string }{
		{"a name", "Mallory", "Mallory (mallory@example.test)"},
		{"none", "", "mallory@example.test"},
		{"no more than the number", "mallory", "mallory@example.test"},
		{"somebody else's address", "carol@example.test", "mallory@example.test"},
		{"somebody else's line", "Carol (carol)", "mallory@example.test"},
		{"a name that fills the screen", strings.Repeat("x", 65), "mallory@example.test"},
	}
	for _, test := range tests {
		if got := who(test.name, "sip:mallory@example.test"); got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
	ringing := Line{Call: 1, Incoming: true, State: ua.Alerting, URI: "sip:mallory@example.test"}
	if got := ringing.String(); got != " [1] ringing  mallory@example.test, and nobody vouches for that" {
		t.Errorf("a stranger past the server: %q", got)
	}
}

// TestExplain: a refusal is told with what to do.
func TestExplain(t *testing.T) {
	err := fmt.Errorf("transfer: %w", &sip.StatusError{Code: 404})
	if got := Explain(err); got != "404 Not Found: nobody there has this name; look at how it is written" {
		t.Error(got)
	}
	if got := Explain(errors.New("plain")); got != "plain" {
		t.Error(got)
	}
}

func TestPast(t *testing.T) {
	began := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	tests := []struct {
		reason string
		past   Past
		want   string
	}{
		{"talked in", Past{URI: "sip:bob@example.test", Name: "Bob", Began: began, Answered: began, Ended: began.Add(61 * time.Second)}, "15:04:05 to   Bob (bob@example.test)  1m1s"},
		{"missed", Past{Incoming: true, URI: "sip:bob@example.test", Began: began, Ended: began, Code: 487}, "15:04:05 from bob@example.test  not answered: 487 Request Terminated"},
		{"goes on", Past{URI: "sip:bob@example.test", Began: began}, "15:04:05 to   bob@example.test  now"},
	}
	for _, test := range tests {
		if got := test.past.String(); got != test.want {
			t.Errorf("%s: %q, want %q", test.reason, got, test.want)
		}
	}
}

// TestHistoryLimit: the history keeps the latest calls.
func TestHistoryLimit(t *testing.T) {
	var w person
	for call := range uint64(MaxPast + 5) {
		w.remember(Past{Call: call})
	}
	if len(w.past) != MaxPast || w.past[0].Call != 5 {
		t.Errorf("%d calls, the first is %d", len(w.past), w.past[0].Call)
	}
}

// TestAccepts: who may call directly.
func TestAccepts(t *testing.T) {
	w := person{domain: "example.test", accept: []string{"bob", "sip:carol@example.com", "*@example.org"}}
	for uri, want := range map[string]bool{
		"sip:bob@example.test": true, "sip:bob@example.com": false, "sip:carol@EXAMPLE.com": true, "sip:anybody@example.org": true,
		"sip:dave@example.test": false, "tel:+123": false, "": false,
	} {
		if w.accepts(uri) != want {
			t.Errorf("%s: accepted is %v", uri, !want)
		}
	}
	if !(&person{}).accepts("sip:anybody@example.org") {
		t.Error("without a list everybody may")
	}
}
