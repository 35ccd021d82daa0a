package dialoginfo

import (
	"fmt"
	"slices"
	"testing"

	"hookflash/sip"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestWatch: what one watcher is told of a call, document by document.
func TestWatch(t *testing.T) {
	user := User{Entity: "sip:bob@example.test"}
	watch := Watch{View: Complete}
	var table Table
	expect := func(reason string, full bool, version uint32, states ...State) {
		t.Helper()
		document, ok := watch.Next(&user)
		if !ok || document.Full != full || document.Version != version || len(document.Dialogs) != len(states) {
			t.Fatalf("%s: %v %+v", reason, ok, document)
		}
		for i, state := range states {
			if document.Dialogs[i].State != state {
				t.Errorf("%s: dialog %d is %s", reason, i, document.Dialogs[i].State)
			}
		}
		if got := table.Apply(document); got != Applied {
			t.Errorf("%s: the watcher says %d", reason, got)
		}
		if _, again := watch.Next(&user); again {
			t.Errorf("%s: told twice", reason)
		}
	}
	expect("RFC 4235 §3.3: the first document is full, if empty", true, 0)
	if !table.Free() {
		t.Error("no dialogs: free")
	}
	user.Set(Dialog{ID: "1", CallID: "c", LocalTag: "l", State: Trying, Remote: Participant{Identity: Identity{URI: "sip:alice@x"}}})
	expect("RFC 4235 §4.1: partial has what changed, one version on", false, 1, Trying)
	user.Set(Dialog{ID: "1", CallID: "c", LocalTag: "l", RemoteTag: "r", State: Early})
	user.Set(Dialog{ID: "2", State: Trying})
	expect("two changes in one document", false, 2, Early, Trying)
	if table.Dialogs()[0].Remote.Identity.URI != "sip:alice@x" {
		t.Error("RFC 4235 §4.1.6.1: an identity stands until another is told")
	}
	if user.Set(Dialog{ID: "2", State: Trying}) {
		t.Error("what stands already is no change")
	}
	if _, ok := watch.Next(&user); ok {
		t.Error("nothing changed, nothing is told")
	}
	user.Set(Dialog{ID: "1", CallID: "c", LocalTag: "l", RemoteTag: "r", State: Terminated, Event: Cancelled})
	user.Set(Dialog{ID: "2", State: Confirmed})
	expect("the end is told once", false, 3, Confirmed, Terminated)
	watch.Refresh()
	expect("RFC 4235 §3.7: a SUBSCRIBE brings all dialogs, without those that ended", true, 4, Confirmed)
	user.Set(Dialog{ID: "2", State: Terminated, Event: LocalBye})
	expect("and free again", false, 5, Terminated)
	if !table.Free() {
		t.Error("the last dialog ended: free")
	}
	if user.Set(Dialog{ID: "9", State: Terminated}) {
		t.Error("the end of a dialog that nobody knew is no news")
	}
}

func TestViews(t *testing.T) {
	full := Dialog{
		ID: "1", CallID: "secret-call", LocalTag: "secret-local", RemoteTag: "secret-remote", Direction: Recipient, State: Early,
		Local:  Participant{Identity: Identity{"Bob", "sip:bob@x"}, Target: "sip:bob@secret", Description: Description{"application/sdp", "v=0"}},
		Remote: Participant{Identity: Identity{"secret", "sip:secret@x"}, Target: "sip:alice@secret"}, Routes: []string{"<sip:secret;lr>"},
		Replaces: sip.DialogID{CallID: "secret"}, ReferredBy: Identity{URI: "sip:secret@x"},
	}
	without := full
	without.Local.Description = Description{}
	for _, row := range []struct {
		reason string
		watch  Watch
		want   []Dialog
	}{
		{"RFC 4235 §3.7.2: an unauthorized watcher sees one virtual dialog", Watch{}, []Dialog{{ID: "1", State: Confirmed}}},
		{"naming a dialog does not confirm a guess to it", Watch{Only: sip.DialogID{CallID: "other"}}, []Dialog{{ID: "1", State: Confirmed}}},
		{"states only: no identifiers, no far side", Watch{View: States}, []Dialog{{ID: "1", State: Early, Direction: Recipient}}},
		{"RFC 4235 §3.3: no session descriptions unless asked for", Watch{View: Complete}, []Dialog{without}},
		{"and with them", Watch{View: Complete, Descriptions: true}, []Dialog{full}},
		{"RFC 4235 §3.2: one dialog", Watch{View: Complete, Only: sip.DialogID{CallID: "secret-call", LocalTag: "secret-local", RemoteTag: "secret-remote"}}, []Dialog{without}},
		{"RFC 4235 §3.2: all of one INVITE", Watch{View: Complete, Only: sip.DialogID{CallID: "secret-call", LocalTag: "secret-local"}}, []Dialog{without}},
		{"another dialog", Watch{View: Complete, Only: sip.DialogID{CallID: "secret-call", LocalTag: "x"}}, nil},
		{"RFC 4235 §3.3: the watcher's own dialog is no news to it", Watch{View: Complete, Except: "sip:alice@secret"}, nil},
		{"somebody else's that rings is", Watch{View: States, Party: "sip:carol@x"}, []Dialog{{ID: "1", State: Early, Direction: Recipient}}},
	} {
		user := User{Entity: "sip:bob@x"}
		user.Set(full)
		document, ok := row.watch.Next(&user)
		if difference := cmp.Diff(row.want, document.Dialogs); !ok || difference != "" {
			t.Errorf("%s: %v %s", row.reason, ok, difference)
		}
		user.Set(Dialog{ID: "1", CallID: full.CallID, LocalTag: full.LocalTag, RemoteTag: full.RemoteTag, State: Confirmed})
		if _, told := row.watch.Next(&user); told == (len(row.want) == 0 || row.watch.View == Virtual) {
			t.Errorf("%s: a change that it can't see is told: %v", row.reason, told)
		}
	}
}

// TestParty: a dialog with the watcher is told when it is confirmed, and how it ends.
func TestParty(t *testing.T) {
	user := User{Entity: "sip:bob@x"}
	watch := Watch{View: States, Party: "sip:alice@x"}
	mine := Dialog{ID: "1", State: Early, Remote: Participant{Identity: Identity{URI: "sip:alice@x"}}}
	for _, row := range []struct {
		reason string
		state  State
		told   []State
		news   bool
	}{
		{"the first document is there, and empty", Early, nil, true},
		{"it rings on", Early, nil, false},
		{"it is answered", Confirmed, []State{Confirmed}, true},
		{"it ends", Terminated, []State{Terminated}, true},
	} {
		mine.State = row.state
		user.Set(mine)
		document, news := watch.Next(&user)
		var told []State
		for i := range document.Dialogs {
			told = append(told, document.Dialogs[i].State)
		}
		if difference := cmp.Diff(row.told, told); news != row.news || difference != "" {
			t.Errorf("%s: %v %s", row.reason, news, difference)
		}
	}
}

func TestParseOnly(t *testing.T) {
	event, err := sip.ParseEvent(`dialog;call-id="a\"b@c";to-tag=l;from-tag=r;include-session-description`)
	if err != nil {
		t.Fatal(err)
	}
	only, include := ParseOnly(event)
	if only != (sip.DialogID{CallID: `a"b@c`, LocalTag: "l", RemoteTag: "r"}) || !include {
		t.Errorf("RFC 4235 §3.2: %+v %v", only, include)
	}
	if only, include := ParseOnly(sip.Event{Package: "dialog"}); only != (sip.DialogID{}) || include {
		t.Error("no parameters, all dialogs")
	}
}

func TestApply(t *testing.T) {
	early := []Dialog{{ID: "1", State: Early}}
	for _, row := range []struct {
		reason    string
		documents []Document
		want      []Result
		dialogs   int
	}{
		{"full, then in order", []Document{{Version: 4, Full: true}, {Version: 5, Dialogs: early}}, []Result{Applied, Applied}, 1},
		{"RFC 4235 §4.3: less than the local version is discarded", []Document{{Version: 4, Full: true}, {Version: 3, Dialogs: early}}, []Result{Applied, Discarded}, 0},
		{"the same again is discarded", []Document{{Version: 0, Full: true}, {Version: 0, Dialogs: early}}, []Result{Applied, Discarded}, 0},
		{"RFC 4235 §4.3: after a gap it is processed, and a refresh follows", []Document{{Version: 0, Full: true}, {Version: 2, Dialogs: early}}, []Result{Applied, Incomplete}, 1},
		{"until a full one comes", []Document{{Version: 0, Full: true}, {Version: 2}, {Version: 3, Dialogs: early}, {Version: 4, Full: true}}, []Result{Applied, Incomplete, Incomplete, Applied}, 0},
		{"a gap before a full one does no harm", []Document{{Version: 0, Full: true}, {Version: 9, Full: true, Dialogs: early}}, []Result{Applied, Applied}, 1},
		{"partial first", []Document{{Version: 1, Dialogs: early}}, []Result{Incomplete}, 1},
		{"two dialogs of one id, as RFC 4235 §6.1 prints them, are one", []Document{{Full: true, Dialogs: append(slices.Clone(early), early...)}}, []Result{Applied}, 1},
	} {
		var table Table
		for i, document := range row.documents {
			if got := table.Apply(document); got != row.want[i] {
				t.Errorf("%s: document %d: %d", row.reason, i, got)
			}
		}
		if got := len(table.Dialogs()); got != row.dialogs {
			t.Errorf("%s: %d dialogs", row.reason, got)
		}
	}
	if new(Table).Free() {
		t.Error("before any document the state is neutral, not free")
	}
}

// TestWatcherHasNotifiersState: whatever happens to the dialogs, whenever documents leave
// and whichever of them are lost, the watcher that asks for a full one when told to has the
// notifier's state.
func TestWatcherHasNotifiersState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		user := User{Entity: "sip:bob@x"}
		watch, table, other := Watch{View: Complete}, Table{}, Watch{View: States}
		step := rapid.IntRange(0, 9)
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			switch action := step.Draw(t, "action"); {
			case action < 6:
				user.Set(anyDialog(t))
			case action == 6:
				other.Next(&user)
			default:
				exchange(t, &user, &watch, &table, action == 7)
			}
		}
		exchange(t, &user, &watch, &table, false)
		if difference := cmp.Diff(byID(user.Dialogs()), byID(table.Dialogs())); difference != "" {
			t.Fatal(difference)
		}
	})
}

// exchange sends what is to be told, over the wire's text, or loses it.
func exchange(t *rapid.T, user *User, watch *Watch, table *Table, lost bool) {
	for {
		document, ok := watch.Next(user)
		if !ok {
			return
		}
		read, err := Parse(string(document.Append(nil, Dialect{ParamValue: rapid.Bool().Draw(t, "dialect")})))
		if err != nil {
			t.Fatal(err)
		}
		if lost {
			watch.Refresh() // the NOTIFY failed
			return
		}
		if table.Apply(read) == Incomplete {
			watch.Refresh()
		}
	}
}

func anyDialog(t *rapid.T) Dialog {
	text := rapid.StringMatching(`[a-z<"&]{0,3}`)
	one := func() Participant {
		return Participant{Identity: Identity{text.Draw(t, "name"), text.Draw(t, "uri")}, Target: text.Draw(t, "target"), Sequence: rapid.Uint32().Draw(t, "cseq")}
	}
	d := Dialog{
		ID: fmt.Sprint(rapid.IntRange(1, 5).Draw(t, "id")), CallID: text.Draw(t, "call"), RemoteTag: text.Draw(t, "tag"),
		State: State(rapid.IntRange(0, 4).Draw(t, "state")), Direction: Direction(rapid.IntRange(0, 2).Draw(t, "direction")),
		Local: one(), Remote: one(), Appearance: rapid.Uint32Range(0, 2).Draw(t, "appearance"), Exclusive: rapid.Bool().Draw(t, "exclusive"),
	}
	if d.Remote.Target != "" && rapid.Bool().Draw(t, "param") {
		d.Remote.Params = []Param{{"x", text.Draw(t, "value")}}
	}
	return d
}

func byID(dialogs []Dialog) map[string]Dialog {
	table := map[string]Dialog{}
	for _, dialog := range dialogs {
		table[dialog.ID] = dialog
	}
	return table
}

// TestSleeper: who was not told for longer than ends are remembered is told everything.
func TestSleeper(t *testing.T) {
	user := User{}
	var watch Watch
	watch.View = States
	watch.Next(&user)
	for i := range 200 {
		user.Set(Dialog{ID: fmt.Sprint(i), State: Trying})
		user.Set(Dialog{ID: fmt.Sprint(i), State: Terminated})
	}
	if document, ok := watch.Next(&user); !ok || !document.Full || len(document.Dialogs) != 0 {
		t.Errorf("a full document, not 200 ends: %v, %d", document.Full, len(document.Dialogs))
	}
	for i := range MaxDialogs {
		user.Set(Dialog{ID: fmt.Sprint(i), State: Trying})
	}
	if user.Set(Dialog{ID: "more", State: Trying}) || len(user.Dialogs()) != MaxDialogs {
		t.Error("no more dialogs than the limit")
	}
}
