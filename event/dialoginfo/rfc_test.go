package dialoginfo

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// misprints are the documents that the RFCs print wrong, and how.
var misprints = map[string]string{
	"rfc4235-02.xml": "notify-state for state",
	"rfc4235-17.xml": "a target that ends twice",
}

// TestPrinted: every document that RFC 4235 and RFC 7463 print is read, and says the same
// after it was printed again in either dialect.
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
		if why, wrong := misprints[name]; wrong != (err != nil) {
			t.Errorf("%s: %v (misprint: %q)", name, err, why)
		}
		if err != nil {
			continue
		}
		for _, dialect := range []Dialect{{}, {ParamValue: true}} {
			again, err := Parse(string(document.Append(nil, dialect)))
			if err != nil {
				t.Errorf("%s: printed again: %v", name, err)
			}
			if difference := cmp.Diff(document, again); difference != "" {
				t.Errorf("%s: printed again it says something else: %s", name, difference)
			}
		}
	}
}
