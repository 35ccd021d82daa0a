package arch

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// banned are the imports that the signalling side does without, with what to do instead.
var banned = map[string]string{
	"net":    "use net/netip for addresses; sockets belong to transport",
	"os":     "files belong to store and server; put a machine.Job in the output",
	"sync":   "a machine is stepped under one mutex by the shell; it needs no lock of its own",
	"log":    "return an error or put an event in the output; only server and commands log",
	"unsafe": "only raw system calls need it",
	"C":      "no cgo: the binary is static",
}

// permitted are the imports below a banned one that hold no I/O.
var permitted = []string{"net/netip"}

// clocks are the functions of package time that read a clock or start a timer.
var clocks = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Sleep", "Tick"}

// TestSteppedImports: no socket, file, lock or log below server.
func TestSteppedImports(t *testing.T) {
	for _, file := range signallingFiles(t) {
		for _, imported := range file.imports {
			for name, instead := range banned {
				if under(imported.path, name) && !underAny(imported.path, permitted) && !excused(t, "import", file.path+" "+imported.path) {
					t.Errorf("%s:%d: %q is not for the signalling side: %s", file.path, imported.line, imported.path, instead)
				}
			}
		}
	}
}

// TestSteppedClock: now is passed in, a deadline is data, and nothing runs beside the step.
func TestSteppedClock(t *testing.T) {
	for _, file := range signallingFiles(t) {
		clock := file.calls("time")
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.GoStmt:
				if !excused(t, "go", file.path) {
					t.Errorf("%s:%d: go statement on the signalling side: only the shell owns goroutines", file.path, file.line(node.Pos()))
				}
			case *ast.SelectorExpr:
				if name, ok := node.X.(*ast.Ident); ok && clock != "" && name.Name == clock && slices.Contains(clocks, node.Sel.Name) {
					t.Errorf("%s:%d: time.%s on the signalling side: take now as a parameter and keep deadlines as data",
						file.path, file.line(node.Pos()), node.Sel.Name)
				}
			}
			return true
		})
	}
}

// TestSteppedSleep: tests of the signalling side never wait for a real clock.
func TestSteppedSleep(t *testing.T) {
	for _, file := range goFiles(t) {
		clock := file.calls("time")
		if !file.test || clock == "" || !underAny(path.Dir(file.path), signalling) {
			continue
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok && selector.Sel.Name == "Sleep" {
				if name, ok := selector.X.(*ast.Ident); ok && name.Name == clock {
					t.Errorf("%s:%d: time.Sleep in a test of the signalling side: step the machine to a later now", file.path, file.line(selector.Pos()))
				}
			}
			return true
		})
	}
}

// TestUnsafe: unsafe in the listed files only, no cgo, no linkname anywhere.
func TestUnsafe(t *testing.T) {
	for _, file := range goFiles(t) {
		for _, imported := range file.imports {
			if imported.path == "C" {
				t.Errorf("%s:%d: cgo: the binary is built without it", file.path, imported.line)
			}
			if imported.path == "unsafe" && !(file.test && sizesOnly(file, imported.name)) && !excused(t, "unsafe", file.path) {
				t.Errorf("%s:%d: unsafe is for the raw system calls of sockets and of the log of bindings alone", file.path, imported.line)
			}
		}
		for _, group := range file.syntax.Comments {
			for _, comment := range group.List {
				if strings.HasPrefix(comment.Text, "//go:linkname") {
					t.Errorf("%s:%d: linkname reaches into another package's insides", file.path, file.line(comment.Pos()))
				}
			}
		}
	}
}

// sizesOnly tells whether a test uses unsafe for nothing but the size of a type.
func sizesOnly(file *source, name string) bool {
	only := true
	ast.Inspect(file.syntax, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if used, ok := selector.X.(*ast.Ident); ok && used.Name == name && selector.Sel.Name != "Sizeof" {
				only = false
			}
		}
		return true
	})
	return only
}

// TestNoInit: one list shows the order of things; nothing registers itself.
func TestNoInit(t *testing.T) {
	for _, file := range goFiles(t) {
		for _, declaration := range file.syntax.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if ok && function.Recv == nil && function.Name.Name == "init" {
				t.Errorf("%s:%d: init function: build the value in a variable or in the constructor", file.path, file.line(function.Pos()))
			}
		}
	}
}
