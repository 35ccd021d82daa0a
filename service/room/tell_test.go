package room

import (
	"fmt"
	"testing"
	"time"

	"hookflash/event/conference"
	"hookflash/machine"
	"hookflash/ua"
)

// TestTold: who watches a room of many gets documents that fit into datagrams, and has the whole of it in the end, whatever
// changes meanwhile.
func TestTold(t *testing.T) {
	now := time.Unix(0, 0)
	a := ua.New(ua.Settings{AOR: "sip:conference@example.test"}, now)
	s := Install(a, Settings{Domain: "example.test"})
	m, _ := s.open(Room{Number: "3300"}, made)
	put := func(i int, status string) {
		m.cut.Put(conference.User{Entity: fmt.Sprintf("sip:%d@example.test", i), DisplayText: "Somebody", Roles: []string{"participant"}, Endpoints: []conference.Endpoint{{
			Entity: fmt.Sprintf("sip:conference@example.test;room=3300;endpoint=%d", i), Status: status, JoiningMethod: "dialed-in",
			JoiningInfo: conference.Execution{When: "2026-01-01T00:00:00Z"}, Media: []conference.Media{{ID: "1", Type: "audio", Label: "audio", Status: "sendrecv"}},
		}}})
	}
	const all = MaxParticipants
	for i := range all {
		put(i, "connected")
	}
	w := &watcher{}
	var table conference.Table
	told := 0
	var out machine.Output
	for full := true; ; full = false {
		text, more := "", false
		a.Do(now, &out, func() { text, more = w.next(m, full) })
		if !more {
			break
		}
		document, err := conference.Parse(text)
		if err != nil || len(text) > 20_000 || table.Apply(document) != conference.Applied || document.Version != uint32(told+1) {
			t.Fatalf("document %d, of %d octets: %v %+v", told, len(text), err, document)
		}
		if told++; told == 2 {
			put(0, "on-hold")
			put(all-1, "on-hold")
			m.cut.Remove("sip:1@example.test")
			m.cut.Remove("sip:200@example.test")
		}
	}
	users := table.Document().Users
	if len(users) != all-2 || told < all/MaxTold {
		t.Errorf("%d users are known by %d documents", len(users), told)
	}
	for _, user := range users {
		want := "connected"
		if user.Entity == "sip:0@example.test" || user.Entity == fmt.Sprintf("sip:%d@example.test", all-1) {
			want = "on-hold"
		}
		if got := user.Endpoints[0].Status; got != want || user.Entity == "sip:1@example.test" {
			t.Errorf("%s is %s, want %s", user.Entity, got, want)
		}
	}
}
