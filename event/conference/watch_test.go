package conference

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func wrap(inside string) string {
	return `<conference-info xmlns="` + space + `" entity="sip:c@x" state="partial" version="2">` + inside + `</conference-info>`
}

func TestParse(t *testing.T) {
	for _, row := range []struct {
		reason, inside string
		want           []User
	}{
		{"RFC 4575 §4.4: full where it does not say", `<users><user entity="a"><endpoint entity="b"/></user></users>`, []User{{Entity: "a", Endpoints: []Endpoint{{Entity: "b"}}}}},
		{"RFC 4575 §4.4: within a full element everything is full", `<users><user entity="a" state="partial"/></users>`, []User{{Entity: "a"}}},
		{"RFC 4575 §4.4: what stands in a deleted element is ignored", `<users state="partial"><user entity="a" state="deleted"><display-text>A</display-text></user></users>`, []User{{Entity: "a", State: Deleted}}},
		{"RFC 4575 §4.5: a user without its key is left out", `<users><user/><user entity="b"/></users>`, []User{{Entity: "b"}}},
		{"a state that is none", `<users><user entity="a" state="x"/></users>`, nil},
	} {
		document, err := Parse(wrap(row.inside))
		if difference := cmp.Diff(row.want, document.Users); err != nil || difference != "" {
			t.Errorf("%s: %v %s", row.reason, err, difference)
		}
	}
	for _, row := range []struct{ reason, text string }{
		{"another root", `<x xmlns="` + space + `" version="1"/>`},
		{"RFC 4575 §4.3: no version", `<conference-info xmlns="` + space + `" state="full"/>`},
		{"a state that is none", `<conference-info xmlns="` + space + `" state="x" version="1"/>`},
		{"a DOCTYPE", `<!DOCTYPE x>` + wrap("")},
	} {
		if _, err := Parse(row.text); err == nil {
			t.Errorf("%s: read", row.reason)
		}
	}
}

func TestApply(t *testing.T) {
	two := []User{
		{Entity: "a", DisplayText: "A", Endpoints: []Endpoint{{Entity: "a1", Status: "connected", Media: []Media{{ID: "1", Status: "sendrecv"}, {ID: "2"}}}, {Entity: "a2"}}},
		{Entity: "b"},
	}
	full := Document{Version: 1, Users: two, HasUsers: true, Description: &Description{Subject: "s"}, Status: &Status{Active: Yes}}
	for _, row := range []struct {
		reason string
		next   Document
		result Result
		want   []User
	}{
		{"RFC 4575 §4.6: equal is discarded", Document{Version: 1}, Discarded, two},
		{"RFC 4575 §4.6: less is discarded", Document{Version: 0}, Discarded, two},
		{"RFC 4575 §4.6: more than one higher asks for a full one", Document{Version: 3, State: Partial, HasUsers: true}, Incomplete, two},
		{"RFC 4575 §4.6: a full one replaces all", Document{Version: 9, HasUsers: true, Users: two[1:]}, Applied, two[1:]},
		{"a partial one without users leaves them", Document{Version: 2, State: Partial, Description: &Description{Subject: "t"}}, Applied, two},
		{"RFC 4575 §4.6: deleted removes", Document{Version: 2, State: Partial, HasUsers: true, UsersState: Partial, Users: []User{{Entity: "a", State: Deleted}}}, Applied, two[1:]},
		{"RFC 4575 §4.6: a full user is flushed and repopulated", Document{Version: 2, State: Partial, HasUsers: true, UsersState: Partial, Users: []User{{Entity: "a"}}}, Applied, []User{{Entity: "a"}, two[1]}},
		{"RFC 4575 §4.6: a full list of users replaces it", Document{Version: 2, State: Partial, HasUsers: true, Users: []User{{Entity: "c"}}}, Applied, []User{{Entity: "c"}}},
		{"RFC 4575 §4.6: a new key is a new row", Document{Version: 2, State: Partial, HasUsers: true, UsersState: Partial, Users: []User{{Entity: "c", State: Partial}}}, Applied, []User{two[0], two[1], {Entity: "c"}}},
		{
			"RFC 4575 §4.6: partial goes on within, element by element",
			Document{Version: 2, State: Partial, HasUsers: true, UsersState: Partial, Users: []User{{Entity: "a", State: Partial, Endpoints: []Endpoint{
				{Entity: "a1", State: Partial, Status: "on-hold", Media: []Media{{ID: "1", Status: "sendonly"}}}, {Entity: "a2", State: Deleted}, {Entity: "a3"},
			}}}},
			Applied,
			[]User{{Entity: "a", DisplayText: "A", Endpoints: []Endpoint{
				{Entity: "a1", Status: "on-hold", Media: []Media{{ID: "1", Status: "sendonly"}, {ID: "2"}}}, {Entity: "a3"},
			}}, two[1]},
		},
		{"RFC 4575 §4.6: the conference is over", Document{Version: 7, State: Deleted}, Ended, nil},
	} {
		var table Table
		if table.Apply(full) != Applied {
			t.Fatal("full first")
		}
		if got := table.Apply(row.next); got != row.result {
			t.Errorf("%s: result %d", row.reason, got)
		}
		if difference := cmp.Diff(row.want, table.Document().Users); difference != "" {
			t.Errorf("%s: %s", row.reason, difference)
		}
	}
	var table Table
	if table.Apply(Document{State: Partial, Version: 1}) != Incomplete || table.Known() {
		t.Error("partial first: nothing is known, a full one is asked for")
	}
}

func TestWatch(t *testing.T) {
	room := Room{Entity: "sip:c@x"}
	var watch Watch
	expect := func(reason string, state State, version uint32, users ...string) {
		t.Helper()
		document, ok := watch.Next(&room)
		got := []string{}
		for _, user := range document.Users {
			got = append(got, user.Entity+" "+user.State.String())
		}
		if !ok || document.State != state || document.Version != version || strings.Join(got, ",") != strings.Join(users, ",") {
			t.Errorf("%s: %v %s %d %v", reason, ok, document.State, document.Version, got)
		}
		if _, again := watch.Next(&room); again {
			t.Errorf("%s: told twice", reason)
		}
	}
	expect("full first", Full, 1)
	room.Put(User{Entity: "alice", State: Deleted, Endpoints: []Endpoint{{Entity: "a1", State: Partial}}})
	room.Put(User{Entity: "bob"})
	expect("what changed, each user whole", Partial, 2, "alice full", "bob full")
	room.Remove("alice")
	room.Remove("nobody")
	expect("RFC 4575 §4.4: gone", Partial, 3, "alice deleted")
	watch.Refresh()
	expect("a SUBSCRIBE brings everything", Full, 4, "bob full")
	room.Stand(Status{Locked: Yes, UserCount: 99, HasUserCount: true})
	document, _ := watch.Next(&room)
	if document.Status == nil || document.Status.UserCount != 1 || document.Status.Locked != Yes || document.HasUsers || document.Description != nil {
		t.Errorf("only the status, with the true count: %+v", document)
	}
	room.Delete()
	expect("RFC 4575 §4.6: ceased to exist", Deleted, 6)
	room.Put(User{Entity: "late"})
	if watch.Pending(&room) {
		t.Error("nothing follows that")
	}
}

// TestWatcherHasFocusState: whatever happens in the conference and whichever documents are
// lost, the watcher that asks for a full one when told to has the focus's state.
func TestWatcherHasFocusState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room, watch, table := Room{Entity: "sip:c@x"}, Watch{}, Table{}
		text := rapid.StringMatching(`[a-z<&"]{0,3}`)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			name := fmt.Sprint(rapid.IntRange(1, 4).Draw(t, "user"))
			switch rapid.IntRange(0, 7).Draw(t, "action") {
			case 0:
				room.Remove(name)
			case 1:
				room.Describe(Description{Subject: text.Draw(t, "subject"), URIs: []URI{{URI: "sip:c@x", Purpose: text.Draw(t, "purpose")}}})
			case 2:
				room.Stand(Status{Active: Truth(rapid.Bool().Draw(t, "active"))})
			case 3:
				room.HostedBy(Host{DisplayText: text.Draw(t, "host")})
			case 4:
				exchange(t, &room, &watch, &table, true)
			case 5:
				exchange(t, &room, &watch, &table, false)
			default:
				user := User{Entity: name, DisplayText: text.Draw(t, "name")}
				for i := range rapid.IntRange(0, 2).Draw(t, "endpoints") {
					user.Endpoints = append(user.Endpoints, Endpoint{Entity: fmt.Sprint(i), Status: text.Draw(t, "status"), Media: []Media{{ID: "1", Type: text.Draw(t, "type")}}})
				}
				room.Put(user)
			}
		}
		room.Stand(Status{Locked: Yes}) // whatever was lost before shows with the next document
		exchange(t, &room, &watch, &table, false)
		whole, _ := new(Watch).Next(&room)
		known := table.Document()
		known.Version = whole.Version
		if difference := cmp.Diff(inOrder(whole), inOrder(known)); difference != "" {
			t.Fatal(difference)
		}
	})
}

func inOrder(document Document) map[string]any {
	view := map[string]any{"description": document.Description, "host": document.Host, "status": document.Status}
	for _, user := range document.Users {
		view[user.Entity] = user
	}
	return view
}

func exchange(t *rapid.T, room *Room, watch *Watch, table *Table, lost bool) {
	for {
		document, ok := watch.Next(room)
		if !ok {
			return
		}
		read, err := Parse(string(document.Append(nil)))
		if err != nil {
			t.Fatal(err)
		}
		if lost {
			if rapid.Bool().Draw(t, "noticed") {
				watch.Refresh()
			} // else the watcher's table finds the gap
			return
		}
		if table.Apply(read) == Incomplete {
			watch.Refresh()
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(wrap(`<users state="partial"><user entity="a" state="deleted"/><user entity="b"><endpoint entity="c"><media id="1"/></endpoint></user></users>`))
	f.Add(wrap(`<conference-description><available-media><entry label="1"><type>audio</type></entry></available-media></conference-description>`))
	f.Fuzz(func(t *testing.T, text string) {
		document, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(string(document.Append(nil))); err == nil {
			if difference := cmp.Diff(document, again); difference != "" {
				t.Fatal(difference)
			}
		} // else escaped it is longer than a document may be
		var table Table
		table.Apply(document)
		document.Version++
		table.Apply(document)
	})
}
