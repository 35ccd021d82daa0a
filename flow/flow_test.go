package flow_test

import (
	"slices"
	"testing"

	"hookflash/flow"
)

// TestFlows plays every flow once: each arrow in the RFC's order and nothing else, and after each step
// who hears whom. In a short run it plays one of each kind; all of them are played before a capture, too
// (package interop).
func TestFlows(t *testing.T) {
	kinds := []string{"call-hold", "transfer-attended", "conference-third-party-joins", "find-me", "incoming-call-screening", "call-pickup"}
	for _, f := range flow.All {
		if testing.Short() && !slices.Contains(kinds, f.Name) {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			result := flow.Run(t.Context(), f, flow.Options{})
			if result.Err != nil {
				t.Errorf("%v\n%s", result.Err, result.Ladder.DrawPlain())
			}
		})
	}
}
