package card

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rowsOf are the rows of a card as the guide has them.
func rowsOf(c Card) (rows []string) {
	for _, section := range c.Sections {
		for _, row := range section.Rows {
			rows = append(rows, "| `"+strings.Join(row.Keys, "`, `")+"` | "+row.Text+" |")
		}
	}
	return rows
}

// TestGuide: the tables of the guide are what the cards of both tables say, and nothing else.
func TestGuide(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "codes.md"))
	if err != nil {
		t.Fatal(err)
	}
	wanted := map[string]bool{}
	for _, codes := range tables() {
		for _, row := range rowsOf(Of(everything(codes), nil, "en")) {
			wanted[row] = true
		}
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "| `") && !wanted[line] {
			t.Errorf("the guide has a row that no card has: %s", line)
		}
	}
	for row := range wanted {
		if !strings.Contains(string(text), "\n"+row+"\n") {
			t.Errorf("the guide lacks\n%s", row)
		}
	}
}
