package api

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/directory"
	"hookflash/store"
	"hookflash/store/recording"
)

// noon is when everything happens.
var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// office is an API over a store in memory with alice, bob and carol.
type office struct {
	*testing.T
	store    store.Store
	config   *config.Config
	handler  http.Handler
	log      *bytes.Buffer
	calls    *switchboard
	meetings *meetings
	taken    *recording.Store
	now      time.Time
	token    string // sent when a request names none
}

func newOffice(t *testing.T) *office {
	o := &office{T: t, store: store.Memory(func() time.Time { return noon }).Store, config: config.Demo(), log: &bytes.Buffer{}, calls: newSwitchboard(), meetings: newMeetings()}
	o.config.Trunks = []config.Trunk{{Name: "gw", Hops: []string{"sip:gw.example.net"}, Username: "us", Password: "trunk-password"}}
	o.config.Menus = []config.Menu{{Name: "main", Choices: map[string]directory.Target{"1": {Kind: directory.TargetName, Value: "carol"}}}}
	o.taken, o.now = recordings(t), noon
	path := filepath.Join(t.TempDir(), "admin.token")
	if err := Bootstrap(t.Context(), o.store.Tokens(), path); err != nil {
		t.Fatal(err)
	}
	o.token = secretIn(t, path)
	o.handler = Handler(Options{
		Store: o.store, Config: func() *config.Config { return o.config }, Now: func() time.Time { return o.now },
		Calls: o.calls, Recordings: o.taken, Redials: waiters{}, Rooms: o.meetings, WatchRoom: o.meetings.watch,
		Logger: slog.New(slog.NewTextHandler(o.log, nil)), Version: "v1",
		Normalize: func(dialled string) (string, directory.Class, bool) {
			return dialled, directory.ClassInternational, o.config.Numbers.Country != "" && strings.HasPrefix(dialled, "+")
		},
		Explain: func(from, to string, at time.Time) (Explanation, error) {
			return Explanation{Steps: []ExplanationStep{{"find-me", "users[" + to + "].find-me", "no steps"}}, Outcome: from + " rings " + to + " at " + at.Format(time.RFC3339), Targets: []string{to}}, nil
		},
	})
	for _, name := range []string{"alice", "bob", "carol"} {
		o.want("the users of the office", 201, o.send("PUT", "/users/"+name, `{"password":"long-and-random"}`, "If-None-Match", "*"))
	}
	return o
}

func secretIn(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// reply is what was answered.
type reply struct {
	*http.Response
	text string
}

// send makes a request below Prefix; header is names and values.
func (o *office) send(method, path, body string, header ...string) reply {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, Prefix+path, reader)
	r.Header.Set("Authorization", "Bearer "+o.token)
	if body != "" {
		r.Header.Set("Content-Type", map[bool]string{true: "application/merge-patch+json", false: "application/json"}[method == "PATCH"])
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return o.serve(r)
}

func (o *office) serve(r *http.Request) reply {
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	answered := w.Result()
	if answered.StatusCode >= 400 {
		var p Problem
		if media := answered.Header.Get("Content-Type"); media != "application/problem+json" || json.Unmarshal(w.Body.Bytes(), &p) != nil || p.Status != answered.StatusCode || p.Detail == "" {
			o.Errorf("%s %s: %d without a problem that says why: %s %s", r.Method, r.URL, answered.StatusCode, media, w.Body)
		}
	}
	for name := range answered.Header {
		if strings.HasPrefix(name, "Access-Control") && r.Header.Get("Origin") != friend {
			o.Errorf("%s %s: pages of other origins get nothing: %s", r.Method, r.URL, name)
		}
	}
	return reply{answered, w.Body.String()}
}

// change sends with the ETag that is there.
func (o *office) change(method, path, body string) reply {
	o.Helper()
	return o.send(method, path, body, "If-Match", o.etag(path))
}

func (o *office) etag(path string) string {
	o.Helper()
	tag := o.send("GET", path, "").Header.Get("ETag")
	if tag == "" {
		o.Fatalf("%s has an ETag", path)
	}
	return tag
}

// want says what a reply must be, with parts of its body.
func (o *office) want(reason string, status int, got reply, parts ...string) {
	o.Helper()
	if got.StatusCode != status {
		o.Errorf("%s: %d, want %d: %s", reason, got.StatusCode, status, got.text)
		return
	}
	for _, part := range parts {
		if !strings.Contains(got.text, part) {
			o.Errorf("%s: %q is not in %s", reason, part, got.text)
		}
	}
}

// as is the office with a token of a user.
func (o *office) as(user string) *office {
	o.Helper()
	name := "of-" + user
	if o.store.Tokens().Find(name) != nil {
		name += "-too"
	}
	made := o.send("POST", "/tokens", `{"name":"`+name+`","user":"`+user+`"}`)
	var token MadeToken
	if err := json.Unmarshal([]byte(made.text), &token); err != nil || token.Secret == "" {
		o.Fatalf("a token for %s: %s", user, made.text)
	}
	theirs := *o
	theirs.token = token.Secret
	return &theirs
}
