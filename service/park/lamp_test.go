package park_test

import (
	"fmt"
	"strings"
	"testing"

	"hookflash/event/dialoginfo"
	"hookflash/internal/office"
	"hookflash/internal/office/play"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// sees has somebody ask once what is at a place, and holds the document to what must be in it and what must not.
func sees(o *office.Office, who, target string, with, without []string) func() error {
	return func() error {
		return o.Act(who, func(t *task.Task, a *ua.Agent) error {
			w, err := a.Fetch(target, sip.Event{Package: dialoginfo.Package})
			if err != nil {
				return err
			}
			t.First(w.Documents, w.Ended())
			body, _ := w.Documents.Take()
			for _, part := range with {
				if !strings.Contains(body, part) {
					return fmt.Errorf("%w: %s sees no %s in %q", errUnlike, who, part, body)
				}
			}
			for _, part := range without {
				if strings.Contains(body, part) {
					return fmt.Errorf("%w: %s sees %s in %q", errUnlike, who, part, body)
				}
			}
			return nil
		})
	}
}

// TestLamps: who may take a call sees by what, others that there is one; and a place that is free has none.
func TestLamps(t *testing.T) {
	const place, all = "sip:721@example.test", "sip:park@example.test"
	confirmed, secrets := []string{"confirmed"}, []string{"call-id", "local-tag", "remote-tag", "alice", "<remote>"}
	run(t, []play.Scene{{
		Name: "lamps", Title: "a lamp shows as much as its watcher may do", Seeds: 4,
		Play: func(o *office.Office) error {
			return office.InOrder(
				sees(o, "carol", place, []string{`entity="sip:721@example.test"`}, []string{"<dialog ", "confirmed"}),
				func() error { return o.Meet("alice", "carol") }, func() error { return o.Do("carol", "alice", parksAt("721")) },
				sees(o, "carol", place, append(confirmed, secrets[:4]...), nil),
				sees(o, "bob", place, confirmed, secrets),
				sees(o, "carol", all, confirmed, nil),
				sees(o, "bob", all, confirmed, secrets),
				leaves(o, "alice"), sees(o, "bob", place, nil, []string{"<dialog "}),
			)
		},
	}})
}
