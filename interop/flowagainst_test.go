//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/internal/ladder"
)

// flowReport is a line of flow run --json.
type flowReport struct {
	Flow   string
	Passed bool
	Error  string
}

// playAgainst plays flows through a server and gives what became of them, by name.
func playAgainst(t *testing.T, server netip.AddrPort, domain string, names ...string) map[string]flowReport {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	accounts := filepath.Join(t.TempDir(), "accounts")
	text := ""
	for _, name := range []string{"alice", "bob", "bill", "carol", "gateway", "b1", "b2", "b3", "b4"} {
		text += fmt.Sprintf("%s:%s\n", name, password(name))
	}
	if err := os.WriteFile(accounts, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := append([]string{"flow", "run", "--json", "--against", server.String(), "--domain", domain, "--accounts", accounts}, names...)
	run := start(t, "flows", exec.Command(path, arguments...))
	ended := run.wait(t, 5*time.Minute)
	reports := map[string]flowReport{}
	all := true
	for line := range strings.Lines(run.text()) {
		var r flowReport
		if json.Unmarshal([]byte(line), &r) == nil && r.Flow != "" {
			reports[r.Flow] = r
			all = all && r.Passed
		}
	}
	if all != (ended == nil) {
		t.Errorf("the exit status says whether all passed: %v", ended)
	}
	return reports
}

// TestFlowsAgainst: the flows pass through another running server of ours, and fail where it forbids
// something, saying where.
func TestFlowsAgainst(t *testing.T) {
	s := serve(t, setting{users: []string{
		user("alice", ""), fmt.Sprintf("{name: bob, password: %s, assistants: [carol]}", password("bob")), user("carol", ""),
	}})
	reports := playAgainst(t, s.address, domain, "all")
	for _, d := range drawnLadders {
		if r, played := reports[d.name]; d.users == "" && !r.Passed {
			t.Errorf("%s passes: %q", d.name, r.Error)
		} else if d.users != "" && played {
			t.Errorf("%s is not played where nobody has set it up", d.name)
		}
	}
	strict := serve(t, setting{users: everybody()})
	r := playAgainst(t, strict.address, domain, "conference-third-party-joins")["conference-third-party-joins"]
	if r.Passed || !strings.Contains(r.Error, "403") {
		t.Errorf("who may not join is named: %+v", r)
	}
}

// TestServersFlowsAgainst: what the server does by itself passes through a running server of ours that was told so,
// and fails through one that was not.
func TestServersFlowsAgainst(t *testing.T) {
	for _, d := range drawnLadders {
		if d.users == "" || d.users == alone {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			names := map[string]bool{}
			var users []string
			for line := range strings.SplitSeq(d.users, "; ") {
				name, keys, _ := strings.Cut(line, " ")
				names[name] = true
				if keys != "" {
					keys = ", " + keys
				}
				users = append(users, fmt.Sprintf("{name: %s, password: %s%s}", name, password(name), keys))
			}
			for _, name := range []string{"alice", "carol"} {
				if !names[name] {
					users = append(users, user(name, ""))
				}
			}
			s := serve(t, setting{users: users, more: d.more})
			if r := playAgainst(t, s.address, domain, d.name)[d.name]; !r.Passed {
				t.Errorf("it passes: %q", r.Error)
			}
		})
	}
	s := serve(t, setting{users: everybody()})
	if r := playAgainst(t, s.address, domain, "outgoing-call-screening")["outgoing-call-screening"]; r.Passed || r.Error == "" {
		t.Errorf("where nobody is screened it fails, and says so: %+v", r)
	}
}

// TestFlowsAgainstKamailio: a registrar and proxy of others, which lets everybody take over and join.
func TestFlowsAgainstKamailio(t *testing.T) {
	s := serve(t, setting{users: everybody()})
	k := startKamailio(t, s)
	reports := playAgainst(t, k.address, "foreign.test", "all")
	for _, d := range drawnLadders {
		if r := reports[d.name]; d.users == "" && !r.Passed {
			t.Errorf("%s passes: %q", d.name, r.Error)
		}
	}
}

// TestFlowReadme: the README's ladder is what the command draws, on each side of the server.
func TestFlowReadme(t *testing.T) {
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const typed = "```\n$ bin/hookflash flow "
	arguments := between(t, string(readme), typed, "\n")
	want := between(t, string(readme), typed+arguments+"\n", "```")
	run := start(t, "flow", exec.Command(path, append([]string{"flow"}, strings.Fields(arguments)...)...))
	if err := run.wait(t, time.Minute); err != nil {
		t.Fatalf("flow %s: %v", arguments, err)
	}
	for _, side := range []string{"alice", "bob"} {
		if one, other := drawnAt(t, want, side), drawnAt(t, run.text(), side); !slices.Equal(one, other) {
			t.Errorf("the README's ladder, and the one drawn, at %s:\n%q\n%q", side, one, other)
		}
	}
}

// drawnAt are the arrows at one side of a drawing: sender, and what stands on them.
func drawnAt(t *testing.T, drawing, side string) []string {
	t.Helper()
	_, ladderText, _ := strings.Cut(drawing, "\n\n")
	ladderText, _, _ = strings.Cut(ladderText, "\n\n")
	l, err := ladder.Parse(ladderText)
	if err != nil || len(l.Arrows) == 0 {
		t.Fatalf("a ladder: %v\n%s", err, drawing)
	}
	var arrows []string
	for i := range l.Arrows {
		a := &l.Arrows[i]
		if from, to := l.Name(a.From), l.Name(a.To); from == side || to == side {
			arrows = append(arrows, fmt.Sprintf("%s: %s F%d", from, a.Label, a.Number))
		}
	}
	return arrows
}
