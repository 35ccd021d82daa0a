package directory

import (
	"encoding"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestTextForms: what people write, and how it is written afterwards; "" is refused.
func TestTextForms(t *testing.T) {
	long := strings.Repeat("1", MaxText+1)
	for _, test := range []struct {
		kind  encoding.TextUnmarshaler
		texts map[string]string
	}{
		{new(Target), map[string]string{
			"phones": "phones", "voicemail": "voicemail", "voicemail:carol": "voicemail:carol", "voicemail:": "", "menu:main": "menu:main", "menu:": "", "menu": "menu",
			"announcement:closed": "announcement:closed", "announcement:../closed": "", "announcement:a b": "", "carol": "carol", "a.b-c_d+e": "a.b-c_d+e",
			"+49 30": "", "+49-30-123": "+4930123", "(030)123": "030123", "tel:+49-30-123": "+4930123", "tel:carol": "", "tel:phones": "", "1002": "1002", "*97": "*97",
			"sip:carol@example.test": "sip:carol@example.test", "SIPS:carol@example.test": "SIPS:carol@example.test", "carol@example.test": "sip:carol@example.test",
			"sip:example.test": "sip:example.test", "sip:carol@[2001:db8::1]:5060;transport=tcp": "sip:carol@[2001:db8::1]:5060;transport=tcp",
			"sip:": "", "sip:@example.test": "", "sip:carol@": "", "sip:carol@example.test:": "", "sip:carol@example.test:x": "", "sip:carol@exa_mple.test": "",
			"sip:carol@example.test?Replaces=x": "", "sip:a@b@c": "", "sip:ca%rol@example.test": "", "sip:<carol>@example.test": "", "http://example.test": "",
			"": "", "a\nb": "", "größe": "", strings.Repeat("a", MaxName+1): "", long: "",
		}},
		{new(Pattern), map[string]string{
			"alice": "alice", "sip:alice": "alice", "sip:Alice@Example.TEST": "Alice@example.test", "sips:a@b": "a@b", "*@Spam.Test": "*@spam.test", "sip:_a@b": "sip:_a@b", "_a@b": "sip:_a@b",
			"+49*": "+49*", "0900*": "0900*", "+49-30-1": "+49301", "tel:+49301": "+49301", "*": "*", "tel:alice": "", "al*": "",
			"_NXXX.": "_NXXX.", "_nxxx!": "_NXXX!", "_[3-57]Z": "_[3-57]Z", "_+49X.": "_+49X.", "_": "", "_[": "", "_[]": "", "_[5-3]": "", "_[a-c]": "", "_X.X": "", "_X!X": "", "_Y": "",
			"sip:": "", "@b": "", "a@": "", "a@b@c": "", "a@b/c": "", "": "", "a b": "", "a\x00": "", long: "",
		}},
		{new(Hours), map[string]string{
			"mon-fri 09:00-17:00": "mon,tue,wed,thu,fri 09:00-17:00", "Sat,Sun": "sat,sun", "22:00-06:00": "mon,tue,wed,thu,fri,sat,sun 22:00-06:00", "fri-mon": "mon,fri,sat,sun",
			"sun 9:00-24:00": "sun 09:00-24:00", "  mon   09:00-10:00 ": "mon 09:00-10:00", "mon 09:00-09:00": "", "mon 09:00": "", "mon 09:00-25:00": "", "mon 09:60-10:00": "", "mon 9-17": "",
			"monday": "", "mon-": "", "": "", "mon tue": "", "mon 09:00-10:00 x": "", "09:00-10:00 mon": "", "mon 24:01-25:00": "", "mon 009:00-10:00": "", "mon 09:0-10:00": "", long: "",
		}},
		{new(Dates), map[string]string{
			"12-25": "12-25", "12-24..01-02": "12-24..01-02", "2026-12-24..2026-12-26": "2026-12-24..2026-12-26", "2026-12-31 09:00-12:00": "2026-12-31 09:00-12:00", "02-29": "02-29", "2028-02-29": "2028-02-29",
			"02-30": "", "2026-02-29": "", "13-01": "", "2026-12-26..2026-12-24": "", "12-24..2026-12-26": "", "12-24..": "", "..12-24": "", "12-25 12:00-09:00": "", "12-25 09:00": "", "12-25 x": "", "0000-12-25": "", "": "", "25.12.": "",
		}},
		{new(Duration), map[string]string{"20s": "20s", "1m30s": "1m30s", "90s": "1m30s", "20": "", "": "", "soon": ""}},
		{new(Zone), map[string]string{"Europe/Berlin": "Europe/Berlin", "UTC": "UTC", "Local": "", "": "", "Mars/Olympus": "", "../../etc/passwd": "", "/etc/localtime": "", long: ""}},
	} {
		for text, want := range test.texts {
			err := test.kind.UnmarshalText([]byte(text))
			_, target := test.kind.(*Target)
			_, zone := test.kind.(*Zone)
			if text == "" && (target || zone) {
				if err != nil {
					t.Errorf("no text is no %T, and no mistake: %v", test.kind, err)
				}
				continue
			}
			if (err == nil) != (want != "") {
				t.Errorf("%T %.40q: error %v, want %q", test.kind, text, err, want)
				continue
			}
			if err == nil && written(t, test.kind) != want {
				t.Errorf("%T %.40q: written as %q, want %q", test.kind, text, written(t, test.kind), want)
			}
			if err != nil && !strings.Contains(err.Error(), "write") && !strings.Contains(err.Error(), ":") {
				t.Errorf("%T %.40q: %q says nothing of what to do", test.kind, text, err)
			}
		}
	}
}

func written(t *testing.T, value any) string {
	t.Helper()
	text, err := value.(encoding.TextMarshaler).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFits: what patterns are about.
func TestFits(t *testing.T) {
	alice := Subject{Name: "alice", Address: "alice@example.test", Number: "1001"}
	mobile := Subject{Address: "+49171555@gw.test", Number: "+49171555"}
	extension := Subject{Name: "1005", Address: "1005@example.test"}
	for _, test := range []struct {
		pattern string
		subject Subject
		want    bool
	}{
		{"alice", alice, true},
		{"Alice", alice, false},
		{"sip:alice@example.test", alice, true},
		{"sip:alice@EXAMPLE.test", alice, true},
		{"sip:alice@elsewhere.test", alice, false},
		{"*@example.test", alice, true},
		{"*@test", alice, false},
		{"*@gw.test", alice, false},
		{"*@gw.test", Subject{}, false},
		{"1001", alice, true},
		{"10*", alice, true},
		{"1002*", alice, false},
		{"10*", extension, true},
		{"_10XX", extension, true},
		{"_10XX", alice, true},
		{"_10X", alice, false},
		{"_10X.", alice, true},
		{"_1001.", alice, false},
		{"_1001!", alice, true},
		{"_ZNXX", Subject{Number: "1234"}, true},
		{"_ZNXX", Subject{Number: "0234"}, false},
		{"_ZNXX", Subject{Number: "1134"}, false},
		{"_[1-35]X", Subject{Number: "59"}, true},
		{"_[1-35]X", Subject{Number: "49"}, false},
		{"+49*", mobile, true},
		{"+491*", mobile, true},
		{"+44*", mobile, false},
		{"_+49X.", mobile, true},
		{"*", alice, true},
		{"*", Subject{}, true},
		{"alice", Subject{}, false},
		{"_!", Subject{}, true},
		{"_.", Subject{}, false},
	} {
		pattern, err := ParsePattern(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if pattern.Fits(test.subject) != test.want {
			t.Errorf("%s and %+v: want %v", test.pattern, test.subject, test.want)
		}
		if n := testing.AllocsPerRun(10, func() { pattern.Fits(test.subject) }); n > 0 {
			t.Errorf("%s: %v allocations", test.pattern, n)
		}
	}
	if (Pattern{}).Fits(Subject{}) {
		t.Error("no pattern fits nobody")
	}
}

// TestRoutingJSON: everything that can be set comes back as it was.
func TestRoutingJSON(t *testing.T) {
	routing := Routing{
		Display: "Bob", Numbers: []string{"1002", "+4930123456"},
		Forward: Forward{
			Unconditional: Target{TargetName, "carol"}, Busy: Target{Kind: TargetVoicemail}, Redirect: true,
			NoAnswer: NoAnswer{Target{TargetMenu, "main"}, Duration(15 * time.Second)}, Unreachable: Target{TargetURI, "sip:bob@elsewhere.test"},
		},
		FindMe: FindMe{Off: true, Steps: []Step{{Targets: []Target{{Kind: TargetPhones}, {TargetNumber, "+49171555"}}, InTurn: true, For: Duration(time.Minute), Confirm: true}}},
		Screening: []Rule{{
			Name: "night", From: []Pattern{pattern(t, "+44*"), pattern(t, "sip:_x@y")}, Groups: []string{"family"}, Sources: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Anonymous: true, Away: true,
			When:   When{Calendar: "office", Closed: true, Hours: []Hours{hours(t, "mon-fri 22:00-06:00")}, Zone: zone(t, "Europe/Berlin")},
			Action: ActionDivert, To: Target{TargetAnnouncement, "closed"}, Announcement: "sorry",
		}},
		Block: []Pattern{pattern(t, "*@spam.test")}, RejectAnonymous: true, DoNotDisturb: true, CallWaitingOff: true, Away: true,
		Outgoing:  Outgoing{Class: ClassInternational, Rules: []DialRule{{Name: "x", To: []Pattern{pattern(t, "_0900X.")}, Allow: true, When: When{Calendar: "office"}, Announcement: "no"}}},
		Redirects: RedirectsFollow, Mailbox: Mailbox{Off: true, PIN: "$argon2id$x", Mail: "bob@mail.test", MailOnly: true}, Language: "zh", Music: "jazz",
	}
	calendar := Calendar{Name: "office", Zone: zone(t, "Asia/Shanghai"), Open: []Hours{hours(t, "mon-fri 09:00-17:00")}, Dates: []Dates{dates(t, "12-24..01-02"), dates(t, "2026-12-31 09:00-12:00")}}
	group := Group{Name: "sales", Display: "Sales", Numbers: []string{"2000"}, Members: []string{"alice"}, InTurn: true, Ring: Duration(5 * time.Second), NoAnswer: Target{TargetVoicemail, "alice"}, Pickup: true, Music: "jazz"}
	same(t, routing)
	same(t, calendar)
	same(t, group)
	same(t, Routing{})
	if text, _ := json.Marshal(Routing{}); string(text) != "{}" {
		t.Errorf("nothing set is %s", text)
	}
}

// same writes a value as JSON and reads it back.
func same[T any](t *testing.T, value T) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var again T
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if difference := cmp.Diff(value, again, cmp.Comparer(func(a, b Pattern) bool { return a == b }), cmp.Comparer(func(a, b Zone) bool { return a == b }),
		cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); difference != "" {
		t.Errorf("%s:\n%s", text, difference)
	}
}

func pattern(t *testing.T, text string) Pattern { return read(t, text, ParsePattern) }
func hours(t *testing.T, text string) Hours     { return read(t, text, ParseHours) }
func dates(t *testing.T, text string) Dates     { return read(t, text, ParseDates) }
func zone(t *testing.T, text string) Zone       { return read(t, text, ParseZone) }

func read[T any](t *testing.T, text string, parse func(string) (T, error)) T {
	t.Helper()
	value, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// FuzzRouting: what was read from JSON is written in a form that reads the same, and can be checked.
func FuzzRouting(f *testing.F) {
	for _, seed := range []string{
		`{"numbers":["1002"],"forward":{"unconditional":"u","busy":"voicemail","no-answer":{"to":"menu:main","after":"15s"}},"block":["+44*"]}`,
		`{"find-me":{"steps":[{"ring":["phones","+49171555"],"in-turn":true,"for":"1m","confirm":true}]},"mailbox":{"mail":"a@b"}}`,
		`{"screening":[{"name":"night","from":["_NX."],"sources":["10.0.0.0/8"],"when":{"calendar":"c","closed":true,"hours":["22:00-06:00"],"zone":"UTC"},"action":"divert","to":"announcement:x"}]}`,
		`{"outgoing":{"class":"premium","rules":[{"to":["*"],"allow":true,"when":{"zone":""}}]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var routing Routing
		if json.Unmarshal(text, &routing) != nil {
			return
		}
		first, err := json.Marshal(&routing)
		if err != nil {
			return // a value that can't be written: Catalogue refuses it
		}
		var again Routing
		if err := json.Unmarshal(first, &again); err != nil {
			if problems := (&Catalogue{}).UserProblems(&User{Name: "u", Routing: &routing}); len(problems) == 0 {
				t.Fatalf("%s can't be read again, and nothing is wrong with it: %v", first, err)
			}
			return
		}
		second, _ := json.Marshal(&again) // without the lists that were there and empty
		var third Routing
		if err := json.Unmarshal(second, &third); err != nil {
			t.Fatalf("%s: %v", second, err)
		}
		if last, _ := json.Marshal(&third); string(last) != string(second) {
			t.Errorf("%s became %s", second, last)
		}
	})
}

// FuzzTextForms: what was read is written in a form that reads the same, and stays as it is.
func FuzzTextForms(f *testing.F) {
	for _, seed := range []string{"phones", "voicemail:x", "sip:a@b;c=d", "+49*", "_[3-5]X.", "mon-fri 09:00-17:00", "12-24..01-02", "2026-12-31 09:00-12:00", "1m30s", "Europe/Berlin", "tel:+49-30", "sip:_a@b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		again(t, text, ParseTarget)
		again(t, text, ParsePattern)
		again(t, text, ParseHours)
		again(t, text, ParseDates)
		again(t, text, ParseZone)
		again(t, text, func(text string) (d Duration, err error) { err = d.UnmarshalText([]byte(text)); return d, err })
		if p, err := ParsePattern(text); err == nil {
			p.Fits(Subject{Name: text, Address: text, Number: text})
		}
	})
}

func again[T interface {
	comparable
	encoding.TextMarshaler
}](t *testing.T, text string, parse func(string) (T, error)) {
	t.Helper()
	value, err := parse(text)
	if err != nil {
		return
	}
	first := written(t, value)
	second, err := parse(first)
	if err != nil || second != value {
		t.Errorf("%T %q is written %q, which reads %+v, %v; want %+v", value, text, first, second, err, value)
	}
}
