package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const (
	maxFileSize = 16 << 20 // bytes
	maxDepth    = 64       // of flow collections
)

// Load reads and validates the file. The warnings concern a configuration that can be
// used. The error is an *Error when the content is at fault, else that of the file system.
func Load(path string) (config *Config, warnings []Problem, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the configuration: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read the configuration: %w", err)
	}
	config, warnings, err = Parse(text)
	var wrong *Error
	if errors.As(err, &wrong) {
		wrong.File = path
	}
	return config, warnings, err
}

// Parse reads and validates a configuration. The error is an *Error with every problem
// that is not a mere warning, and the warnings beside them, in the order of the file.
func Parse(text []byte) (config *Config, warnings []Problem, err error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n")) // YAML 1.2 §5.4: also a line break
	reader := newReader(text)
	if document := reader.document(text); document != nil {
		reader.root(document)
	}
	reader.validate()
	inOrder(reader.problems)
	for _, problem := range reader.problems {
		if !problem.Warning {
			return nil, nil, &Error{Problems: reader.problems}
		}
	}
	reader.hashPINs()
	reader.hashRoomPINs()
	return reader.config, reader.problems, nil
}

func newReader(text []byte) *reader {
	return &reader{
		lines: strings.Split(string(text), "\n"), config: defaults(), places: map[string]place{}, silenced: map[string]bool{}, pins: map[int]string{},
	}
}

// document is the root of the one document in text; nil when there is none, which was reported.
func (r *reader) document(text []byte) (root ast.Node) {
	r.broken = true
	switch {
	case len(text) > maxFileSize:
		r.report(place{}, "", fmt.Sprintf("the file is larger than %d MiB", maxFileSize>>20), "check that it is the right file")
		return nil
	case bytes.IndexByte(text, 0) >= 0:
		r.report(place{}, "", "the file holds zero bytes, so it is no text", "check that it is the right file")
		return nil
	case depth(text) > maxDepth:
		r.report(place{}, "", fmt.Sprintf("brackets and braces are nested more than %d deep", maxDepth), "close them")
		return nil
	}
	defer func() {
		// A fault of the YAML parser on odd input is the input's problem, not the server's end.
		if fault := recover(); fault != nil {
			r.report(place{}, "", "the file is not YAML that can be read", "compare it with the example in the README")
			root = nil
		}
	}()
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	var documents []ast.Node
	for _, document := range file.Docs {
		if document.Body != nil && document.Body.Type() != ast.NullType {
			documents = append(documents, document.Body)
		}
	}
	switch len(documents) {
	case 0:
		r.report(place{}, "", "the file is empty", "begin with domain, listen and users")
		return nil
	case 1:
		r.broken = false
		return documents[0]
	}
	r.report(placeOf(documents[1]), "", "a second document begins here", "keep one, without --- lines")
	return nil
}

// syntax reports text that is not YAML.
func (r *reader) syntax(err error) {
	var wrong *yaml.SyntaxError
	if !errors.As(err, &wrong) || wrong.Token == nil || wrong.Token.Position == nil {
		r.report(place{}, "", "the file is not YAML", "compare it with the example in the README")
		return
	}
	remedy := "check the indentation (spaces, no tabs), the quotes, and that each list and map is closed"
	at := place{wrong.Token.Position.Line, wrong.Token.Position.Column}
	if line := sourceLine(r.lines, at.line); strings.Contains(line, ":[") {
		remedy = "put an IPv6 listener in quotes: \"udp:[::1]:5060\""
	} else if bareCode.MatchString(line) {
		remedy = "put codes in quotes: {\"*72\": forward}"
	}
	r.report(at, "", "not YAML: "+strings.TrimSpace(firstLine(wrong.Message)), remedy)
}

// bareCode finds a dialled code without quotes, which YAML takes for something else.
var bareCode = regexp.MustCompile(`(^\s*|[{,]\s*)[*#]\d+:`)

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// depth is how deep flow collections are nested at most, brackets in quotes included.
func depth(text []byte) int {
	deepest, open := 0, 0
	for _, character := range text {
		switch character {
		case '[', '{':
			open++
			deepest = max(deepest, open)
		case ']', '}':
			open = max(open-1, 0)
		}
	}
	return deepest
}
