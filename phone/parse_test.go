package phone

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hookflash/ua"
)

func TestParse(t *testing.T) {
	tests := []struct {
		reason    string
		text      string
		line      uint64
		command   string
		arguments []string
		problem   string
	}{
		{"nothing", "", 0, "", nil, ""},
		{"a comment", "  # call bob", 0, "", nil, ""},
		{"a command", "answer", 0, "answer", nil, ""},
		{"white space around", "  call\t bob ", 0, "call", []string{"bob"}, ""},
		{"in capitals", "CALL bob", 0, "call", []string{"bob"}, ""},
		{"a line before", "2 hold", 2, "hold", nil, ""},
		{"a line behind", "hold 2", 0, "hold", []string{"2"}, ""},
		{"a number to call", "call 701", 0, "call", []string{"701"}, ""},
		{"text with white space", "message bob hello  there", 0, "message", []string{"bob", "hello  there"}, ""},
		{"events", "expect ringing established", 0, "expect", []string{"ringing established"}, ""},
		{"two arguments, one left out", "wait ended", 0, "wait", []string{"ended"}, ""},
		{"both", "wait ended 5", 0, "wait", []string{"ended", "5"}, ""},
		{"an argument is missing", "message bob", 0, "", nil, "write message TARGET TEXT"},
		{"one too many", "swap 1", 0, "", nil, "write swap"},
		{"two too many", "call bob and carol", 0, "", nil, "write call TARGET"},
		{"no such command", "anser", 0, "", nil, "did you mean answer?"},
		{"a line alone", "2", 0, "", nil, "there is no command"},
	}
	for _, test := range tests {
		got, ok, err := Parse(test.text)
		if test.problem != "" {
			if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), test.problem) {
				t.Errorf("%s: %q: %v, want %q", test.reason, test.text, err, test.problem)
			}
			continue
		}
		if err != nil || ok != (test.command != "") || got.Line != test.line || got.Command.Name != test.command || !slices.Equal(got.Arguments, test.arguments) {
			t.Errorf("%s: %q: line %d, %q %q, %v", test.reason, test.text, got.Line, got.Command.Name, got.Arguments, err)
		}
	}
}

// TestParseAnything: whatever is typed, there are as many arguments as the command takes, or an error.
func TestParseAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9]{0,3} ?(call|wait|message|reject|help) ?[a-z0-9 ]*`)).Draw(t, "text")
		i, ok, err := Parse(text)
		if err == nil && ok && (len(i.Arguments) < i.Command.least || len(i.Arguments) > i.Command.most) {
			t.Fatalf("%q: %d arguments", text, len(i.Arguments))
		}
	})
}

// TestCommands: the table has no gaps.
func TestCommands(t *testing.T) {
	names, keys := map[string]bool{}, map[string]string{}
	pairs := map[string]string{"resume": "hold", "unmute": "mute"}
	for _, c := range Commands() {
		if names[c.Name] || c.Help == "" || c.run == nil || c.least > c.most || c.most > 0 != (c.Arguments != "") {
			t.Errorf("%s: twice, or without help, or its arguments don't fit", c.Name)
		}
		names[c.Name] = true
		if other := keys[c.Key]; c.Key != "" && other != "" && pairs[c.Name] != other {
			t.Errorf("%s and %s have the same key", c.Name, other)
		}
		keys[c.Key] = c.Name
	}
	for _, wanted := range strings.Fields("call answer reject hangup hold resume swap transfer attended complete message-transfer conference join dtmf " +
		"message redial mute unmute calls history dnd auto divert wait sleep expect help quit pickup watch unwatch") {
		if !names[wanted] {
			t.Errorf("there is no %s", wanted)
		}
	}
}

// TestEventNames: each kind of event has a name of its own that a script can wait for.
func TestEventNames(t *testing.T) {
	snake := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[string]bool{}
	for kind := ua.Incoming; kind <= ua.Acknowledged; kind++ {
		name := EventName(kind)
		if seen[name] || name == "other" || !snake.MatchString(name) {
			t.Errorf("kind %d is called %q", kind, name)
		}
		seen[name] = true
		if p, err := parsePattern(name+":486", 0); err != nil || p.kind != kind || !p.fits(ua.Event{Kind: kind, Code: 486}) || p.fits(ua.Event{Kind: kind, Code: 480}) {
			t.Errorf("wait %s:486: %+v %v", name, p, err)
		}
	}
	if EventName(0) != "other" || EventName(255) != "other" {
		t.Error("what is not known is called other")
	}
}

func TestTarget(t *testing.T) {
	tests := []struct{ reason, text, want string }{
		{"a name", "bob", "sip:bob@example.test"},
		{"a number", "701", "sip:701@example.test"},
		{"an address", "bob@example.com", "sip:bob@example.com"},
		{"a URI", "sip:bob@192.0.2.1:5070", "sip:bob@192.0.2.1:5070"},
		{"in brackets", "<sips:bob@example.com>", "sips:bob@example.com"},
		{"a feature code", "*97", "sip:*97@example.test"},
		{"what must be escaped", "#1", "sip:%231@example.test"},
		{"no host", "bob@", ""},
		{"a line break", "bob@example.com\r\nVia: x", ""},
	}
	for _, test := range tests {
		got, err := Target(test.text, "example.test")
		if got != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s: %q, want %q: %v", test.reason, got, test.want, err)
		}
	}
	if Number("sip:%231@example.test") != "#1" || Number("urn:service:sos") != "urn:service:sos" {
		t.Error("a number as a person knows it")
	}
}
