// Package golden compares a ladder with the one kept in a test's testdata folder. Only
// tests import it.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hookflash/internal/ladder"
)

// The flag exists in test binaries that import this package; the variable
// LADDER_REWRITE=1 does the same for a run over many packages.
var rewrite = flag.Bool("ladder.rewrite", os.Getenv("LADDER_REWRITE") == "1", "rewrite the golden ladders; read them afterwards")

// Options adjust a comparison; the zero value compares everything.
type Options struct {
	Ignore  ladder.Ignore
	Plain   bool     // keep the drawing only: no times, Call-IDs or messages
	Strange []string // more parameters to normalise, beside tags, branches and their like
}

// Ladder compares got, normalised, with testdata/NAME.ladder and fails the test at the
// first difference. With -ladder.rewrite it writes the file instead.
func Ladder(t testing.TB, name string, got *ladder.Ladder, options Options) {
	t.Helper()
	if name == "" || strings.ContainsAny(name, `/\.`) {
		t.Fatalf("golden: %q is no file name of words and hyphens", name)
	}
	got = got.Normalize(options.Strange...)
	file := filepath.Join("testdata", name+".ladder")
	drawing := got.Draw()
	if options.Plain {
		drawing = got.DrawPlain()
	}
	if *rewrite {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatalf("golden: %v", err)
		}
		if err := os.WriteFile(file, []byte(drawing), 0o644); err != nil {
			t.Fatalf("golden: %v", err)
		}
		return
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("golden: %v (run with -ladder.rewrite to make it, then read it)\ngot\n%s", err, drawing)
	}
	want, err := ladder.Parse(string(kept))
	if err != nil {
		t.Fatalf("golden: %s: %v", file, err)
	}
	seen, err := ladder.Parse(drawing)
	if err != nil {
		t.Fatalf("golden: the drawing can't be read back: %v", err)
	}
	if difference := ladder.Compare(want, seen, options.Ignore); difference != "" {
		t.Errorf("golden: %s: %s", file, difference)
	}
}
