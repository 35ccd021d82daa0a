package api

import (
	"fmt"
	"strings"
	"testing"

	"hookflash/digest"
	"hookflash/pin"
)

func TestUser(t *testing.T) {
	o := newOffice(t)
	made := o.send("PUT", "/users/dave", `{"password":"also-long-and-random","digest":["MD5"],"routing":{"numbers":["1004"],"forward":{"busy":"carol"}}}`, "If-None-Match", "*")
	o.want("a user is made", 201, made, `"name":"dave"`, `"busy":"carol"`, `"source":"interface"`)
	if made.Header.Get("Location") != "/api/v1/users/dave" || made.Header.Get("ETag") != o.etag("/users/dave") {
		t.Errorf("where it is, and its revision: %v", made.Header)
	}
	kept := o.store.Users().Find("dave")
	if kept.User.HA1[digest.MD5] != digest.NewHA1(digest.MD5, "dave", "example.test", "also-long-and-random") || len(kept.User.HA1) != 1 {
		t.Error("what is kept of a password is its HA1, for the algorithms of the user")
	}
	o.want("what a change leaves out of secrets and routing stays", 200, o.change("PUT", "/users/dave", `{"digest":["MD5"],"assistants":["alice"]}`), `"busy":"carol"`, `"assistants":["alice"]`)
	o.want("an algorithm needs the password", 422, o.change("PUT", "/users/dave", `{"digest":["SHA-256"]}`), "body.digest[0]", "send the password too")
	o.want("it is deleted", 204, o.change("DELETE", "/users/dave", ""))
	o.want("it is gone", 404, o.send("GET", "/users/dave", ""))
	if strings.Contains(o.log.String(), "long-and-random") || !strings.Contains(o.log.String(), "kind=user name=dave token=admin") {
		t.Errorf("the log says who changed what, and no password:\n%s", o.log)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	o := newOffice(t)
	o.want("a PIN is set", 200, o.change("PATCH", "/users/bob/routing", `{"mailbox":{"pin":"493817"}}`))
	hash := o.store.Users().Find("bob").User.Routing.Mailbox.PIN
	if !pin.Check(hash, "493817") {
		t.Fatalf("what is kept of a PIN is its hash, not %q", hash)
	}
	for _, path := range []string{"/users", "/users/bob", "/users/bob/routing", "/tokens", "/tokens/admin", "/trunks"} {
		got := o.send("GET", path, "")
		for _, secret := range []string{"long-and-random", "493817", "argon2", "ha1", "hash", "trunk-password"} {
			if strings.Contains(strings.ToLower(got.text), secret) {
				t.Errorf("GET %s shows a secret, %s: %s", path, secret, got.text)
			}
		}
	}
	for _, body := range []string{`{"mailbox":{"mail":"bob@mail.test"}}`, `{"mailbox":{"off":true}}`, `{"away":true}`} {
		o.want("another change leaves the PIN", 200, o.change("PATCH", "/users/bob/routing", body))
	}
	o.want("as does a whole one that names none", 200, o.change("PUT", "/users/bob/routing", `{"mailbox":{"off":true}}`))
	if o.store.Users().Find("bob").User.Routing.Mailbox.PIN != hash {
		t.Error("the PIN stayed")
	}
	for _, test := range []struct{ reason, pin, want string }{
		{"a run", "123456", "is a run of digits"},
		{"a hash is not taken for one", "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "digits"},
	} {
		got := o.change("PATCH", "/users/bob/routing", `{"mailbox":{"pin":"`+test.pin+`"}}`)
		o.want(test.reason, 422, got, "body.mailbox.pin", test.want)
		if strings.Contains(got.text, test.pin) {
			t.Errorf("%s: the PIN is not repeated: %s", test.reason, got.text)
		}
	}
	o.want("null removes it", 200, o.change("PATCH", "/users/bob/routing", `{"mailbox":{"pin":null}}`))
	if o.store.Users().Find("bob").User.Routing.Mailbox.PIN != "" {
		t.Error("the PIN is removed")
	}
}

func TestPreconditions(t *testing.T) {
	o := newOffice(t)
	old := o.etag("/users/bob")
	o.want("a change", 200, o.change("PATCH", "/users/bob/routing", `{"away":true}`))
	tests := []struct {
		reason, method, path, body string
		header                     []string
		status                     int
	}{
		{"a change without a revision", "PUT", "/users/bob", `{}`, nil, 428},
		{"a patch without one", "PATCH", "/users/bob/routing", `{}`, nil, 428},
		{"a deletion without one", "DELETE", "/users/bob", "", nil, 428},
		{"a creation that does not say so", "PUT", "/users/dave", `{"password":"long-and-random"}`, nil, 428},
		{"a stale revision", "PUT", "/users/bob", `{}`, []string{"If-Match", old}, 412},
		{"a stale patch", "PATCH", "/users/bob/routing", `{}`, []string{"If-Match", old}, 412},
		{"a stale deletion", "DELETE", "/users/bob", "", []string{"If-Match", old}, 412},
		{"a weak tag", "DELETE", "/users/bob", "", []string{"If-Match", "W/" + o.etag("/users/bob")}, 412},
		{"a revision of nobody", "PUT", "/users/dave", `{"password":"long-and-random"}`, []string{"If-Match", old}, 412},
		{"creating who exists", "PUT", "/users/bob", `{}`, []string{"If-None-Match", "*"}, 412},
		{"deleting nobody", "DELETE", "/users/dave", "", []string{"If-Match", old}, 404},
		{"several tags, one of which is right", "PATCH", "/users/bob/routing", `{"away":false}`, []string{"If-Match", old + ", " + o.etag("/users/bob")}, 200},
	}
	for _, test := range tests {
		o.want(test.reason, test.status, o.send(test.method, test.path, test.body, test.header...))
	}
	if o.store.Users().Find("dave") != nil {
		t.Error("nobody was made")
	}
}

func TestBadBodies(t *testing.T) {
	o := newOffice(t)
	before := o.send("GET", "/users/bob", "").text
	tests := []struct {
		reason, method, path, body string
		status                     int
		parts                      []string
	}{
		{"no body", "PUT", "/users/bob", "", 415, nil},
		{"no JSON", "PUT", "/users/bob", "{", 400, []string{"body"}},
		{"something behind it", "PUT", "/users/bob", "{}{}", 400, nil},
		{"not an object", "PUT", "/users/bob", `[1]`, 422, []string{"expected object"}},
		{"a key that is none", "PUT", "/users/bob", `{"pasword":"long-and-random"}`, 422, []string{"body.pasword", "unexpected property"}},
		{"a key in another case", "PUT", "/users/bob", `{"Password":"long-and-random"}`, 422, []string{"unexpected property"}},
		{"a key deep inside", "PATCH", "/users/bob/routing", `{"forward":{"bussy":"carol"}}`, 422, []string{"body.forward.bussy"}},
		{"another name than the path's", "PUT", "/users/bob", `{"name":"carol"}`, 422, []string{"body.name"}},
		{"a short password", "PUT", "/users/bob", `{"password":"short"}`, 422, []string{"body.password", "fewer than 8"}},
		{
			"every mistake at once, each in its place", "PATCH", "/users/bob/routing",
			`{"forward":{"unconditional":"car ol","no-answer":{"to":"carol","after":"soon"}},"screening":[{"action":"allow"},{"action":"allow","from":["_"],"sources":["10.0.0.1/x"],"when":{"zone":"Mars","hours":["25:00-26:00"]}}]}`,
			422,
			[]string{"body.forward.unconditional", "body.forward.no-answer.after", "body.screening[1].from[0]", "body.screening[1].sources[0]", "body.screening[1].when.zone", "body.screening[1].when.hours[0]", "6 mistakes"},
		},
		{"an action that is none", "PATCH", "/users/bob/routing", `{"screening":[{"action":"sing"}]}`, 422, []string{"body.screening[0].action"}},
		{"somebody who is not there", "PATCH", "/users/bob/routing", `{"forward":{"busy":"dave"}}`, 422, []string{"body.forward.busy", "dave"}},
		{"in a user, too", "PUT", "/users/bob", `{"routing":{"forward":{"busy":"dave"}}}`, 422, []string{"body.routing.forward.busy"}},
		{"an assistant who is not there", "PUT", "/users/bob", `{"assistants":["alice","dave"]}`, 422, []string{"body.assistants[1]"}},
		{"a member who is not there", "PUT", "/groups/sales", `{"members":["alice","dave"]}`, 422, []string{"body.members"}},
		{"a name with a slash", "PUT", "/users/a%2Fb", `{"password":"long-and-random"}`, 422, []string{"path.name"}},
		{"a name that differs by case alone", "PUT", "/users/Bob", `{"password":"long-and-random"}`, 422, []string{"by case alone"}},
		{"a parameter that is none", "GET", "/users?page=2", "", 422, []string{"query.page"}},
		{"a cursor of somebody else's", "GET", "/users?cursor=*", "", 422, []string{"cursor"}},
		{"too many at once", "GET", "/users?limit=1001", "", 422, []string{"query.limit"}},
		{"a time that is none", "GET", "/routes/explain?from=alice&to=bob&at=noon", "", 422, []string{"query.at"}},
		{"a huge body", "PATCH", "/users/bob/routing", `{"display":"` + strings.Repeat("x", MaxBody) + `"}`, 413, nil},
		{"a deep body", "PATCH", "/users/bob/routing", strings.Repeat(`{"forward":`, 20_000), 400, nil},
	}
	for _, test := range tests {
		header := []string{"If-None-Match", "*"}
		if strings.HasPrefix(test.path, "/users/bob") {
			header = []string{"If-Match", o.etag("/users/bob")}
		}
		got := o.send(test.method, test.path, test.body, header...)
		o.want(test.reason, test.status, got, test.parts...)
		if strings.Contains(got.text, "long-and-random") {
			t.Errorf("%s: the answer does not repeat what was sent: %s", test.reason, got.text)
		}
	}
	if after := o.send("GET", "/users/bob", "").text; after != before {
		t.Errorf("nothing was changed:\n%s\n%s", before, after)
	}
	if len(o.store.Users().All()) != 3 || len(o.store.Groups().All()) != 0 {
		t.Error("nobody was made")
	}
}

func TestMedia(t *testing.T) {
	o := newOffice(t)
	for _, test := range []struct {
		reason, media, encoding string
		status                  int
	}{
		{"JSON", "application/json", "", 200},
		{"JSON that names its letters", "application/json; charset=UTF-8", "", 200},
		{"other letters", "application/json; charset=utf-16", "", 415},
		{"a form, as pages of other origins can send", "application/x-www-form-urlencoded", "", 415},
		{"plain text, as they can, too", "text/plain", "", 415},
		{"another kind of JSON", "application/vnd.other+json", "", 415},
		{"compressed", "application/json", "gzip", 415},
	} {
		o.want(test.reason, test.status, o.send("PUT", "/users/bob", `{}`, "If-Match", o.etag("/users/bob"), "Content-Type", test.media, "Content-Encoding", test.encoding))
	}
	o.want("a patch may be called JSON", 200, o.send("PATCH", "/users/bob/routing", `{}`, "If-Match", o.etag("/users/bob"), "Content-Type", "application/json"))
	for _, test := range []struct {
		method, path string
		status       int
	}{{"POST", "/users/bob", 405}, {"OPTIONS", "/users", 405}, {"TRACE", "/users", 405}, {"DELETE", "/openapi.json", 405}, {"GET", "/nothing", 404}, {"GET", "/users/bob/", 404}} {
		o.want(test.method+" "+test.path, test.status, o.send(test.method, test.path, ""))
	}
}

func TestPages(t *testing.T) {
	o := newOffice(t)
	for i := range 25 {
		o.want("a user", 201, o.send("PUT", fmt.Sprintf("/users/u%02d", i), `{"password":"long-and-random"}`, "If-None-Match", "*"))
	}
	seen, query := []string{}, "?limit=10"
	for query != "" {
		got := o.send("GET", "/users"+query, "")
		part := decoded[Page[User]](t, got)
		for _, user := range part.Items {
			seen = append(seen, user.Name)
		}
		query = ""
		if part.Next != "" {
			query = "?limit=10&cursor=" + part.Next
			if !strings.Contains(got.Header.Get("Link"), part.Next) {
				t.Errorf("the next page is linked: %v", got.Header)
			}
			// Whoever is deleted between two pages shifts none.
			o.want("a user is deleted", 204, o.change("DELETE", "/users/"+part.Items[len(part.Items)-1].Name, ""))
		}
	}
	if len(seen) != 28 || seen[0] != "alice" || seen[27] != "u24" {
		t.Errorf("every user once, in order: %v", seen)
	}
	part := decoded[Page[User]](t, o.send("GET", "/users?prefix=u1&limit=3", ""))
	if len(part.Items) != 3 || part.Items[0].Name != "u10" || part.Next == "" {
		t.Errorf("names that begin so: %v", part)
	}
}
