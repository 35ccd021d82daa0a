package flow_test

import (
	"testing"

	"hookflash/flow"
	"hookflash/service/order"
)

// TestFlowsLacking plays the flows with phones that know none of the extensions, so that the server does it for them.
func TestFlowsLacking(t *testing.T) {
	lacks := order.Lacks{Replaces: true, Refer: true, Join: true}
	for _, f := range flow.All {
		played := f.Lacking(lacks)
		if !played.Assisted {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			result := flow.Run(t.Context(), played, flow.Options{})
			if result.Err != nil {
				t.Errorf("%v\n%s", result.Err, result.Ladder.DrawPlain())
			}
		})
	}
}
