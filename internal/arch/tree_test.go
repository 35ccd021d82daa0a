package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// source is one Go file of the tree, parsed.
type source struct {
	path    string // from the root, with slashes
	test    bool
	text    []byte
	syntax  *ast.File
	imports []imported
}

type imported struct {
	name string // as the file calls it
	path string
	line int
}

func (s *source) line(position token.Pos) int { return fileSet.Position(position).Line }

// calls names the package of an import as this file calls it; empty when it is not imported.
func (s *source) calls(importPath string) string {
	for _, candidate := range s.imports {
		if candidate.path == importPath {
			return candidate.name
		}
	}
	return ""
}

var (
	fileSet = token.NewFileSet()
	// ignored are folders that git ignores or that hold no source of ours.
	ignored = map[string]bool{".git": true, "bin": true, "data": true, "node_modules": true, "vendor": true}
	once    sync.Once
	parsed  []*source
	failure error
)

// walk calls visit for every file of the tree.
func walk(visit func(path string, text []byte) error) error {
	root := filepath.Join("..", "..")
	return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() {
			if ignored[relative] || entry.Name() == "node_modules" || relative == "bench/results" {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			if os.IsNotExist(err) {
				return nil // an editor's passing file
			}
			return err
		}
		return visit(relative, text)
	})
}

// goFiles is every Go file outside testdata, parsed once for all tests.
func goFiles(t *testing.T) []*source {
	t.Helper()
	once.Do(func() {
		failure = walk(func(path string, text []byte) error {
			if !strings.HasSuffix(path, ".go") || strings.Contains("/"+path, "/testdata/") {
				return nil
			}
			file, err := parse(path, text)
			if err == nil {
				parsed = append(parsed, file)
			}
			return err
		})
	})
	if failure != nil {
		t.Fatalf("reading the tree: %v", failure)
	}
	if len(parsed) == 0 {
		t.Fatal("no Go file found: is the test run from its own folder?")
	}
	return parsed
}

func parse(path string, text []byte) (*source, error) {
	syntax, err := parser.ParseFile(fileSet, path, text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	file := &source{path: path, test: strings.HasSuffix(path, "_test.go"), text: text, syntax: syntax}
	for _, spec := range syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		name := target[strings.LastIndex(target, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		file.imports = append(file.imports, imported{name: name, path: target, line: file.line(spec.Pos())})
	}
	return file, nil
}

// signallingFiles are the files below server that are stepped, tests left out.
func signallingFiles(t *testing.T) []*source {
	t.Helper()
	var files []*source
	for _, file := range goFiles(t) {
		if !file.test && underAny(filepath.ToSlash(filepath.Dir(file.path)), signalling) {
			files = append(files, file)
		}
	}
	return files
}
