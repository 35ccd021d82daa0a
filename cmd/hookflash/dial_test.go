package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hookflash/api"
)

func TestDesktopWord(t *testing.T) {
	for _, test := range []struct{ reason, word, want string }{
		{"a plain one", "--server", `"--server"`},
		{"a space", "/home/a b/token", `"/home/a b/token"`},
		{"a field code", "50%u", `"50%%u"`},
		{"what a shell would read", "`$x\"\\", "\"\\\\`\\\\$x\\\\\"\\\\\\\\\""},
	} {
		if got := desktopWord(test.word); got != test.want {
			t.Errorf("%s: %s, want %s", test.reason, got, test.want)
		}
	}
}

func TestDesktop(t *testing.T) {
	var out strings.Builder
	d := dialled{connection: connection{server: "https://phones.example.com", tokenFile: "/home/alice/token"}}
	if err := d.desktop(&out); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"x-scheme-handler/tel;", `"--server" "https://phones.example.com"`, `"--token-file" "/home/alice/token" -- %u`} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%s is not in\n%s", part, out.String())
		}
	}
	d.server = "https://phones.example.com\nExec=evil"
	if err := d.desktop(&out); err == nil {
		t.Error("a line break ends no line")
	}
}

func TestSecluded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	for _, test := range []struct {
		mode os.FileMode
		ok   bool
	}{{0o600, true}, {0o400, true}, {0o640, false}, {0o644, false}} {
		if err := os.WriteFile(file, []byte("x"), test.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		if err := secluded(file); (err == nil) != test.ok {
			t.Errorf("%o: %v", test.mode, err)
		}
	}
}

// TestDial: the wish goes out once, with a key, and what becomes of the call is shown until it is over.
func TestDial(t *testing.T) {
	var wishes []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := `"created":"2026-06-01T12:00:00Z"`
		switch r.Method + " " + r.URL.Path {
		case "POST /api/v1/calls":
			body, _ := io.ReadAll(r.Body)
			wishes = append(wishes, string(body)+r.Header.Get("Authorization"))
			if len(r.Header.Get("Idempotency-Key")) < 16 {
				t.Error("the wish has a key")
			}
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, `{"id":"c1","user":"alice","to":"+493012345","status":"queued","steps":[],%s}`, at)
		case "GET /api/v1/calls/c1/events":
			step := `{"at":"2026-06-01T12:00:01Z","event":"phone-asked"}`
			fmt.Fprintf(w, "event: call\ndata: {\"id\":\"c1\",\"to\":\"+493012345\",\"status\":\"initiated\",\"steps\":[%s],%s}\n\n", step, at)
			step += `,{"at":"2026-06-01T12:00:02Z","event":"ended","code":486}`
			fmt.Fprintf(w, "event: call\ndata: {\"id\":\"c1\",\"to\":\"+493012345\",\"status\":\"busy\",\"steps\":[%s],%s,\"ended\":\"2026-06-01T12:00:02Z\"}\n\n", step, at)
		default:
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
	}))
	defer server.Close()
	t.Setenv(tokenVariable, "alice.secret")
	var out strings.Builder
	command := newDial()
	command.SetArgs([]string{"+49 30 12345", "--server", server.URL, "--phone", "desk"})
	command.SetOut(&out)
	command.SetErr(io.Discard)
	err := command.ExecuteContext(t.Context())
	if err == nil || err.Error() != "+493012345 is busy" {
		t.Errorf("got %v", err)
	}
	if want := `{"to":"+49 30 12345","phone":"desk"}Bearer alice.secret`; len(wishes) != 1 || wishes[0] != want {
		t.Errorf("wishes: %q, want %q", wishes, want)
	}
	for _, part := range []string{"your phone is asked to call +493012345", "the call is over (486)"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is not in\n%s", part, out.String())
		}
	}
}

func TestOutcome(t *testing.T) {
	for _, test := range []struct {
		call api.Call
		want string
	}{
		{api.Call{Status: "completed"}, ""},
		{api.Call{Status: "canceled"}, ""},
		{api.Call{Status: "busy", To: "carol"}, "carol is busy"},
		{api.Call{Status: "no-answer", To: "carol", ByPhone: true}, "your phone does not answer"},
		{api.Call{Status: "failed", To: "carol", Code: 404, Reason: "Not Found"}, "carol can't be reached (404 Not Found)"},
	} {
		got := ""
		if err := outcome(test.call); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%+v: %q, want %q", test.call, got, test.want)
		}
	}
}
