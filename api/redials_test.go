package api

import "testing"

// waiters are redials: bob waits for carol.
type waiters struct{}

func (waiters) Of(user string) []Redial {
	if user != "bob" {
		return nil
	}
	return []Redial{{ID: 1, Callee: "carol", State: "queued", By: "server", Since: noon, Until: noon.Add(30 * 60e9)}}
}

func (waiters) Cancel(user string, id uint64) bool { return user == "bob" && id == 1 }

func TestRedials(t *testing.T) {
	o := newOffice(t)
	o.want("bob waits for carol", 200, o.send("GET", "/users/bob/redials", ""), `"callee":"carol"`, `"state":"queued"`, `"by":"server"`)
	o.want("alice for nobody", 200, o.send("GET", "/users/alice/redials", ""), `"items":[]`)
	o.want("a user whom nobody knows", 404, o.send("GET", "/users/nobody/redials", ""))
	o.want("a redial of somebody else", 404, o.send("DELETE", "/users/alice/redials/1", ""))
	o.want("one that is not there", 404, o.send("DELETE", "/users/bob/redials/2", ""))
	o.want("what is no number", 422, o.send("DELETE", "/users/bob/redials/x", ""))
	o.want("bob waits no longer", 204, o.send("DELETE", "/users/bob/redials/1", ""))
}
