package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hookflash/flow"
)

func TestFlowList(t *testing.T) {
	status, stdout, _ := command("flow", "list")
	if status != 0 || strings.Count(stdout, "\n") != len(flow.All) || !strings.HasPrefix(stdout, "call-hold ") || !strings.Contains(stdout, " 2.1 ") {
		t.Errorf("a line for each flow: %d\n%s", status, stdout)
	}
}

func TestFlowMistakes(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	accounts := write(t, "accounts", "alice:a\nbob:b\n")
	unread := write(t, "unread", "secret\n")
	for _, test := range []struct {
		reason    string
		arguments []string
		status    int
		stderr    string
	}{
		{"no name", []string{"run"}, exitUsage, "flow list has the names"},
		{"an unknown name", []string{"run", "transfer-atended"}, exitUsage, `there is no flow "transfer-atended"; there are transfer-attended, `},
		{"an unknown name among others", []string{"run", "call-hold", "sing"}, exitUsage, `no flow "sing"`},
		{"accounts without a server", []string{"run", "all", "--accounts", accounts}, exitUsage, "--against HOST:PORT"},
		{"a domain without a server", []string{"run", "all", "--domain", "example.com"}, exitUsage, "--against HOST:PORT"},
		{"phones that lack what none has", []string{"run", "all", "--without", "refer,hold"}, exitUsage, "write some of replaces,refer,join"},
		{"phones that lack something at somebody else's server", []string{"run", "all", "--without", "join", "--against", "127.0.0.1:9"}, exitUsage, "write it without --against"},
		{"a server without accounts", []string{"run", "all", "--domain", "example.com", "--against", "127.0.0.1:9"}, exitUsage, "write --accounts FILE"},
		{"a folder that is not there", []string{"run", "call-hold", "--svg", missing}, exitFailure, "mkdir -p " + missing},
		{"a file that is not there", []string{"run", "call-hold", "--against", "127.0.0.1:9", "--accounts", missing}, exitFailure, "Check the name"},
		{"a port that is none", []string{"run", "call-hold", "--against", "127.0.0.1:0"}, exitFailure, "as in 192.0.2.1:5060"},
		{"a person without an account", []string{"run", "all", "--against", "127.0.0.1:9", "--accounts", accounts}, exitFailure, "Add a line carol:PASSWORD"},
		{"a file of something else", []string{"run", "all", "--against", "127.0.0.1:9", "--accounts", unread}, exitFailure, "line 1 is not NAME:PASSWORD"},
	} {
		status, _, stderr := command(append([]string{"flow"}, test.arguments...)...)
		if status != test.status || !strings.Contains(stderr, test.stderr) || strings.Contains(stderr, "secret") {
			t.Errorf("%s: status %d, want %d, with %q on standard error:\n%s", test.reason, status, test.status, test.stderr, stderr)
		}
	}
}

// TestFlowsThroughAnother: what a server must be set up for is played there when it is named, and tells what it wants.
func TestFlowsThroughAnother(t *testing.T) {
	all, err := flowsNamed([]string{"all"}, true)
	if err != nil || len(all) == 0 || len(all) == len(flow.All) {
		t.Errorf("all are some of them: %d, %v", len(all), err)
	}
	for _, f := range all {
		if f.Wants != "" {
			t.Errorf("%s wants something, and is not among all", f.Name)
		}
	}
	if named, err := flowsNamed([]string{"all", "find-me"}, true); err != nil || len(named) != len(all)+1 {
		t.Errorf("it can be named: %v, %v", named, err)
	}
	status, _, stderr := command("flow", "run", "find-me", "--against", "127.0.0.1:9", "--accounts", write(t, "accounts", "alice:a\nb1:b\nb2:b\nb3:b\n"))
	if status != exitFailure || !strings.Contains(stderr, "Add a line b4:PASSWORD") {
		t.Errorf("the account that is missing is told: %d\n%s", status, stderr)
	}
}

func TestFlowAccounts(t *testing.T) {
	want := map[string]string{"alice": "wonder:land", "bob": "1234"}
	for _, test := range []struct{ reason, text string }{
		{"lines", "# at the office\nalice:wonder:land\n\nbob:1234\n"},
		{"lines with CR", "alice:wonder:land\r\nbob:1234\r\n"},
		{"a mapping", "alice: wonder:land\nbob: \"1234\"\n"},
		{"a mapping with a number", "alice: 'wonder:land'\nbob: 1234\n"},
		{"a configuration", "domain: example.com\nusers:\n  - {name: alice, password: \"wonder:land\"}\n  - {name: bob, password: \"1234\", digest: [MD5]}\n"},
	} {
		if got, err := parseAccounts(test.text); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v", test.reason, got, err)
		}
	}
	for _, text := range []string{"", "\n\n", "# nobody\n", "[1, 2", ":password\n", strings.Repeat("a", 70_000)} {
		if got, err := parseAccounts(text); err == nil {
			t.Errorf("%.20q: no accounts: %v", text, got)
		}
	}
}

// TestFlowRun: a flow is drawn and told of, as text and as JSON, with a picture.
func TestFlowRun(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	status, stdout, stderr := command("flow", "run", "call-hold", "call-hold", "--svg", folder)
	for _, part := range []string{
		"# Call Hold: RFC 5359 section 2.1\n\nalice  ", "  INVITE F1  ", "; F1 comes again, with credentials\n",
		"; alice hears bob, bob hears alice\n", "; nobody hears anybody\n", "  200 OK F25  ", "\ncall-hold passed in ",
	} {
		if status != 0 || !strings.Contains(stdout, part) {
			t.Errorf("status %d, drawn with %q:\n%s%s", status, part, stdout, stderr)
		}
	}
	picture, err := os.ReadFile(filepath.Join(folder, "call-hold.svg"))
	if err != nil || !strings.Contains(string(picture), "F25") {
		t.Errorf("the picture has the last arrow: %v", err)
	}
}

func TestFlowJSON(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := command("flow", "run", "transfer-instant-messaging", "--json")
	var got struct {
		Flow, Section, Error string
		Passed               bool
		TookMS               int64 `json:"took_ms"`
		Arrows               []struct {
			Number          int
			From, To, Label string
			AtMS            *int64 `json:"at_ms"`
		}
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || strings.Count(stdout, "\n") != 1 {
		t.Fatalf("one object on a line: %v\n%s%s", err, stdout, stderr)
	}
	if status != 0 || !got.Passed || got.Flow != "transfer-instant-messaging" || got.Section != "2.6" || got.Error != "" || got.TookMS <= 0 {
		t.Errorf("what it says: %d %+v", status, got)
	}
	seen := map[int]int{}
	for _, a := range got.Arrows {
		seen[a.Number]++
		if a.From == "" || a.To == "" || a.Label == "" || a.AtMS == nil {
			t.Errorf("an arrow has it all: %+v", a)
		}
	}
	for number := 1; number <= 11; number++ {
		if seen[number] != 2 {
			t.Errorf("F%d on both sides of the server: %d times", number, seen[number])
		}
	}
}

// TestFlowWithout: phones that lack something are helped by the server, and the drawing and the JSON say so.
func TestFlowWithout(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := command("flow", "run", "call-hold", "--without", "join,replaces,refer")
	if status != 0 || !strings.HasPrefix(stdout, "# Call Hold: RFC 5359 section 2.1, without replaces, refer, join\n") || !strings.Contains(stdout, "; alice hears music\n") {
		t.Errorf("drawn: status %d\n%s%s", status, stdout, stderr)
	}
	status, stdout, stderr = command("flow", "run", "outgoing-call-screening", "--without", "refer", "--json")
	if status != 0 || !strings.Contains(stdout, `"without":["refer"]`) {
		t.Errorf("as JSON: status %d\n%s%s", status, stdout, stderr)
	}
}

// TestFlowInterrupted: a signal ends it in the middle, and nothing is left behind.
func TestFlowInterrupted(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	ctx, cancel := context.WithCancel(t.Context())
	heard := &hearing{text: "200 OK F7", then: cancel}
	err := runFlows(ctx, &flowOptions{flows: flow.All}, heard, heard)
	if err == nil || err.Error() != "ended early, by a signal" || strings.Contains(heard.all.String(), "F25") || !strings.Contains(heard.all.String(), "call-hold failed in ") {
		t.Errorf("ended in the middle: %v\n%s", err, heard.all.String())
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// hearing does something when a text is written.
type hearing struct {
	all  strings.Builder
	text string
	then func()
}

func (h *hearing) Write(text []byte) (int, error) {
	h.all.Write(text)
	if strings.Contains(string(text), h.text) {
		h.then()
	}
	return len(text), nil
}

// TestFlowServer: where the server is.
func TestFlowServer(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"127.0.0.1:5070", "127.0.0.1:5070"}, {"127.0.0.1", "127.0.0.1:5060"}, {"[::1]:5070", "[::1]:5070"}, {"[::1]", "[::1]:5060"}, {"::1", "[::1]:5060"},
	} {
		if got, err := flowServer(t.Context(), test.text); err != nil || got != netip.MustParseAddrPort(test.want) {
			t.Errorf("%s: %v, %v", test.text, got, err)
		}
	}
}
