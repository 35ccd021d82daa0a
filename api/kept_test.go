package api

import (
	"testing"

	"hookflash/config"
	"hookflash/store"
)

// TestKept: what was answered is there after a restart, with its revisions.
func TestKept(t *testing.T) {
	o, folder := newOffice(t), t.TempDir()
	open := func() *store.Data {
		t.Helper()
		data, err := store.Open(t.Context(), store.Options{Directory: folder})
		if err != nil {
			t.Fatal(err)
		}
		o.store = data.Store
		o.handler = Handler(Options{Store: o.store, Config: func() *config.Config { return o.config }})
		return data
	}
	data := open()
	o.token = o.put(store.Token{Name: "first"})
	o.want("a user", 201, o.send("PUT", "/users/alice", `{"password":"long-and-random","routing":{"numbers":["1001"],"mailbox":{"pin":"493817"}}}`, "If-None-Match", "*"))
	o.furnishKept()
	before := o.everything()
	if err := data.Close(); err != nil {
		t.Fatal(err)
	}
	data = open()
	defer func() { _ = data.Close() }()
	if after := o.everything(); after != before {
		t.Errorf("a restart changes nothing:\n%s\n%s", before, after)
	}
	o.want("revisions go on", 200, o.change("PATCH", "/users/alice/routing", `{"away":true}`))
}

// furnishKept makes a group, a calendar and a user's token.
func (o *office) furnishKept() {
	o.Helper()
	o.want("a group", 201, o.send("PUT", "/groups/sales", `{"members":["alice"],"ring":"20s"}`, "If-None-Match", "*"))
	o.want("a calendar", 201, o.send("PUT", "/calendars/office", `{"zone":"Europe/Berlin","open":["mon-fri 09:00-17:00"],"dates":["12-25"]}`, "If-None-Match", "*"))
	o.as("alice")
}
