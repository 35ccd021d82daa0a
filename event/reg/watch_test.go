package reg

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func wrap(inside string) string {
	return `<reginfo xmlns="` + space + `" version="1" state="partial">` + inside + `</reginfo>`
}

func TestParse(t *testing.T) {
	contact := Contact{ID: "1", URI: "sip:a@h", Event: Registered}
	with := func(change func(*Contact)) []Contact {
		c := contact
		change(&c)
		return []Contact{c}
	}
	for _, row := range []struct {
		reason, inside string
		want           []Contact
	}{
		{"RFC 3680 §5.1", `<contact id="1" state="active" event="registered"><uri>sip:a@h</uri></contact>`, []Contact{contact}},
		{"RFC 3680 §5.1: seconds", `<contact id="1" state="active" event="registered" expires="5" duration-registered="0" retry-after="99999999999"><uri>sip:a@h</uri></contact>`, with(func(c *Contact) {
			c.Expires, c.HasExpires, c.HasDuration, c.RetryAfter, c.HasRetryAfter = 5, true, true, 1<<32-1, true
		})},
		{"RFC 3680 §5.1: parameters", `<contact id="1" state="active" event="registered" q="0.5" callid="c" cseq="7"><uri>sip:a@h</uri><display-name>A</display-name><unknown-param name="+sip.instance">"x"</unknown-param><unknown-param name="audio"/></contact>`, with(func(c *Contact) {
			c.Q, c.CallID, c.Sequence, c.HasSequence, c.DisplayName, c.Params = "0.5", "c", 7, true, "A", []Param{{"+sip.instance", `"x"`}, {"audio", ""}}
		})},
		{"an event that is not known", `<contact id="1" state="active" event="x"><uri>sip:a@h</uri></contact>`, with(func(c *Contact) { c.Event = "" })},
		{"without URI it is left out", `<contact id="1" state="active" event="registered"/>`, nil},
		{"without id it is left out", `<contact state="active" event="registered"><uri>sip:a@h</uri></contact>`, nil},
		{"a state that is none", `<contact id="1" state="x" event="registered"><uri>sip:a@h</uri></contact>`, nil},
	} {
		document, err := Parse(wrap(`<registration aor="sip:a@b" id="r" state="active">` + row.inside + `</registration>`))
		if err != nil || len(document.Registrations) != 1 {
			t.Fatalf("%s: %v", row.reason, err)
		}
		if difference := cmp.Diff(row.want, document.Registrations[0].Contacts); difference != "" {
			t.Errorf("%s: %s", row.reason, difference)
		}
	}
	for _, text := range []string{`<x/>`, `<reginfo xmlns="` + space + `" state="full"/>`, `<reginfo xmlns="` + space + `" version="0"/>`, `<reginfo xmlns="` + space + `" version="0" state="x"/>`} {
		if _, err := Parse(text); err == nil {
			t.Errorf("read: %s", text)
		}
	}
}

func TestWatch(t *testing.T) {
	var watched Watched
	var watch Watch
	var table Table
	expect := func(reason string, full bool, state State, contacts int) {
		t.Helper()
		document, ok := watch.Next(&watched)
		if !ok || document.Full != full || len(document.Registrations) != 1 || document.Registrations[0].State != state || len(document.Registrations[0].Contacts) != contacts {
			t.Fatalf("%s: %v %+v", reason, ok, document)
		}
		if table.Apply(document) != Applied {
			t.Errorf("%s: not applied", reason)
		}
		if _, again := watch.Next(&watched); again {
			t.Errorf("%s: told twice", reason)
		}
	}
	watched.Add("sip:joe@example.com", "a7")
	expect("RFC 3680 §6 F3: no contact yet", true, Init, 0)
	watched.Set("a7", Contact{ID: "76", URI: "sip:joe@pc34", Event: Registered})
	expect("RFC 3680 §6 F7", false, Active, 1)
	watched.Set("a7", Contact{ID: "77", URI: "sip:joe@pc35", Event: Registered})
	expect("only what changed", false, Active, 1)
	watched.Set("a7", Contact{ID: "76", URI: "sip:joe@pc34", Event: Expired, Terminated: true})
	expect("one of two ends", false, Active, 1)
	watched.Set("a7", Contact{ID: "77", URI: "sip:joe@pc35", Event: Unregistered, Terminated: true})
	expect("RFC 3680 §4.7.1: the last ends", false, Terminated, 1)
	if watched.Set("a7", Contact{ID: "77", Terminated: true}) || watched.Set("other", Contact{ID: "1"}) {
		t.Error("the end of nothing, and a contact of nobody, are no news")
	}
	watched.Add("sip:jane@example.com", "b1")
	watched.Set("b1", Contact{ID: "5", URI: "sip:jane@h"})
	if watched.Set("a7", Contact{ID: "5"}) {
		t.Error("RFC 3680 §5.1: an id is of one contact")
	}
	if !Expired.Ends() || Refreshed.Ends() {
		t.Error("expired ends a binding, refreshed does not")
	}
}

// TestWatcherHasRegistrarsState: whatever happens to the bindings and whichever documents
// are lost, the watcher that asks for a full one when told to has the registrar's state.
func TestWatcherHasRegistrarsState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var watched Watched
		var watch Watch
		var table Table
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := rapid.IntRange(0, 8).Draw(t, "contact")
			registration := fmt.Sprint("r", id%3)
			switch rapid.IntRange(0, 6).Draw(t, "action") {
			case 0:
				watched.Add("sip:"+registration+"@x", registration)
			case 1:
				exchange(t, &watched, &watch, &table, true)
			case 2:
				exchange(t, &watched, &watch, &table, false)
			default:
				watched.Set(registration, Contact{
					ID: fmt.Sprint(id), URI: "sip:u@h", Event: Refreshed, Terminated: rapid.Bool().Draw(t, "terminated"), Q: rapid.SampledFrom([]string{"", "0.5"}).Draw(t, "q"),
				})
			}
		}
		exchange(t, &watched, &watch, &table, false)
		if difference := cmp.Diff(view(watched.Registrations()), view(table.Registrations())); difference != "" {
			t.Fatal(difference)
		}
	})
}

func view(registrations []Registration) map[string]any {
	all := map[string]any{}
	for _, registration := range registrations {
		for _, contact := range registration.Contacts {
			all[registration.ID+" "+contact.ID] = contact
		}
		registration.Contacts = nil
		all[registration.ID] = registration
	}
	return all
}

func exchange(t *rapid.T, watched *Watched, watch *Watch, table *Table, lost bool) {
	for {
		document, ok := watch.Next(watched)
		if !ok {
			return
		}
		read, err := Parse(string(document.Append(nil)))
		if err != nil {
			t.Fatal(err)
		}
		if lost {
			watch.Refresh()
			return
		}
		if table.Apply(read) == Incomplete {
			watch.Refresh()
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(wrap(`<registration aor="sip:a@b" id="r" state="active"><contact id="1" state="active" event="registered" expires="5"><uri>sip:a@h</uri><unknown-param name="x">y</unknown-param></contact></registration>`))
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
	})
}
