package reg

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPrinted: every document that RFC 3680 prints is read, and says the same
// after it was printed again.
func TestPrinted(t *testing.T) {
	files, err := filepath.Glob("testdata/rfc*.xml")
	if err != nil || len(files) == 0 {
		t.Fatal("no documents", err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		document, err := Parse(string(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := Parse(string(document.Append(nil)))
		if err != nil {
			t.Errorf("%s: printed again: %v", name, err)
		}
		if difference := cmp.Diff(document, again); difference != "" {
			t.Errorf("%s: printed again it says something else: %s", name, difference)
		}
	}
}
