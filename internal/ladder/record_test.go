package ladder

import (
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var (
	alice = netip.MustParseAddrPort("192.0.2.1:5060")
	proxy = netip.MustParseAddrPort("192.0.2.10:5060")
)

const invite = "INVITE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK77\r\n" +
	"From: <sip:alice@example.test>;tag=a9\r\nTo: <sip:bob@example.test>\r\ni: 8f@192.0.2.1\r\nCSeq: 1 INVITE\r\n" +
	"Replaces: 8f@192.0.2.1;to-tag=x;from-tag=a9\r\nAuthorization: Digest nonce=\"n0nce\",\r\n response=\"abc\"\r\n\r\n" +
	"a=crypto:1 AES inline:secret\r\n"

func recorded() *Ladder {
	var r Recorder
	r.Name(alice, "Alice")
	r.Name(netip.AddrPortFrom(proxy.Addr(), 0), "Proxy")
	r.Record(Sight{From: alice, To: proxy, Text: invite, Lost: true, Note: "rain"})
	r.Record(Sight{At: time.Second / 2, From: alice, To: proxy, Text: invite})
	r.Record(Sight{At: time.Second / 2, From: alice, To: proxy, Text: invite, Kind: Duplicate})
	r.Record(Sight{At: time.Second, From: proxy, To: alice, Text: "SIP/2.0 180 Ringing\r\nTo: x;tag=b\r\nCall-ID: 8f@192.0.2.1\r\nCSeq: 1 INVITE\r\n\r\n"})
	r.Record(Sight{At: time.Second, From: netip.MustParseAddrPort("[2001:db8::9]:7"), To: alice, Text: "\r\n\r\n"})
	r.Record(Sight{At: time.Second, From: proxy, To: alice, Text: "\x16\x03\x01"})
	return r.Ladder()
}

func TestRecorderNamesAndLabels(t *testing.T) {
	l := recorded()
	want := []string{"Alice", "Proxy", "[2001:db8::9]:7"}
	if strings.Join(l.Participants, ",") != strings.Join(want, ",") {
		t.Errorf("columns stand in the order they came up: got %v, want %v", l.Participants, want)
	}
	for i, want := range []struct {
		reason, label, callID string
		kind                  Kind
		lost                  bool
	}{
		{"the first copy is a message, though lost", "INVITE sip:bob@example.test", "8f@192.0.2.1", Message, true},
		{"the second is a retransmission", "INVITE sip:bob@example.test", "8f@192.0.2.1", Retransmission, false},
		{"the network's copy stays one", "INVITE sip:bob@example.test", "8f@192.0.2.1", Duplicate, false},
		{"a response is its code and reason", "180 Ringing", "8f@192.0.2.1", Message, false},
		{"line ends keep a flow alive", "keep-alive", "", Message, false},
		{"what is no SIP is not shown as such", "(not SIP, 3 bytes)", "", Message, false},
	} {
		got := l.Arrows[i]
		if got.Label != want.label || got.Kind != want.kind || got.Lost != want.lost || got.CallID != want.callID {
			t.Errorf("%s: got %+v", want.reason, got)
		}
	}
}

func TestRecorderKeepsItsLimits(t *testing.T) {
	var r Recorder
	for port := range uint16(MaxParticipants + 9) {
		r.Record(Sight{From: alice, To: netip.AddrPortFrom(proxy.Addr(), port+1), Text: "OPTIONS sip:" + strings.Repeat("x", 999) + " SIP/2.0\r\n\r\n"})
	}
	l := r.Ladder()
	if len(l.Participants) != MaxParticipants || l.Participants[MaxParticipants-1] != others {
		t.Errorf("everybody beyond the limit shares the last column: got %d columns", len(l.Participants))
	}
	if n := len(l.Arrows[0].Label); n != MaxLabel {
		t.Errorf("a long label is cut: got %d bytes", n)
	}
	for range MaxArrows {
		r.Record(Sight{From: alice, To: alice, Text: "x"})
	}
	l = r.Ladder()
	if len(l.Arrows) != MaxArrows || l.Omitted != MaxParticipants+9 || len(l.Arrows[MaxArrows-1].Notes) != 1 {
		t.Errorf("arrows beyond the limit are counted: got %d arrows, %d omitted", len(l.Arrows), l.Omitted)
	}
	if _, err := Parse(l.Draw()); err != nil {
		t.Errorf("the largest ladder can be read back: %v", err)
	}
}

func TestNormalizeNamesVolatileValues(t *testing.T) {
	l := recorded().Normalize("nothing")
	text := l.Arrows[0].Text
	for _, want := range []string{
		"branch=branch-1", "From: <sip:alice@example.test>;tag=tag-1", "i: call-1", "Replaces: call-1;to-tag=tag-2;from-tag=tag-1",
		`nonce="nonce-1"`, `response="response-1"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the same value gets the same name everywhere: no %s in\n%s", want, text)
		}
	}
	if l.Arrows[0].CallID != "call-1" || l.Arrows[3].CallID != "call-1" {
		t.Errorf("the drawn Call-IDs are named, too: got %q and %q", l.Arrows[0].CallID, l.Arrows[3].CallID)
	}
	if recorded().Arrows[0].Text != invite {
		t.Error("the ladder itself is left alone")
	}
}

func TestRedactLeavesNoSecret(t *testing.T) {
	l := recorded().Redact()
	for _, secret := range []string{"n0nce", "abc", "inline", "secret"} {
		if strings.Contains(l.Arrows[0].Text, secret) {
			t.Errorf("%q is still there:\n%s", secret, l.Arrows[0].Text)
		}
	}
	if !strings.Contains(l.Arrows[0].Text, "Authorization: (redacted)") {
		t.Errorf("the field's name stays:\n%s", l.Arrows[0].Text)
	}
}

func TestCompareShowsTheFirstDifference(t *testing.T) {
	for _, test := range []struct {
		reason string
		change func(l *Ladder)
		ignore Ignore
		want   string
	}{
		{"equal ladders", func(*Ladder) {}, 0, ""},
		{"another response", func(l *Ladder) { l.Arrows[1].Label = "486 Busy Here" }, 0, `arrow 2: label: want "100 Trying", got "486 Busy Here"`},
		{"another direction", func(l *Ladder) { l.Arrows[0].To = 2 }, 0, `arrow 1: to column: want "2", got "3"`},
		{"one arrow less", func(l *Ladder) { l.Arrows = l.Arrows[:10] }, 0, "arrow 11: missing: BYE"},
		{"one arrow more", func(l *Ladder) { l.Add("Bob", "Alice", "NOTIFY") }, 0, "arrow 12: not expected: NOTIFY F11 from Bob to Alice"},
		{"another column", func(l *Ladder) { l.Participants[2] = "Carol" }, 0, "participants: want Alice, Proxy, Bob, got Alice, Proxy, Carol"},
		{"another time", func(l *Ladder) { l.Arrows[0].At++ }, 0, `arrow 1: time: want "0s", got "1ns"`},
		{"another time, which doesn't matter", func(l *Ladder) { l.Arrows[0].At++ }, IgnoreTimes, ""},
		{"a line of a message", func(l *Ladder) { l.Arrows[0].Text = "INVITE sip:bob@example.test SIP/2.0\r\nSubject: x" }, 0, "line 2 of the message"},
		{"messages don't matter", func(l *Ladder) { l.Arrows[0].Text = "" }, IgnoreMessages, ""},
		{"notes don't matter", func(l *Ladder) { l.Arrows[5].Notes = nil }, IgnoreNotes, ""},
		{"calls don't matter", func(l *Ladder) { l.Arrows[5].CallID = "" }, IgnoreCalls, ""},
	} {
		got := basic()
		test.change(got)
		difference := Compare(basic(), got, test.ignore)
		if (difference == "") != (test.want == "") || !strings.Contains(difference, test.want) {
			t.Errorf("%s: got %q, want %q", test.reason, difference, test.want)
		}
	}
}

func TestSVGIsOneSafePicture(t *testing.T) {
	l := basic()
	l.Title = "Bøb & <script>"
	l.Participants[2] = `</text><script>alert(1)</script>`
	l.Arrows[0].Label = "INVITE \"sip:\u202e\x1b[31m\xff"
	picture := l.SVG()
	for _, forbidden := range []string{"<script", "\x1b", "\u202e", "http://example", "href"} {
		if strings.Contains(picture, forbidden) {
			t.Errorf("%q got into the picture", forbidden)
		}
	}
	for _, want := range []string{"Bøb", "prefers-color-scheme:dark", "arrow again", "arrow copy", "arrow media", "arrow lost"} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("the picture is no well-formed XML: %v", err)
		}
	}
}
