package flow

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"hookflash/internal/ladder"
)

// TestDrawnInDocs: the guides draw the ladders that are played, and their commands name them.
func TestDrawnInDocs(t *testing.T) {
	for file, flows := range map[string][]Flow{
		"forwarding.md": {forwardingUnconditional, forwardingBusy, forwardingNoAnswer},
		"find-me.md":    {findMe},
		"screening.md":  {incomingScreening, outgoingScreening},
		"flows.md":      {assistedTransferUnattended},
	} {
		text, err := os.ReadFile("../docs/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var drawings []string
		for i, block := range strings.Split(string(text), "```") {
			if i%2 == 1 && strings.HasPrefix(block, "\nalice ") {
				drawings = append(drawings, strings.TrimPrefix(block, "\n"))
			}
		}
		if len(drawings) != len(flows) {
			t.Fatalf("%s draws %d ladders of %d", file, len(drawings), len(flows))
		}
		for i, f := range flows {
			if !f.Assisted && !strings.Contains(string(text), "`hookflash flow run "+f.Name+"`") {
				t.Errorf("%s does not say how to play %s", file, f.Name)
			}
			l, err := ladder.Parse(drawings[i])
			if err != nil {
				t.Errorf("%s: %s: %v", file, f.Name, err)
				continue
			}
			var got, want []string
			for j := range l.Arrows {
				a := &l.Arrows[j]
				label, _, _ := strings.Cut(a.Label, " ")
				got = append(got, fmt.Sprintf("F%d %s %s %s", a.Number, l.Name(a.From), l.Name(a.To), label))
			}
			for line := range strings.Lines(f.Arrows) {
				if words := strings.Fields(line); len(words) > 0 {
					want = append(want, strings.Join(words, " "))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s draws %s so:\n%s\nand it is\n%s", file, f.Name, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}
