package park_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/service/park"
	"hookflash/sip"
)

// TestParkedAtWhoseCost: what a referrer writes into the address of who is to be parked says nothing of who pays for the
// call that takes them over, nor of how the server routes it.
func TestParkedAtWhoseCost(t *testing.T) {
	r := newRig()
	r.send(request("REFER", "refer", "<sip:bob@example.test>;tag=1", "<sip:park@example.test>", 1, "refer",
		"P-Asserted-Identity: <sip:bob@example.test>\r\nRefer-To: <sip:+19005551234@example.test;payer=carol;phones;gr=x?Replaces=old%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n"))
	r.send(request("REFER", "tel", "<sip:bob@example.test>;tag=2", "<sip:park@example.test>", 1, "tel",
		"P-Asserted-Identity: <sip:bob@example.test>\r\nRefer-To: <tel:+19005551234;payer=carol;gr=x?Replaces=old%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n"))
	if len(r.asked) == 0 {
		t.Fatalf("%d calls: %v", len(r.asked), r.final)
	}
	for _, m := range r.asked {
		uri, err := sip.ParseURI(m.RequestURI())
		if err != nil || uri.Params.Has("payer") || uri.Params.Has("phones") || !uri.Params.Has("gr") {
			t.Errorf("the park calls %s: %v", m.RequestURI(), err)
		}
	}
}

// quiet is a domain in which bob wants no calls.
type quiet struct{ view }

func (q quiet) User(name string) *directory.User {
	user := q.view.User(name)
	if name == "bob" {
		user.Routing = &directory.Routing{DoNotDisturb: true}
	}
	return user
}

// TestRecallRingsPhones: the parker's phones are called, and no mailbox or colleague in their place; who wants no calls is
// not called either.
func TestRecallRingsPhones(t *testing.T) {
	for _, disturbed := range []bool{true, false} {
		r := newRig()
		if !disturbed {
			r.service.Configure(settings(func(s *park.Settings) {
				s.Users, s.Orbits = quiet{}, []park.Orbit{{Name: "all", Slots: []string{"701"}, Timeout: time.Hour}}
			}))
		}
		alice := "<sip:alice@example.test>;tag=1"
		r.send(request("INVITE", "alice", alice, "<sip:701@example.test>", 1, "alice", "P-Asserted-Identity: <sip:alice@example.test>\r\nReferred-By: <sip:bob@example.test>\r\n", offered))
		r.send(request("ACK", "alice", alice, "<sip:701@example.test>;tag="+r.tag["alice"], 1, "ack", ""))
		r.pass(time.Hour + time.Second)
		called := ""
		for _, m := range r.asked {
			called = m.RequestURI()
		}
		if want := map[bool]string{true: "sip:bob@example.test;phones"}[disturbed]; called != want {
			t.Errorf("the park calls %q, want %q", called, want)
		}
		if load := r.service.Load(); load.States[park.Free] != 0 {
			t.Errorf("alice is gone: %v", load.States)
		}
	}
}

// TestSightAfterReload: who is no member of an orbit any more, as the configuration was read again, is shown no identifiers
// by which its calls could be taken.
func TestSightAfterReload(t *testing.T) {
	r := newRig()
	alice := "<sip:alice@example.test>;tag=1"
	r.send(request("SUBSCRIBE", "watch", "<sip:carol@example.test>;tag=2", "<sip:701@example.test>", 1, "watch",
		"P-Asserted-Identity: <sip:carol@example.test>\r\nEvent: dialog\r\nExpires: 7200\r\n"))
	parks := func(callID string) string {
		r.notify = nil
		r.send(request("INVITE", callID, alice, "<sip:701@example.test>", 1, callID, "P-Asserted-Identity: <sip:alice@example.test>\r\nReferred-By: <sip:bob@example.test>\r\n", offered))
		r.send(request("ACK", callID, alice, "<sip:701@example.test>;tag="+r.tag[callID], 1, callID+"a", ""))
		r.pass(2 * time.Second)
		var told strings.Builder
		for _, m := range r.notify {
			told.WriteString(m.Body())
		}
		r.send(request("BYE", callID, alice, "<sip:701@example.test>;tag="+r.tag[callID], 2, callID+"b", ""))
		r.pass(2 * time.Second)
		return told.String()
	}
	if told := parks("first"); !strings.Contains(told, `call-id="first"`) {
		t.Errorf("a member is told\n%s", told)
	}
	r.service.Configure(settings(func(s *park.Settings) {
		s.Orbits = []park.Orbit{{Name: "all", Slots: []string{"701"}, Timeout: time.Hour, Members: []string{"dave"}}}
	}))
	told := parks("second")
	if !strings.Contains(told, "<state>confirmed</state>") || strings.Contains(told, "second") || strings.Contains(told, "sip:alice@") {
		t.Errorf("who is a member no more is told\n%s", told)
	}
}
