package api

import (
	"fmt"
	"testing"

	"hookflash/store"
)

// TestNeeded: what others point to stays, and who does is told.
func TestNeeded(t *testing.T) {
	o := newOffice(t)
	o.furnish()
	o.want("bob forwards to alice", 200, o.change("PATCH", "/users/bob/routing",
		`{"forward":{"busy":"alice","unconditional":"sales"},"screening":[{"name":"night","when":{"calendar":"office","closed":true},"action":"divert","to":"voicemail"}]}`))
	o.want("carol assists bob", 200, o.change("PUT", "/users/bob", `{"assistants":["carol"]}`))
	o.want("a user", 409, o.change("DELETE", "/users/alice", ""), "users[bob].forward.busy", "groups[sales].members[0]")
	o.want("an assistant, and a menu's choice", 409, o.change("DELETE", "/users/carol", ""), "users[bob].assistants[0]", "menus[main]")
	o.want("a group", 409, o.change("DELETE", "/groups/sales", ""), "users[bob].forward.unconditional")
	o.want("a calendar", 409, o.change("DELETE", "/calendars/office", ""), "users[bob].screening")
	o.want("bob lets go", 200, o.change("PUT", "/users/bob/routing", `{}`))
	o.want("then the calendar goes", 204, o.change("DELETE", "/calendars/office", ""))
	o.want("and the group", 204, o.change("DELETE", "/groups/sales", ""))
	o.want("and the user", 204, o.change("DELETE", "/users/alice", ""))
}

func TestFiled(t *testing.T) {
	o := newOffice(t)
	entry := *o.store.Users().Find("alice")
	entry.Source = store.FromFile
	if _, err := o.store.Users().Put(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	o.want("what the file has is removed there", 409, o.change("DELETE", "/users/alice", ""), "configuration file")
}

// TestCircles: what would go round is refused, with the whole circle.
func TestCircles(t *testing.T) {
	o := newOffice(t)
	o.want("alice to bob", 200, o.change("PATCH", "/users/alice/routing", `{"forward":{"unconditional":"bob"}}`))
	o.want("bob to carol", 200, o.change("PATCH", "/users/bob/routing", `{"forward":{"unconditional":"carol"}}`))
	o.want("carol to alice", 422, o.change("PATCH", "/users/carol/routing", `{"forward":{"unconditional":"alice"}}`), "body.forward.unconditional", "alice", "bob", "carol")
	o.want("to oneself", 422, o.change("PATCH", "/users/carol/routing", `{"forward":{"unconditional":"carol"}}`), "body.forward.unconditional")
	o.want("a number that somebody has", 200, o.change("PATCH", "/users/alice/routing", `{"numbers":["1001"]}`))
	o.want("is no one else's", 422, o.change("PATCH", "/users/bob/routing", `{"numbers":["1001"]}`), "body.numbers[0]", "alice")
}

func TestGroupAndCalendar(t *testing.T) {
	o := newOffice(t)
	o.want("a group", 201, o.send("PUT", "/groups/sales", `{"name":"sales","numbers":["2000"],"members":["alice","bob"],"ring":"20s","no-answer":"voicemail:alice"}`, "If-None-Match", "*"),
		`"ring":"20s"`, `"no-answer":"voicemail:alice"`)
	o.want("it is listed", 200, o.send("GET", "/groups", ""), `"name":"sales"`, `"members":["alice","bob"]`)
	o.want("it is changed", 200, o.change("PUT", "/groups/sales", `{"members":["carol"]}`), `"members":["carol"]`)
	o.want("a name that a user has", 422, o.send("PUT", "/groups/alice", `{"members":["bob"]}`, "If-None-Match", "*"), "path.name")
	o.want("a group that rings too long", 422, o.change("PUT", "/groups/sales", `{"members":["carol"],"ring":"1h"}`), "body.ring")
	o.want("a calendar", 201, o.send("PUT", "/calendars/office", `{"zone":"Europe/Berlin","open":["mon-fri 09:00-17:00"],"dates":["12-25","2026-12-31 09:00-12:00"]}`, "If-None-Match", "*"),
		`"zone":"Europe/Berlin"`, `"dates":["12-25","2026-12-31 09:00-12:00"]`)
	o.want("what was answered can be sent back", 200, o.change("PUT", "/calendars/office", o.send("GET", "/calendars/office", "").text))
	o.want("a group, too", 200, o.change("PUT", "/groups/sales", o.send("GET", "/groups/sales", "").text))
	o.want("a user, too", 200, o.change("PUT", "/users/bob", o.send("GET", "/users/bob", "").text))
}

func TestReading(t *testing.T) {
	o := newOffice(t)
	o.want("codes", 200, o.send("GET", "/codes", ""), `{"code":"*72","does":"forward"}`)
	o.want("the codes, for people", 200, o.send("GET", "/card?language=zh", ""), `"keys":["*72 号码"],"does":"forward"`, `"language":"zh"`)
	o.want("in a language that nobody speaks", 422, o.send("GET", "/card?language=de", ""), "query.language")
	o.want("a user's", 200, o.send("GET", "/users/bob/card", ""), `"name":"bob"`, `"keys":["*72 number"]`)
	o.want("in Chinese", 200, o.send("GET", "/users/bob/card?language=zh", ""), `"keys":["*72 号码"]`)
	o.want("nobody's", 404, o.send("GET", "/users/nobody/card", ""))
	o.want("trunks", 200, o.send("GET", "/trunks", ""), `"name":"gw"`, `"hops":["sip:gw.example.net"]`)
	o.want("a route", 200, o.send("GET", "/routes/explain?from=alice&to=bob&at=2026-06-01T20:00:00%2B02:00", ""), `"outcome":"alice rings bob at 2026-06-01T20:00:00+02:00"`, `"targets":["bob"]`)
	o.want("now, when nobody says", 200, o.send("GET", "/routes/explain?from=alice&to=bob", ""), "2026-06-01T12:00:00Z")
	o.want("from nobody", 422, o.send("GET", "/routes/explain?to=bob", ""), "query.from")
	if got := o.send("GET", "/openapi.yaml", ""); got.StatusCode != 200 || got.text[:8] != "componen" {
		t.Errorf("the description as YAML: %d %.40s", got.StatusCode, got.text)
	}
}

// TestAtOnce: of changes that start from the same revision, one is kept.
func TestAtOnce(t *testing.T) {
	o := newOffice(t)
	tag, kept := o.etag("/users/bob"), make(chan int, 20)
	for i := range cap(kept) {
		go func() {
			kept <- o.send("PATCH", "/users/bob/routing", fmt.Sprintf(`{"display":"Bob %d"}`, i), "If-Match", tag).StatusCode
		}()
	}
	counts := map[int]int{}
	for range cap(kept) {
		counts[<-kept]++
	}
	if counts[200] != 1 || counts[412] != cap(kept)-1 {
		t.Errorf("one was kept, the others are told: %v", counts)
	}
}

// TestNumbers: a forward costs what its owner may spend, where the file says how people dial.
func TestNumbers(t *testing.T) {
	o := newOffice(t)
	abroad := `{"forward":{"busy":"+4420123456"}}`
	o.want("without a country nobody knows how far it goes", 200, o.change("PATCH", "/users/bob/routing", abroad))
	o.config.Numbers.Country = "DE"
	o.want("with one it is too far", 422, o.change("PATCH", "/users/carol/routing", abroad), "body.forward.busy", "international")
	o.want("but for who may", 200, o.change("PATCH", "/users/carol/routing", `{"outgoing":{"class":"international"},"forward":{"busy":"+4420123456"}}`))
}
