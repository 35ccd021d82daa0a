package server

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/event/dialoginfo"
	"hookflash/machine"
	"hookflash/media"
	"hookflash/phone"
	"hookflash/sip"
	"hookflash/ua"
)

// TestLamps: a phone watches another one's user, sees a call ring and end, and sees nothing of who called.
func TestLamps(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(*config.Config) {}, nil)
	alice := agentPhone(t, s, machine.UDP, media.Settings{})
	bob := phoneOf(t, s, "bob", "builder")
	carol := phoneOf(t, s, "carol", "singer")
	var w *ua.Watching
	carol.Do(func(a *ua.Agent) {
		var err error
		if w, err = a.Watch("sip:bob@example.test", sip.Event{Package: "dialog"}, 0); err != nil {
			t.Error(err)
		}
	})
	var table dialoginfo.Table
	sees := func(want string) {
		t.Helper()
		var states string
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
			await(t, carol, ua.Notified)
			carol.Do(func(*ua.Agent) {
				for w.Documents.Len() > 0 {
					text, _ := w.Documents.Take()
					document, err := dialoginfo.Parse(text)
					if err != nil || strings.Contains(text, "alice") {
						t.Errorf("%v in %s", err, text)
					}
					table.Apply(document)
				}
			})
			states = ""
			for _, d := range table.Dialogs() {
				states += d.State.String()
			}
			if states == want {
				return
			}
		}
		t.Fatalf("the lamp shows %q, not %q", states, want)
	}
	sees("")
	call(t, alice, "sip:bob@example.test")
	await(t, bob, ua.Incoming)
	sees("early")
	bob.Do(func(a *ua.Agent) { _ = a.Calls()[0].Answer() })
	sees("confirmed")
	if load := s.lampLoad(); load.Users != 1 || load.Subscriptions != 1 {
		t.Errorf("%+v", load)
	}
	alice.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	sees("")
}

// phoneOf is the phone of a user of the demo.
func phoneOf(t *testing.T, s *Server, user, password string) *phone.Phone {
	t.Helper()
	p, err := phone.Open(phone.Settings{User: user, Domain: "example.test", Password: password, Server: s.Addresses()[0], Local: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	if err := p.Registered(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}
