package arch

import (
	"bytes"
	"go/ast"
	"testing"
)

// The budgets. Code that needs more is listed in exceptions_test.go with a reason.
const (
	maxFunctionLines = 60  // from func to the closing brace
	maxFileLines     = 400 // tests left out
	maxMethods       = 4   // of an interface
	maxParameters    = 4   // more become a struct
)

// TestFileBudget: a file is one verb, and a screenful of them.
func TestFileBudget(t *testing.T) {
	for _, file := range goFiles(t) {
		lines := bytes.Count(file.text, []byte("\n"))
		if !file.test && lines > maxFileLines && !excused(t, "file", file.path) {
			t.Errorf("%s: %d lines, at most %d: split it by what it does, one file per verb", file.path, lines, maxFileLines)
		}
	}
}

// TestFunctionBudget: length and parameters of functions, tests left out.
func TestFunctionBudget(t *testing.T) {
	for _, file := range goFiles(t) {
		if file.test {
			continue
		}
		for _, declaration := range file.syntax.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := file.path + " " + functionName(function)
			start := file.line(function.Pos())
			if lines := file.line(function.End()) - start + 1; lines > maxFunctionLines && !excused(t, "function", name) {
				t.Errorf("%s:%d: %s has %d lines, at most %d: name its steps", file.path, start, functionName(function), lines, maxFunctionLines)
			}
			if count := fields(function.Type.Params); count > maxParameters && !excused(t, "parameters", name) {
				t.Errorf("%s:%d: %s has %d parameters, at most %d: make them a struct", file.path, start, functionName(function), count, maxParameters)
			}
		}
	}
}

// TestInterfaceBudget: a small contract is kept more easily. Tests left out.
func TestInterfaceBudget(t *testing.T) {
	for _, file := range goFiles(t) {
		if file.test {
			continue
		}
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			spec, ok := node.(*ast.TypeSpec)
			if !ok {
				return true
			}
			contract, ok := spec.Type.(*ast.InterfaceType)
			if !ok {
				return true
			}
			name := file.path + " " + spec.Name.Name
			if count := methods(contract); count > maxMethods && !excused(t, "interface", name) {
				t.Errorf("%s:%d: interface %s has %d methods, at most %d: split it by who uses what",
					file.path, file.line(spec.Pos()), spec.Name.Name, count, maxMethods)
			}
			for _, method := range contract.Methods.List {
				signature, ok := method.Type.(*ast.FuncType)
				if ok && fields(signature.Params) > maxParameters {
					t.Errorf("%s:%d: method %s of %s has %d parameters, at most %d: make them a struct",
						file.path, file.line(method.Pos()), method.Names[0].Name, spec.Name.Name, fields(signature.Params), maxParameters)
				}
			}
			return true
		})
	}
}

func functionName(function *ast.FuncDecl) string {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return function.Name.Name
	}
	receiver := function.Recv.List[0].Type
	for {
		switch inner := receiver.(type) {
		case *ast.StarExpr:
			receiver = inner.X
		case *ast.IndexExpr: // a generic type
			receiver = inner.X
		case *ast.Ident:
			return inner.Name + "." + function.Name.Name
		default:
			return function.Name.Name
		}
	}
}

// fields counts parameters: "a, b int" is two.
func fields(list *ast.FieldList) int {
	if list == nil {
		return 0
	}
	return list.NumFields()
}

// methods counts the methods an interface asks for; an embedded interface that stands in
// the same file counts with its own, any other as one.
func methods(contract *ast.InterfaceType) int {
	count := 0
	for _, field := range contract.Methods.List {
		if embedded, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 0 && embedded.Obj != nil {
			if spec, ok := embedded.Obj.Decl.(*ast.TypeSpec); ok {
				if inner, ok := spec.Type.(*ast.InterfaceType); ok {
					count += methods(inner)
					continue
				}
			}
		}
		if _, union := field.Type.(*ast.BinaryExpr); !union {
			count++
		}
	}
	return count
}
