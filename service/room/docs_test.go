package room_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"hookflash/service/room"
)

// TestGuide: the ladders of the guide are those that are played, and its keys those there are.
func TestGuide(t *testing.T) {
	text, err := os.ReadFile("../../docs/rooms.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(text)
	ladders := regexp.MustCompile("(?s)```ladder ([a-z-]+)\n(.*?)```").FindAllStringSubmatch(guide, -1)
	for _, l := range ladders {
		golden, err := os.ReadFile("testdata/" + l[1] + ".ladder")
		if err != nil {
			t.Fatal(err)
		}
		if _, drawn, _ := strings.Cut(bare(string(golden)), "\n\n"); !strings.HasPrefix(drawn, strings.TrimSpace(bare(l[2]))) {
			t.Errorf("the guide's ladder %s is not what is played", l[1])
		}
	}
	if len(ladders) < 6 {
		t.Errorf("%d ladders", len(ladders))
	}
	for _, key := range room.Keys {
		who := "all"
		if key.Moderators || key.Key == "*6" {
			who = "moderators"
		}
		if row := fmt.Sprintf("| `%s` | %s | %s |\n", key.Key, key.Does, who); !strings.Contains(guide, row) {
			t.Errorf("the guide lacks %s", row)
		}
	}
}

// bare is a drawing without blanks at the ends of lines.
func bare(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
