package arch

import (
	"bytes"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unwanted are words that a finished tree does not carry. They are put together here so
// that this file does not carry them either.
var unwanted = []struct {
	pattern *regexp.Regexp
	reason  string
}{
	{regexp.MustCompile(`\.\./` + `shared`), "the tree stands alone: say it here, or leave it out"},
	{regexp.MustCompile(`/` + `work/`), "a path of somebody's machine: use one relative to the tree or a temporary folder"},
	{regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b`), "finish it, or open an issue"},
}

// readable are the endings of files whose words are checked; files without one are too.
var readable = []string{"", ".go", ".md", ".sh", ".yml", ".yaml", ".py", ".cfg", ".json", ".xml"}

// vague are file names that say nothing about what is inside.
var vague = []string{
	"util", "utils", "common", "helper", "helpers", "handler", "handlers", "manager", "managers",
	"dispatcher", "misc", "shared", "base", "stuff",
}

// papers are status files: issues hold plans and progress, the tree does not.
var papers = []string{"plan", "plans", "status", "progress", "todo", "notes", "roadmap", "summary"}

// TestWords: no mark of unfinished work, no path outside the tree.
func TestWords(t *testing.T) {
	err := walk(func(name string, text []byte) error {
		if !slices.Contains(readable, path.Ext(name)) && !strings.HasPrefix(path.Base(name), ".") || name == "LICENSE" {
			return nil
		}
		if bytes.IndexByte(text, 0) >= 0 {
			return nil
		}
		for number, line := range bytes.Split(text, []byte("\n")) {
			for _, word := range unwanted {
				if found := word.pattern.Find(line); found != nil {
					t.Errorf("%s:%d: %q: %s", name, number+1, found, word.reason)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNames: a file is named by its verb or its noun.
func TestNames(t *testing.T) {
	err := walk(func(name string, _ []byte) error {
		base := path.Base(name)
		stem, _, _ := strings.Cut(strings.ToLower(base), ".")
		if path.Ext(base) == ".go" && slices.Contains(vague, strings.TrimSuffix(stem, "_test")) {
			t.Errorf("%s: the name says nothing: one file per verb, named by it", name)
		}
		if path.Ext(base) == ".md" && slices.Contains(papers, stem) {
			t.Errorf("%s: plans and progress belong to issues, not to the tree", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSkips: a skipped test says why.
func TestSkips(t *testing.T) {
	for _, file := range goFiles(t) {
		if !file.test {
			continue
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			receiver, ok := selector.X.(*ast.Ident)
			if !ok || !slices.Contains([]string{"t", "b", "f", "tb"}, receiver.Name) {
				return true
			}
			if selector.Sel.Name == "SkipNow" || selector.Sel.Name == "Skip" && len(call.Args) == 0 {
				t.Errorf("%s:%d: skipped without a reason: a missing peer is installed, not skipped", file.path, file.line(call.Pos()))
			}
			return true
		})
	}
}

// TestPackageComments: every package says what it is for.
func TestPackageComments(t *testing.T) {
	said := map[string]bool{}
	for _, file := range goFiles(t) {
		folder := path.Dir(file.path)
		if !file.test {
			said[folder] = said[folder] || file.syntax.Doc != nil
		}
	}
	for folder, ok := range said {
		if !ok {
			t.Errorf("%s: no package comment: doc.go says what the package is for, limitations first", folder)
		}
	}
}
