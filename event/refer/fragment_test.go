package refer

import (
	"errors"
	"strings"
	"testing"

	"hookflash/sip"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	ok := Fragment{Code: 200, Reason: "OK"}
	for _, row := range []struct {
		reason, body string
		want         Fragment
	}{
		{"RFC 3515 §2.4.5: a status line", "SIP/2.0 200 OK\r\n", ok},
		{"without the CRLF", "SIP/2.0 200 OK", ok},
		{"with LF alone", "SIP/2.0 200 OK\n", ok},
		{"with empty lines around", "\r\nSIP/2.0 200 OK\r\n\r\n", ok},
		{"without a reason phrase", "SIP/2.0 200\r\n", Fragment{Code: 200}},
		{"with an empty one", "SIP/2.0 200 \r\n", Fragment{Code: 200}},
		{"RFC 3420 §3.1: 603", "SIP/2.0 603 Declined\r\n", Fragment{Code: 603, Reason: "Declined"}},
		{"version in another case", "sip/2.0 100 Trying", Trying},
		{
			"RFC 5359 §2.3: From, To, Call-ID and Contact, compact and with others between",
			"SIP/2.0 200 OK\r\nFrom: <sip:music@x>;tag=1\r\nWarning: x\r\nt : Alice <sip:alice@x>;tag=2\r\ni: abc@d\r\nContact: <sip:music@x;gr>\r\n\r\nTo: body",
			Fragment{200, "OK", "<sip:music@x>;tag=1", "Alice <sip:alice@x>;tag=2", "abc@d", "<sip:music@x;gr>"},
		},
		{"the first of two counts", "SIP/2.0 200 OK\r\nTo: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n", Fragment{Code: 200, Reason: "OK", To: "<sip:a@b>;tag=1"}},
	} {
		got, err := Parse(row.body)
		if err != nil || got != row.want {
			t.Errorf("%s: %+v, %v", row.reason, got, err)
		}
	}
	for _, row := range []struct {
		reason, body string
		want         error
	}{
		{"nothing", "", ErrFragment},
		{"RFC 3420 §3.2: a version alone", "SIP/2.0", ErrFragment},
		{"RFC 3420 §3.2: no version", "404 Not Found", ErrFragment},
		{"a request", "INVITE sip:alice@atlanta.com SIP/2.0", ErrFragment},
		{"header fields alone", "To: <sip:a@b>\r\n", ErrFragment},
		{"a code of four digits", "SIP/2.0 2000 OK", ErrFragment},
		{"a code below 100", "SIP/2.0 099 OK", ErrFragment},
		{"a code above 699", "SIP/2.0 700 OK", ErrFragment},
		{"no number", "SIP/2.0 2xx OK", ErrFragment},
		{"a sign", "SIP/2.0 +20 OK", ErrFragment},
		{"too long", "SIP/2.0 200 " + strings.Repeat("x", MaxOctets), ErrLimit},
	} {
		if _, err := Parse(row.body); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", row.reason, err)
		}
	}
}

func TestOf(t *testing.T) {
	response, err := sip.Parse("SIP/2.0 200 Fine\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:music@x>;tag=1\r\nTo: <sip:alice@x>;tag=2\r\n" +
		"Call-ID: abc\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@h;gr=1>\r\nContent-Length: 0\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(Of(response, false).Append(nil)); got != "SIP/2.0 200 Fine\r\n" {
		t.Errorf("RFC 3515 §5.3: who is not authenticated gets the status line alone: %q", got)
	}
	full := Of(response, true)
	want := "SIP/2.0 200 Fine\r\nFrom: <sip:music@x>;tag=1\r\nTo: <sip:alice@x>;tag=2\r\nCall-ID: abc\r\nContact: <sip:alice@h;gr=1>\r\n"
	if got := string(full.Append(nil)); got != want {
		t.Errorf("the authenticated referrer gets what names the dialog: %q", got)
	}
	id, ok := full.Replaces()
	if got := string(id.AppendReplaces(nil)); !ok || got != "abc;to-tag=2;from-tag=1" {
		t.Errorf("RFC 3891 §3: to-tag is that of whom the INVITE is for, the callee: %q", got)
	}
	if _, ok := Status(486).Replaces(); ok {
		t.Error("without identifiers there is none to replace")
	}
	if !full.Final() || !full.Success() || Trying.Final() || Status(486).Success() || Status(486).Reason != "Busy Here" {
		t.Error("1xx goes on, 2xx is success, the rest failed")
	}
	evil := Fragment{Code: 200, Reason: "OK\r\nEvil: 1", From: "<sip:a@b>\r\nEvil: 1", CallID: "\r\nEvil"}
	if got := string(evil.Append(nil)); got != "SIP/2.0 200 OK\r\nFrom: <sip:a@b>\r\n" {
		t.Errorf("no value becomes a second line: %q", got)
	}
}

func TestMatches(t *testing.T) {
	for _, row := range []struct {
		reason string
		event  sip.Event
		first  bool
		want   bool
	}{
		{"RFC 3515 §2.4.6: id is the CSeq of the REFER", EventOf(93809824), false, true},
		{"of another REFER", EventOf(1), true, false},
		{"the first in a dialog may go without", sip.Event{Package: "refer"}, true, true},
		{"others may not", sip.Event{Package: "refer"}, false, false},
		{"no number", sip.Event{Package: "refer", ID: "x"}, true, false},
		{"another package", sip.Event{Package: "dialog", ID: "93809824"}, true, false},
	} {
		if got := Matches(row.event, 93809824, row.first); got != row.want {
			t.Errorf("%s: %v", row.reason, got)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z<>;=]{1,8}`)
		some := rapid.OneOf(rapid.Just(""), word)
		f := Fragment{rapid.IntRange(100, 699).Draw(t, "code"), some.Draw(t, "reason"), some.Draw(t, "from"), some.Draw(t, "to"), some.Draw(t, "id"), some.Draw(t, "contact")}
		if got, err := Parse(string(f.Append(nil))); err != nil || got != f {
			t.Fatalf("%+v, %+v, %v", f, got, err)
		}
	})
}

func TestParseAllocations(t *testing.T) {
	body := "SIP/2.0 200 OK\r\n" + strings.Repeat("X: y\r\n", 2000)
	if got := testing.AllocsPerRun(100, func() { _, _ = Parse(body) }); got > 0 {
		t.Errorf("%v allocations", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("SIP/2.0 200 OK\r\nFrom: <sip:a@b>;tag=1\r\n")
	f.Add("SIP/2.0 486\n")
	f.Fuzz(func(t *testing.T, body string) {
		fragment, err := Parse(body)
		if err != nil {
			return
		}
		if _, err := Parse(string(fragment.Append(nil))); err != nil {
			t.Fatalf("%+v: %v", fragment, err)
		}
		fragment.Replaces()
	})
}
