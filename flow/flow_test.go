package flow_test

import (
	"testing"

	"hookflash/flow"
)

// TestFlows plays every flow once: each arrow in the RFC's order and nothing else, and after each step
// who hears whom.
func TestFlows(t *testing.T) {
	for _, f := range flow.All {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			result := flow.Run(t.Context(), f, flow.Options{})
			if result.Err != nil {
				t.Errorf("%v\n%s", result.Err, result.Ladder.DrawPlain())
			}
		})
	}
}
