package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/store"
)

// operations is what the description says there is: methods by path.
func (o *office) operations() map[string]map[string]struct {
	OperationID string `json:"operationId"`
	RequestBody any    `json:"requestBody"`
} {
	o.Helper()
	var described struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			RequestBody any    `json:"requestBody"`
		} `json:"paths"`
	}
	got := o.send("GET", "/openapi.json", "")
	if err := json.Unmarshal([]byte(got.text), &described); err != nil || !strings.HasPrefix(described.OpenAPI, "3.1") || len(described.Paths) == 0 {
		o.Fatalf("the description is OpenAPI 3.1: %v %.200s", err, got.text)
	}
	return described.Paths
}

// ownedBy are the operations that a user's own token may use, on that user alone. A new operation is
// for administrators unless it stands here.
var ownedBy = []string{
	"get-user", "get-routing", "put-routing", "patch-routing", "place-call", "get-call", "cancel-call", "watch-call", "list-redials", "cancel-redial", "get-user-card",
	"list-recordings", "get-recording", "hear-recording", "link-recording", "delete-recording",
}

// hidden are operations about what is not there for others, and what others are told.
var hidden = map[string]int{"list-recordings": 200, "get-recording": 404, "hear-recording": 404, "link-recording": 404, "delete-recording": 404}

// valid is what an administrator sends to each operation, so that it is done.
var valid = map[string]struct {
	name, body, query string
	create            bool
	id                string
}{
	"list-users": {}, "get-user": {name: "bob"}, "put-user": {name: "bob", body: `{}`}, "delete-user": {name: "bob"},
	"get-routing": {name: "bob"}, "put-routing": {name: "bob", body: `{}`}, "patch-routing": {name: "bob", body: `{"away":true}`},
	"list-groups": {}, "get-group": {name: "sales"}, "put-group": {name: "new", body: `{"members":["alice"]}`, create: true}, "delete-group": {name: "sales"},
	"list-calendars": {}, "get-calendar": {name: "office"}, "put-calendar": {name: "new", body: `{"open":["mon-fri 09:00-17:00"]}`, create: true}, "delete-calendar": {name: "office"},
	"list-tokens": {}, "create-token": {body: `{"name":"new"}`}, "get-token": {name: "of-alice"}, "delete-token": {name: "of-alice"},
	"list-codes": {}, "list-trunks": {}, "list-parking": {}, "explain-route": {query: "?from=alice&to=bob"},
	"list-redials": {name: "bob", create: true}, "cancel-redial": {name: "bob", id: "1", create: true},
	"list-rooms": {}, "make-room": {body: `{"number":"3301"}`}, "get-room": {name: "3300"}, "put-room": {name: "3300", body: `{"title":"x"}`}, "delete-room": {name: "3300"},
	"act-on-room": {name: "3300", body: `{"does":"lock"}`, create: true}, "act-on-participant": {name: "3300", body: `{"does":"mute"}`, create: true},
	"watch-room":      {name: "closing", create: true},
	"list-recordings": {}, "get-recording": {id: ofBob}, "hear-recording": {id: ofBob}, "link-recording": {id: ofBob, body: `{}`}, "delete-recording": {id: ofBob, create: true},
	"get-card": {}, "get-user-card": {name: "bob", create: true},
	"place-call": {body: `{"to":"carol","user":"bob"}`}, "get-call": {id: "of-bob"}, "cancel-call": {id: "of-bob"}, "watch-call": {id: "of-bob"},
}

// TestRoles: every operation of the description with every kind of token; nobody is let in where the
// tables above don't say so.
func TestRoles(t *testing.T) {
	roles := []struct {
		reason string
		token  func(o *office) string
		may    func(operation string) bool
		status int
	}{
		{"nobody", func(*office) string { return "" }, nil, 401},
		{"a token that nobody made", func(*office) string { return "admin.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }, nil, 401},
		{"a token cut short", func(o *office) string { return o.token[:len(o.token)-1] }, nil, 401},
		{"a token under another name", func(o *office) string { return "of-" + o.token }, nil, 401},
		{"the hash in place of the secret", func(o *office) string { return "admin." + o.store.Tokens().Find("admin").Value.Hash }, nil, 401},
		{"a token that expired", func(o *office) string {
			return o.put(store.Token{Name: "old", Expires: noon})
		}, nil, 401},
		{"a token of a user who is gone", func(o *office) string {
			return o.put(store.Token{Name: "gone", User: "dave"})
		}, nil, 401},
		{"somebody else", func(o *office) string { return o.as("alice").token }, nil, 403},
		{"the user", func(o *office) string { return o.as("bob").token }, func(operation string) bool { return slices.Contains(ownedBy, operation) }, 403},
		{"an administrator", func(o *office) string { return o.token }, func(string) bool { return true }, 0},
	}
	for _, role := range roles {
		t.Run(role.reason, func(t *testing.T) {
			o := newOffice(t)
			o.furnish()
			token := role.token(o)
			for path, methods := range o.operations() {
				for method, operation := range methods {
					id := operation.OperationID
					try, known := valid[id]
					if !known {
						t.Fatalf("%s %s: %s is not in the table: say how it is used well", method, path, id)
					}
					path := strings.TrimPrefix(strings.NewReplacer("{name}", try.name, "{id}", try.id, "{number}", "1").Replace(path), Prefix)
					header := []string{"If-None-Match", "*"}
					if !try.create && strings.Contains(path, try.name) && try.name != "" {
						header = []string{"If-Match", o.etag(path)}
					}
					asked := *o
					if asked.token = token; token == "" {
						header = append(header, "Authorization", "")
					}
					before := o.everything()
					got := asked.send(strings.ToUpper(method), path+try.query, try.body, header...)
					if role.may != nil && role.may(id) {
						if got.StatusCode/100 != 2 {
							t.Errorf("%s may %s: %d %s", role.reason, id, got.StatusCode, got.text)
						}
						if method != "get" { // begin anew
							o = newOffice(t)
							o.furnish()
							token = role.token(o)
						}
						continue
					}
					status := role.status
					if hidden[id] != 0 && status == 403 {
						status = hidden[id]
					}
					if got.StatusCode != status {
						t.Errorf("%s may not %s: %d, want %d: %s", role.reason, id, got.StatusCode, status, got.text)
					}
					if got.StatusCode == 401 && got.Header.Get("WWW-Authenticate") == "" {
						t.Errorf("%s: 401 says how to sign in (RFC 9110 section 11.6.1)", id)
					}
					if o.everything() != before {
						t.Errorf("%s changed something by %s", role.reason, id)
					}
				}
			}
		})
	}
}

// put keeps a token and returns what its holder sends.
func (o *office) put(token store.Token) string {
	o.Helper()
	text, hash := newToken(token.Name)
	token.Hash = hash
	if _, err := o.store.Tokens().Put(o.Context(), token.Name, store.Entry[store.Token]{Value: token, Source: store.FromInterface}); err != nil {
		o.Fatal(err)
	}
	return text
}

// furnish makes one of each kind.
func (o *office) furnish() {
	o.Helper()
	for _, token := range []string{"alice", "bob"} {
		if o.store.Tokens().Find("of-"+token) == nil {
			o.as(token)
		}
	}
	o.want("a group", 201, o.send("PUT", "/groups/sales", `{"members":["alice"]}`, "If-None-Match", "*"))
	o.want("a calendar", 201, o.send("PUT", "/calendars/office", `{"open":["mon-fri 09:00-17:00"]}`, "If-None-Match", "*"))
}

// everything is what an administrator sees.
func (o *office) everything() string {
	o.Helper()
	var all strings.Builder
	for _, path := range []string{"/users", "/groups", "/calendars", "/tokens"} {
		all.WriteString(o.send("GET", path, "").text)
	}
	return all.String()
}

// TestOwnRouting: what a user's own token may change, and what not.
func TestOwnRouting(t *testing.T) {
	o := newOffice(t)
	o.want("numbers and permissions are given", 200, o.change("PATCH", "/users/bob/routing", `{"numbers":["1002"],"outgoing":{"class":"internal"}}`))
	bob := o.as("bob")
	o.want("forwarding is the user's own", 200, bob.change("PATCH", "/users/bob/routing", `{"forward":{"busy":"carol"}}`))
	o.want("a whole routing with the same numbers", 200, bob.change("PUT", "/users/bob/routing", `{"numbers":["1002"],"outgoing":{"class":"internal"},"away":true}`))
	for _, test := range []struct{ reason, method, body, location string }{
		{"another class", "PATCH", `{"outgoing":{"class":"premium"}}`, "body.outgoing"},
		{"no class, which is a higher one", "PATCH", `{"outgoing":null}`, "body.outgoing"},
		{"a rule", "PATCH", `{"outgoing":{"rules":[{"to":["0900*"],"allow":true}]}}`, "body.outgoing"},
		{"leaving the class out", "PUT", `{"numbers":["1002"]}`, "body.outgoing"},
		{"another number", "PATCH", `{"numbers":["1002","1001"]}`, "body.numbers"},
		{"no number", "PATCH", `{"numbers":[]}`, "body.numbers"},
	} {
		before := o.everything()
		o.want(test.reason, 403, bob.change(test.method, "/users/bob/routing", test.body), test.location)
		if o.everything() != before {
			t.Errorf("%s: nothing is changed", test.reason)
		}
	}
	got, missing := bob.send("GET", "/users/alice", ""), bob.send("GET", "/users/nobody", "")
	if got.text != missing.text {
		t.Errorf("a user does not learn who there is: %s %s", got.text, missing.text)
	}
}

// TestForwardedFor: who asks is told by the token alone.
func TestForwardedFor(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Forwarded-User", "X-Original-Url", "X-Http-Method-Override"} {
		o.want(name+" opens nothing", 401, o.send("GET", "/users", "", "Authorization", "", name, "127.0.0.1"))
	}
	for _, authorization := range []string{"Basic " + o.token, o.token, "Bearer", "Bearer ", "Bearer admin.", "Bearer ." + o.token, "Bearer " + o.token + "x"} {
		o.want(authorization, 401, o.send("GET", "/users", "", "Authorization", authorization))
	}
	o.want("the scheme in any case (RFC 9110 section 11.1)", 200, o.send("GET", "/users", "", "Authorization", "bearer "+o.token))
}

// TestBodyWaits: a body is read only from who may send one.
func TestBodyWaits(t *testing.T) {
	o := newOffice(t)
	body := &counting{}
	r := httptest.NewRequest("PUT", Prefix+"/users/bob", body)
	r.Header.Set("Content-Type", "application/json")
	o.want("nobody's body", 401, o.serve(r))
	if body.read != 0 {
		t.Errorf("%d bytes were read", body.read)
	}
	r = httptest.NewRequest("PUT", Prefix+"/users/bob", body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+o.token)
	o.want("an endless one", 413, o.serve(r))
	if body.read > 2*MaxBody {
		t.Errorf("%d bytes were read", body.read)
	}
}

// counting is an endless body.
type counting struct{ read int }

func (c *counting) Read(p []byte) (int, error) {
	c.read += len(p)
	return copy(p, bytes.Repeat([]byte(" "), len(p))), nil
}

func TestBootstrap(t *testing.T) {
	tokens := store.Memory(nil).Tokens()
	path := filepath.Join(t.TempDir(), "admin.token")
	make := func() string {
		t.Helper()
		if err := Bootstrap(t.Context(), tokens, path); err != nil {
			t.Fatal(err)
		}
		return secretIn(t, path)
	}
	first := make()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("nobody else may read it: %v %v", info.Mode(), err)
	}
	if make() != first {
		t.Error("one that is there stays")
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	second := make()
	if second == first || len(tokens.All()) != 1 {
		t.Error("who empties the file gets another in its place")
	}
	entry := *tokens.Find("admin")
	entry.Value.Expires = time.Now().Add(-time.Hour)
	if _, err := tokens.Put(t.Context(), "admin", entry); err != nil {
		t.Fatal(err)
	}
	if make() == second {
		t.Error("one that expired is none")
	}
	if err := Bootstrap(t.Context(), store.Memory(nil).Tokens(), filepath.Join(path, "admin.token")); err == nil {
		t.Error("a file that can't be written is told")
	}
}

func TestTokens(t *testing.T) {
	o := newOffice(t)
	o.want("the last administrator's token stays", 409, o.change("DELETE", "/tokens/admin", ""), "make another one first")
	made := decoded[MadeToken](t, o.send("POST", "/tokens", `{"name":"script","expires":"2026-06-02T00:00:00Z"}`))
	script := *o
	script.token = made.Secret
	o.want("it opens", 200, script.send("GET", "/users", ""))
	o.want("another of its name", 409, o.send("POST", "/tokens", `{"name":"script"}`))
	o.want("one for nobody", 422, o.send("POST", "/tokens", `{"name":"x","user":"nobody"}`), "body.user")
	o.want("one that expired", 422, o.send("POST", "/tokens", `{"name":"x","expires":"2020-01-01T00:00:00Z"}`), "body.expires")
	o.want("one whose name would be taken for another", 422, o.send("POST", "/tokens", `{"name":"a b"}`), "body.name")
	o.want("now the first may go", 204, script.change("DELETE", "/tokens/admin", ""))
	o.want("and opens nothing more", 401, o.send("GET", "/users", ""))
	bob := script.as("bob")
	o.want("bob's opens", 200, bob.send("GET", "/users/bob", ""))
	o.want("bob goes", 204, script.change("DELETE", "/users/bob", ""))
	o.want("another bob comes", 201, script.send("PUT", "/users/bob", `{"password":"long-and-random"}`, "If-None-Match", "*"))
	if got := bob.send("GET", "/users/bob", ""); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("the token of the first is no good: %d", got.StatusCode)
	}
}

// TestBounded: a request has an end, and a stream lasts.
func TestBounded(t *testing.T) {
	for path, ends := range map[string]bool{
		"/rooms/3001/events": false, "/calls/1/events": false, "/rooms/3001": true, "/rooms": true, "/users/events": true, "/recordings/1/audio": true,
	} {
		bounded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if _, bound := r.Context().Deadline(); bound != ends {
				t.Errorf("%s has an end: %t", path, bound)
			}
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, Prefix+path, nil))
	}
}
