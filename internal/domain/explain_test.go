package domain_test

import (
	"strings"
	"testing"
	"time"

	"hookflash/directory"
	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/proxy"
	"hookflash/service/order"
)

// TestExplain: what would become of a call is told rule by rule, and nothing is sent.
func TestExplain(t *testing.T) {
	night := from(directory.ActionRefuse, "carol")
	night.Name = "night"
	night.When.Hours = []directory.Hours{{Days: 0x7f, From: 22 * 60, To: 6 * 60}}
	n := sim.New(sim.Config{})
	w := newWorld(n, func(c *domain.Config) {
		c.Services = order.Routes
		c.Routing = map[string]*directory.Routing{
			"bob": {
				Screening: []directory.Rule{night},
				Forward:   directory.Forward{Busy: to("carol"), NoAnswer: directory.NoAnswer{To: to("dave"), After: directory.Duration(10 * time.Second)}},
			},
			"carol": {Forward: directory.Forward{Unconditional: to("bob")}},
			"dave":  {Block: []directory.Pattern{pattern("alice")}, Forward: directory.Forward{NoAnswer: directory.NoAnswer{To: to("carol")}}},
			"alice": {Outgoing: directory.Outgoing{Rules: []directory.DialRule{{Name: "no mallory", To: []directory.Pattern{pattern("mallory")}}}}},
		}
	})
	w.serve()
	w.bound("bob", w.phone("bob"))
	noon, midnight := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC), time.Date(2026, 5, 4, 23, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		reason, from, to string
		at               time.Time
		outcome          string
		findings         []string // pieces of text, in this order
	}{
		{"by day", "carol", "bob", noon, "it rings for 10s", []string{`screening rule "night" does not fit`, "forwarding when busy", "dave"}},
		{"by night", "carol", "bob", midnight, "403 Screening Failure (Terminating)", []string{`screening rule "night" fits`}},
		{"not allowed", "alice", "mallory", noon, "403 Screening Failure (Originating)", []string{`outgoing rule "no mallory"`}},
		{"by way of somebody", "alice", "carol", noon, "it rings for 10s", []string{"unconditional forwarding", "night"}},
		{"blocked", "alice", "dave", noon, "403 Screening Failure (Terminating)", []string{"block list"}},
		{"nobody", "alice", "nobody", noon, "404 Not Found", []string{"which is nobody"}},
	} {
		got, err := w.domain().Proxy().Explain(proxy.Question{From: test.from, To: test.to, At: test.at, Now: n.Now()})
		if err != nil {
			t.Fatalf("%s: %v", test.reason, err)
		}
		var texts []string
		for _, f := range got.Findings {
			texts = append(texts, f.When+" "+f.Service+": "+f.Text)
		}
		told := strings.Join(texts, "\n")
		rest := told
		for _, piece := range test.findings {
			_, after, found := strings.Cut(rest, piece)
			if !found {
				t.Errorf("%s: %q is not told:\n%s", test.reason, piece, told)
			}
			rest = after
		}
		if got.Outcome != test.outcome {
			t.Errorf("%s: the outcome is %q, not %q\n%s", test.reason, got.Outcome, test.outcome, told)
		}
		if test.reason == "blocked" && strings.Contains(told, "forwarding") {
			t.Errorf("a call that is refused goes on:\n%s", told)
		}
	}
	if _, err := w.domain().Proxy().Explain(proxy.Question{From: "alice", To: "menu:\n", At: noon}); err == nil {
		t.Error("a target that is none was explained")
	}
	if arrows := n.Ladder().Arrows; len(arrows) != 0 {
		t.Errorf("%d messages were sent", len(arrows))
	}
}
