package flow_test

import (
	"slices"
	"strings"
	"testing"

	"hookflash/flow"
	"hookflash/service/order"
)

// TestFlowsLacking plays the flows with phones that know none of the extensions, so that the server does it for them.
func TestFlowsLacking(t *testing.T) {
	lacks := order.Lacks{Replaces: true, Refer: true, Join: true}
	kinds := []string{"transfer-attended", "conference-third-party-joins", "call-park"}
	for _, f := range flow.All {
		played := f.Lacking(lacks)
		if testing.Short() && !slices.Contains(kinds, f.Name) {
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

// TestLacking: which ladder is played depends on what the phones lack.
func TestLacking(t *testing.T) {
	for _, f := range flow.All {
		all := f.Lacking(order.Lacks{Replaces: true, Refer: true, Join: true})
		if all.Name != f.Name || all.Title != f.Title || all.Section != f.Section || !all.Assisted || !strings.HasSuffix(all.Heading(), ", without replaces, refer, join") {
			t.Errorf("%s has a ladder for phones that lack all: %+v", f.Name, all)
		}
		for _, test := range []struct {
			reason   string
			lacks    order.Lacks
			assisted bool
		}{
			{"nothing", order.Lacks{}, false},
			{"REFER", order.Lacks{Refer: true}, true},
			{"Replaces", order.Lacks{Replaces: true}, f.Name != "click-to-dial"},
			{"Join", order.Lacks{Join: true}, f.Name == "conference-third-party-joins"},
		} {
			if played := f.Lacking(test.lacks); played.Assisted != test.assisted || played.Lacks != test.lacks {
				t.Errorf("%s without %s: assisted %v", f.Name, test.reason, played.Assisted)
			}
		}
	}
}
