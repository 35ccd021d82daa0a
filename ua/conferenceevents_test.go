package ua_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/event/conference"
	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestConferenceEvents: who is in a conference learns who else is (RFC 4575); nobody else does.
func TestConferenceEvents(t *testing.T) {
	n := sim.New(sim.Config{})
	o := office.New(n, office.Options{}, "alice", "server", "bob", "carol", "dave")
	bob := o.Desk("bob")
	answering(o.Desk("carol"))
	bob.Do(func(a *ua.Agent) {
		a.Handle(ua.Handlers{
			Subscribe: map[string]func(*ua.Subscription){ua.ConferencePackage: a.ConferenceEvents()},
			Invite:    func(c *ua.Call) { _ = c.Answer() },
		})
	})
	if _, err := o.Talk("alice", "bob"); err != nil {
		t.Fatal(err)
	}
	_ = n.RunFor(time.Second)
	var told []string
	watch := func(who string) *ua.Watching {
		var w *ua.Watching
		o.Desk(who).Do(func(a *ua.Agent) {
			w, _ = a.Watch(bob.Agent().ContactURI(), sip.Event{Package: "conference"}, time.Hour)
			table := conference.Table{}
			a.Go("watch", func(t *task.Task) {
				for t.First(w.Documents, w.Ended()) == 0 {
					text, _ := w.Documents.Take()
					document, err := conference.Parse(text)
					table.Apply(document)
					var users []string
					for _, user := range table.Document().Users {
						users = append(users, strings.TrimSuffix(strings.TrimPrefix(user.Entity, "sip:"), "@example.test")+" "+user.Endpoints[0].Status)
					}
					told = append(told, fmt.Sprint(users, table.Over(), err))
				}
			})
		})
		_ = n.RunFor(time.Second)
		return w
	}
	if w := watch("alice"); w.Failure().Code != 404 {
		t.Errorf("two who talk are no conference: %+v", w.Failure())
	}
	var third *ua.Call
	bob.Do(func(a *ua.Agent) {
		call := a.Calls()[0]
		call.Focus = true
		a.Go("add", func(t *task.Task) {
			_ = call.Reinvite(t)
			third, _ = a.Invite(ua.Invitation{Target: office.AOR("carol"), Focus: true, Room: call.Room})
			_ = third.Settle(t)
		})
	})
	_ = n.RunFor(4 * time.Second)
	if w := watch("dave"); w.Failure().Code != 403 {
		t.Errorf("who is not in it learns nothing: %+v", w.Failure())
	}
	watch("alice")
	bob.Do(func(*ua.Agent) { third.HangUp() })
	_ = n.RunFor(2 * time.Second)
	bob.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	if err := n.RunFor(time.Minute); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"[bob connected alice connected carol connected] false <nil>",
		"[bob connected alice connected] false <nil>",
		"[] true <nil>",
	}
	for i := range want {
		if i >= len(told) || told[i] != want[i] {
			t.Fatalf("alice is told %q, want %q\n%s", told, want, n.Ladder().Draw())
		}
	}
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		if left := o.Desk(name).Agent().Dialogs(); left != 0 {
			t.Errorf("%s has %d dialogs left", name, left)
		}
	}
}
