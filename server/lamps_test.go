package server

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/directory"
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

// told is a face of a phone that keeps what it is told.
type told chan any

// Report implements phone.Reporter.
func (c told) Report(event any) { c <- event }

// lamp waits for the next word of a lamp.
func (c told) lamp(t *testing.T) ua.Event {
	t.Helper()
	for limit := time.After(20 * time.Second); ; {
		select {
		case event := <-c:
			if e, ok := event.(ua.Event); ok && e.Kind == ua.Lamp {
				return e
			}
		case <-limit:
			t.Fatal("no lamp")
		}
	}
}

// TestPickupCommand: who is in a pickup group sees by commands of the phone who calls a colleague, takes the call, and
// others see no more than that there is one.
func TestPickupCommand(t *testing.T) {
	t.Parallel()
	s, _ := agentServerWith(t, func(c *config.Config) {
		c.Groups = append(c.Groups, directory.Group{Name: "team", Members: []string{"bob", "carol"}, Pickup: true})
	}, nil)
	alice := agentPhone(t, s, machine.UDP, media.Settings{})
	bob := phoneOf(t, s, "bob", "builder")
	faces, sessions := map[string]told{}, map[string]*phone.Session{}
	for name, password := range map[string]string{"carol": "singer", "bill": "ted"} {
		faces[name] = make(told, 1000)
		sessions[name] = phone.NewSession(phoneOf(t, s, name, password), faces[name])
	}
	run := func(name, line string) error { return sessions[name].Run(t.Context(), line) }
	for name, target := range map[string]string{"carol": "team", "bill": "bob"} {
		if err := run(name, "watch "+target); err != nil {
			t.Fatal(err)
		}
		if e := faces[name].lamp(t); e.Text != "idle" {
			t.Errorf("%s is told %+v", name, e)
		}
	}
	if err := run("carol", "pickup bob"); err == nil || !strings.Contains(err.Error(), "nobody's telephone is ringing") {
		t.Errorf("nobody calls: %v", err)
	}
	call(t, alice, "sip:bob@example.test")
	await(t, bob, ua.Incoming)
	if e := faces["carol"].lamp(t); e.Text != "ringing" || !strings.Contains(e.Reason, "alice") {
		t.Errorf("a colleague is told %+v", e)
	}
	if e := faces["bill"].lamp(t); e.Text != "ringing" || e.Reason != "" {
		t.Errorf("anybody else is told %+v", e)
	}
	var refused *sip.StatusError
	if err := run("bill", "pickup bob"); !errors.As(err, &refused) || refused.Code != 403 {
		t.Errorf("who is in no group: %v", err)
	}
	if err := run("carol", "pickup team"); err != nil {
		t.Fatal(err)
	}
	await(t, alice, ua.Replaced)
	await(t, bob, ua.Ended)
	if e := faces["bill"].lamp(t); e.Text != "idle" {
		t.Errorf("bob is free again: %+v", e)
	}
	if e := faces["carol"].lamp(t); e.Text != "talking" || e.From != "sip:team@example.test" {
		t.Errorf("carol herself is of the team: %+v", e)
	}
	if err := run("bill", "unwatch"); err != nil {
		t.Error(err)
	}
	if err := run("bill", "unwatch bob"); !errors.Is(err, phone.ErrNoLamp) {
		t.Errorf("twice: %v", err)
	}
	if err := run("bill", "watch nobody"); !errors.As(err, &refused) || refused.Code != 404 {
		t.Errorf("nobody: %v", err)
	}
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
