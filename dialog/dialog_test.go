package dialog_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"hookflash/dialog"
	"hookflash/sip"
)

// shape is what matters of a request: its start line and header fields that a dialog decides.
func shape(t *testing.T, b *sip.Builder) string {
	t.Helper()
	m, err := sip.Parse(string(b.Empty()))
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for value := range m.Values(sip.HeaderRoute) {
		routes = append(routes, value)
	}
	return fmt.Sprintf("%s %s | %s | %s | %s | %s | %d", m.Method(), m.RequestURI(), strings.Join(routes, " "), m.From(), m.To(), m.CallID(), m.CSeq())
}

func want(t *testing.T, reason, got, wanted string) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s:\ngot  %s\nwant %s", reason, got, wanted)
	}
}

const via = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx"

// TestCallee: RFC 3261 §12.1.1, §12.2.1.1.
func TestCallee(t *testing.T) {
	m := request(t, "INVITE", "Record-Route: <sip:p2.test;lr>, <sip:p1.test;lr>")
	d, err := dialog.Answer(m, "b")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "routes of a request in their order, local and remote swapped, its own sequence", shape(t, d.Request(sip.BYE, via)),
		"BYE sip:carol@192.0.2.3 | <sip:p2.test;lr> <sip:p1.test;lr> | <sip:bob@example.test>;tag=b | <sip:carol@example.test>;tag=c | c2@far | 1")
	want(t, "the next hop is the first route", d.NextHop(), "sip:p2.test;lr")
	for _, test := range []struct {
		reason   string
		sequence string
		code     int
	}{
		{"the INVITE's number is used up", "1", 500},
		{"the next one", "2", 0},
		{"a copy", "2", 500},
		{"lower", "1", 500},
		{"a gap is none of our business", "9", 0},
		{"what was in the gap", "5", 500},
	} {
		text := strings.Replace(request(t, "INFO").Text(), "CSeq: 1 ", "CSeq: "+test.sequence+" ", 1)
		in, _ := sip.Parse(text)
		problem := d.Receive(in)
		if code := map[bool]int{true: 0, false: 500}[problem == nil]; code != test.code {
			t.Errorf("%s: %d, want %d", test.reason, code, test.code)
		}
	}
	if _, err := dialog.Answer(request(t, "INVITE", "Record-Route: "+strings.Repeat("<sip:p.test;lr>, ", dialog.MaxRoutes)+"<sip:p.test;lr>"), "b"); !errors.Is(err, dialog.ErrRoutes) {
		t.Error("a limit on routes", err)
	}
	untagged, _ := sip.Parse(strings.Replace(m.Text(), ";tag=c", "", 1))
	if untagged != nil {
		if _, err := dialog.Answer(untagged, "b"); !errors.Is(err, dialog.ErrNoTag) {
			t.Error("who has no tag has no dialog", err)
		}
	}
}

// TestCaller: RFC 3261 §12.1.2, §13.2.2.4.
func TestCaller(t *testing.T) {
	draft := &dialog.Dialog{
		ID:    dialog.ID{CallID: "c2@near", LocalTag: "a"},
		Local: `"Alice" <sip:alice@example.test>`, Remote: "<sip:bob@example.test>", Target: "sip:bob@example.test",
		Route: []string{"<sip:server.test;lr>"}, Initiator: true,
	}
	want(t, "the first request", shape(t, draft.Request(sip.INVITE, via)),
		`INVITE sip:bob@example.test | <sip:server.test;lr> | "Alice" <sip:alice@example.test>;tag=a | <sip:bob@example.test> | c2@near | 1`)
	ringing, err := draft.Fork(response(t, "180 Ringing", "b1", "Contact: <sip:bob@192.0.2.2>", "Record-Route: <sip:p1.test;lr>, <sip:p2.test;lr>"))
	if err != nil || ringing.State != dialog.Early {
		t.Fatal(err, ringing)
	}
	want(t, "routes of a response the other way round", shape(t, ringing.Request(sip.PRACK, via)),
		`PRACK sip:bob@192.0.2.2 | <sip:p2.test;lr> <sip:p1.test;lr> | "Alice" <sip:alice@example.test>;tag=a | <sip:bob@example.test>;tag=b1 | c2@near | 2`)
	if draft.Sequence != 1 {
		t.Error("forks count by themselves", draft.Sequence)
	}
	if err := ringing.Confirm(response(t, "200 OK", "b1", "Contact: <sip:bob@192.0.2.22>", "Record-Route: <sip:p3.test;lr>")); err != nil {
		t.Fatal(err)
	}
	want(t, "the 2xx has the last word on routes and target; an ACK has its INVITE's number", shape(t, ringing.Acknowledge(7, via)),
		`ACK sip:bob@192.0.2.22 | <sip:p3.test;lr> | "Alice" <sip:alice@example.test>;tag=a | <sip:bob@example.test>;tag=b1 | c2@near | 7`)
	ringing.Refresh(response(t, "200 OK", "b1", "Contact: *"))
	want(t, "what is no SIP URI is no target", ringing.Target, "sip:bob@192.0.2.22")
	if _, err := draft.Fork(response(t, "180 Ringing", "")); !errors.Is(err, dialog.ErrNoTag) {
		t.Error("no tag, no dialog", err)
	}
	if got := ringing.Triple(); got != (sip.DialogID{CallID: "c2@near", LocalTag: "b1", RemoteTag: "a"}) {
		t.Error("in a Replaces for the far side its tag is local", got)
	}
	stray, err := dialog.OfAnswer(response(t, "200 OK", "b2", "Contact: <sip:bob@192.0.2.5>"))
	if err != nil {
		t.Fatal(err)
	}
	want(t, "a 2xx alone is enough to acknowledge it", shape(t, stray.Acknowledge(7, via)),
		`ACK sip:bob@192.0.2.5 |  | "Alice" <sip:alice@example.test>;tag=a | <sip:bob@example.test>;tag=b2 | c2@near | 7`)
	want(t, "and to hang up", shape(t, stray.Request(sip.BYE, via)),
		`BYE sip:bob@192.0.2.5 |  | "Alice" <sip:alice@example.test>;tag=a | <sip:bob@example.test>;tag=b2 | c2@near | 8`)
}

// TestStrictRoutes: RFC 3261 §12.2.1.1, as in §16.12.1.2.
func TestStrictRoutes(t *testing.T) {
	for _, test := range []struct {
		reason  string
		route   []string
		request string
		hop     string
	}{
		{"no route", nil, "BYE sip:bob@192.0.2.2;x=y | ", "sip:bob@192.0.2.2;x=y"},
		{"a loose one", []string{"<sip:p1.test;lr>"}, "BYE sip:bob@192.0.2.2;x=y | <sip:p1.test;lr>", "sip:p1.test;lr"},
		{"a strict one: the target goes last", []string{"<sip:p1.test>", "<sip:p2.test;lr>"}, "BYE sip:p1.test | <sip:p2.test;lr> <sip:bob@192.0.2.2;x=y>", "sip:p1.test"},
		{"a strict one alone", []string{"<sip:p1.test;x>"}, "BYE sip:p1.test;x | <sip:bob@192.0.2.2;x=y>", "sip:p1.test;x"},
		{"what may not stand in a Request-URI is taken off", []string{"<sip:p1.test;method=INVITE?a=b>"}, "BYE sip:p1.test | <sip:bob@192.0.2.2;x=y>", "sip:p1.test;method=INVITE?a=b"},
		{"strict behind a loose one is the proxy's business", []string{"<sip:p1.test;lr>", "<sip:p2.test>"}, "BYE sip:bob@192.0.2.2;x=y | <sip:p1.test;lr> <sip:p2.test>", "sip:p1.test;lr"},
	} {
		d := &dialog.Dialog{ID: dialog.ID{CallID: "c", LocalTag: "a", RemoteTag: "b"}, Local: "<sip:a@x.test>", Remote: "<sip:b@x.test>", Target: "sip:bob@192.0.2.2;x=y", Route: test.route}
		got := shape(t, d.Request(sip.BYE, via))
		want(t, test.reason, strings.Join(strings.SplitN(got, " | ", 3)[:2], " | "), test.request)
		want(t, test.reason, d.NextHop(), test.hop)
		line, _, _ := strings.Cut(test.request, " |")
		want(t, test.reason+": what credentials are for", "BYE "+d.RequestURI(), line)
	}
}
