package sip

import (
	"strings"
	"testing"
	"time"
)

// reading is how a header family reads and prints values: ok is false for what it refuses.
type reading func(text string) (printed string, ok bool)

// readAs is the reading of a parser and its printer.
func readAs[T any](parse func(string) (T, error), print func(T, []byte) []byte) reading {
	return func(text string) (string, bool) {
		value, err := parse(text)
		if err != nil {
			return "", false
		}
		return string(print(value, nil)), true
	}
}

// fuzzValues holds the readings of a header family to what every value must keep: what is
// printed reads as what was meant, and however it is put into a message it is one header
// field there.
func fuzzValues(f *testing.F, readings []reading, h Header, seeds ...string) {
	f.Helper()
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, read := range readings {
			printed, ok := read(text)
			if !ok {
				continue
			}
			if again, ok := read(printed); printed != "" && (!ok || again != printed) {
				t.Fatalf("reading %d: %q prints %q, which reads as %q, %v", i, text, printed, again, ok)
			}
			holdsOneField(t, h, printed)
		}
	})
}

// holdsOneField puts a value into a message, new and on its way, and counts.
func holdsOneField(t *testing.T, h Header, value string) {
	t.Helper()
	if len(value) > MaxMessage/2 {
		return
	}
	built := string(NewRequest(OPTIONS, "sip:h").Add(h, value).Empty())
	if fields := strings.Count(built, "\r\n"); fields != 4 { // start line, the field, Content-Length, the empty line
		t.Fatalf("%q makes %d lines: %q", value, fields, built)
	}
	m, err := Parse(benchInvite)
	if err != nil {
		t.Fatal(err)
	}
	var e Edit
	e.Reset(m)
	e.Add(h, []byte(value))
	edited := string(e.Bytes())
	if strings.Count(edited, "\r\n") != strings.Count(m.Text(), "\r\n")+1 || strings.Count(edited, "\n") != strings.Count(m.Text(), "\n")+1 {
		t.Fatalf("%q on its way is more than a line: %q", value, edited)
	}
}

func FuzzContact(f *testing.F) {
	fuzzValues(f, []reading{readAs(ParseContact, Contact.Append)}, HeaderContact,
		"*", "<sip:a@h>;expires=60;q=0.5", `"A \"b\"" <sips:a@h;transport=tcp?x=y>;+sip.instance="<urn:uuid:0>";reg-id=1`, "sip:h;expires=x",
		"a b <sip:h>;q=1.000", "<sip:h>;+sip.instance=\"<\\\">\"")
}

func FuzzRoute(f *testing.F) {
	printRoute := func(a Address, b []byte) []byte { return append(a.appendBracketed(b), a.Params...) }
	fuzzValues(f, []reading{
		readAs(ParseRoute, printRoute),
		readAs(ParseReferredBy, func(r ReferredBy, b []byte) []byte { return printRoute(r.Address, b) }),
	}, HeaderRoute, "<sip:h;lr>", "<sips:[::1]:5061;lr;ob>;x=y", "a <sip:h>", `<sip:a@h>;cid="1@h"`, "<tel:+1>", "\"\r\n x\" <sip:h;lr>")
}

func FuzzRetargeting(f *testing.F) {
	fuzzValues(f, []reading{readAs(ParseHistoryInfo, HistoryEntry.Append), readAs(ParseDiversion, Diversion.Append)}, HeaderHistoryInfo,
		"<sip:a@h?Reason=SIP%3Bcause%3D302>;index=1.2;rc=1", "<sip:a@h>;index=1;mp=1.1;np=2", `<sip:a@h>;reason="no answer";counter=2;privacy=full;screen=yes`,
		"sip:a@h;counter=100", "<sip:a@h>;INDEX=1.")
}

func FuzzDialogID(f *testing.F) {
	fuzzValues(f, []reading{
		readAs(ParseReplaces, DialogID.AppendReplaces), readAs(ParseJoin, DialogID.AppendReplaces), readAs(ParseTargetDialog, DialogID.AppendTargetDialog),
	}, HeaderReplaces, "1@h;to-tag=a;from-tag=b;early-only", "1@h ; From-Tag = a\r\n ; to-tag=b", "1;local-tag=a;remote-tag=b", "1@h;to-tag=a;to-tag=b;from-tag=c",
		`1;to-tag="a";from-tag=b`, "1@h;to-tag=a;from-tag=b%3B")
}

func FuzzEvent(f *testing.F) {
	fuzzValues(f, []reading{readAs(ParseEvent, Event.Append), readAs(ParseSubscriptionState, SubscriptionState.Append)}, HeaderEvent,
		"presence.winfo;id=1", "refer", "dialog;id=\"1\";sla", "active;expires=60", "terminated;reason=\"a b\";retry-after=4294967295", "PENDING;expires=x")
}

func FuzzReliable(f *testing.F) {
	fuzzValues(f, []reading{
		readAs(ParseRAck, RAck.Append),
		readAs(ParseRSeq, func(n uint32, b []byte) []byte { return appendNumber(b, uint64(n)) }),
	}, HeaderRAck, "1 2 INVITE", "4294967295\t2147483647 \r\n X", "0 1 INVITE", "1 1INVITE", "17", "4294967296")
}

func FuzzSeconds(f *testing.F) {
	fuzzValues(f, []reading{
		readAs(ParseSessionExpires, SessionExpires.Append), readAs(ParseRetryAfter, RetryAfter.Append),
		readAs(ParseDate, func(at time.Time, b []byte) []byte { return AppendDate(b, at) }),
	}, HeaderRetryAfter, "90;refresher=UAC;x=y", "4294967295", "5 (a (b\\)) c);duration=60", "5(", "Sat, 13 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 2010 23:29:00 EST")
}

func FuzzReason(f *testing.F) {
	fuzzValues(f, []reading{readAs(ParseReason, Cause.Append), readAs(ParseWarning, Warning.Append)}, HeaderReason,
		`SIP;cause=200;text="Call completed elsewhere"`, "Q.850 ; cause=16", `x;text="a\"b\\"`, `301 isi.edu:5060 "Incompatible \"type\""`, "399 - \"\"", "99 h \"\"")
}

func FuzzInfo(f *testing.F) {
	fuzzValues(f, []reading{readAs(ParseInfo, Info.Append)}, HeaderCallInfo,
		"<http://h/a.jpg>;purpose=icon", "<cid:1@h>", "<http://169.254.169.254/>; x", "<a:\r\n b>", "<:>", "<urn:x>;\r\n y=\"\\\x01\"")
}

func FuzzPrivacy(f *testing.F) {
	fuzzValues(f, []reading{
		readAs(ParsePrivacy, Privacy.Append),
		readAs(ParseReferSub, func(wanted bool, b []byte) []byte {
			return append(b, map[bool]string{true: "true", false: "false"}[wanted]...)
		}),
	}, HeaderPrivacy, "id", "header;session ; user\r\n ;critical", "none", "none;id", "id,history", "other", "True;x", "FALSE")
}

func FuzzMediaType(f *testing.F) {
	fuzzValues(f, []reading{readAs(ParsePreference, Preference.Append), readAs(ParseContentType, MediaType.Append)}, HeaderAccept,
		"application/sdp;q=0.7;level=1", "*/*", "text/*;q=1.0", "en-gb;q=0.001", "multipart/mixed ; boundary=\"a b\"", "a / b", "text/;q=1")
}

// FuzzField: a header field of any name with any value leaves a message that reads the
// same again, in every way that it is read here, or none.
func FuzzField(f *testing.F) {
	addTorture(f, func(text string) {
		m, _ := Parse(text)
		if m == nil {
			return
		}
		for name, value := range m.Fields() {
			f.Add(name, value)
		}
	})
	for h := UnknownHeader + 1; h < headerCount; h++ {
		f.Add(h.String(), "1")
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		h := HeaderByName(name)
		lines := []string{
			"Via: SIP/2.0/UDP h;branch=z9hG4bK1", "Max-Forwards: 70", "From: <sip:a@h>;tag=1", "To: <sip:b@h>", "Call-ID: 1", "CSeq: 1 OPTIONS", "Content-Length: 0",
		}
		for i, line := range lines {
			if before, _, _ := strings.Cut(line, ":"); HeaderByName(before) == h {
				lines[i] = ""
			}
		}
		text := "OPTIONS sip:b@h SIP/2.0\r\n" + name + ": " + value + "\r\n"
		for _, line := range lines {
			if line != "" {
				text += line + "\r\n"
			}
		}
		m, err := Parse(text + "\r\n")
		if err != nil || m == nil {
			return
		}
		if h != UnknownHeader && !m.Has(h) {
			t.Fatalf("%q has no %s", m.Text(), h)
		}
		m.Number(h)
		m.TopValue(h)
		m.HasToken(h, "path")
		_, _ = m.AssertedIdentity(h)
		var values []string
		for one := range m.Values(h) {
			values = append(values, one)
		}
		var e Edit
		e.Reset(m)
		e.StampVia(testSource)
		e.AddLast(HeaderRecordRoute, []byte("<sip:p;lr>"))
		again, err := Parse(string(e.Bytes()))
		if err != nil {
			t.Fatalf("on its way it does not parse: %v\n%q", err, e.Bytes())
		}
		if h == HeaderVia || h == HeaderRecordRoute {
			return
		}
		for one := range again.Values(h) {
			if len(values) == 0 || values[0] != one {
				t.Fatalf("on its way %s has %q, not %q", name, one, values)
			}
			values = values[1:]
		}
		if len(values) != 0 {
			t.Fatalf("on its way %s lost %q", name, values)
		}
	})
}
