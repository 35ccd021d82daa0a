package main

import (
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
