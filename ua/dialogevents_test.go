package ua_test

import (
	"fmt"
	"testing"
	"time"

	"hookflash/event/dialoginfo"
	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// TestDialogEvents: who watches a phone learns how far its calls are (RFC 4235), and of the identifiers
// only what is theirs.
func TestDialogEvents(t *testing.T) {
	for _, test := range []struct {
		watcher string
		named   bool
	}{{"carol", false}, {"bob", true}} {
		n := sim.New(sim.Config{})
		o := office.New(n, office.Options{}, "alice", "server", "bob", "carol")
		bob := o.Desk("bob")
		bob.Do(func(a *ua.Agent) {
			a.Handle(ua.Handlers{
				Subscribe: map[string]func(*ua.Subscription){"dialog": a.DialogEvents(nil)},
				Invite: func(c *ua.Call) {
					c.Ring()
					a.Go("answer", func(t *task.Task) {
						t.Sleep(2 * time.Second)
						_ = c.Answer()
					})
				},
			})
		})
		table := dialoginfo.Table{}
		var told []string
		watch := func(a *ua.Agent) {
			w, err := a.Watch(bob.Agent().ContactURI(), sip.Event{Package: "dialog"}, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			a.Go("watch", func(t *task.Task) {
				for t.First(w.Documents, w.Ended()) == 0 {
					text, _ := w.Documents.Take()
					document, err := dialoginfo.Parse(text)
					table.Apply(document)
					for _, d := range document.Dialogs {
						told = append(told, fmt.Sprint(d.State, " ", d.Direction, " ", d.CallID != "" && d.LocalTag != ""))
					}
					if err != nil {
						told = append(told, err.Error())
					}
				}
			})
			a.Go("leave", func(t *task.Task) {
				t.Sleep(time.Minute)
				w.Close()
			})
		}
		o.Desk(test.watcher).Do(watch)
		_ = n.RunFor(time.Second)
		call, err := o.Talk("alice", "bob")
		if err != nil {
			t.Fatal(err)
		}
		_ = n.RunFor(time.Second)
		o.Desk("alice").Do(func(*ua.Agent) { call.HangUp() })
		if err := n.RunFor(2 * time.Minute); err != nil {
			t.Fatal(err)
		}
		named := fmt.Sprint(test.named)
		want := []string{"early recipient " + named, "confirmed recipient " + named, "terminated recipient " + named}
		if fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("%s is told %q, want %q\n%s", test.watcher, told, want, n.Ladder().Draw())
		}
		if !table.Free() {
			t.Errorf("%s knows bob to be free again: %v", test.watcher, table.Dialogs())
		}
		for _, name := range []string{"alice", "bob", "carol"} {
			if left := o.Desk(name).Agent().Dialogs(); left != 0 {
				t.Errorf("%s has %d dialogs left", name, left)
			}
		}
	}
}
