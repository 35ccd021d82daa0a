package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// reader turns the syntax tree into a Config and gathers what is wrong. It is used by one
// call of Parse.
type reader struct {
	lines     []string
	config    *Config
	places    map[string]place // of every value, by its path
	problems  []Problem
	silenced  map[string]bool // paths whose further findings would follow from a mistake reported already
	passwords []string        // of config.Users, empty where there is none
	pins      map[int]string  // of config.Users, where there is one in plain digits
	roomPINs  []roomPIN       // in plain digits
	broken    bool            // no syntax tree: nothing more to check
}

// place is a line and a column, from 1; the zero value is no place.
type place struct{ line, column int }

// field is one value of a map or list; a zero node: the file is silent.
type field struct {
	path string
	node ast.Node
}

func (r *reader) report(at place, path, what, remedy string) {
	if at.line > len(r.lines) {
		at = place{} // the parser counts some characters as lines that no editor does
	}
	r.problems = append(r.problems, Problem{
		Line: at.line, Column: at.column, Path: path, What: what, Remedy: remedy, Source: sourceLine(r.lines, at.line),
	})
}

// wrong reports a problem of a field where it stands.
func (r *reader) wrong(f field, what, remedy string) {
	r.silenced[f.path] = true
	r.report(r.places[f.path], f.path, what, remedy)
}

// mapping reads a map whose keys are among known, each once.
func (r *reader) mapping(f field, known []string) map[string]field {
	if f.node == nil || f.node.Type() == ast.NullType {
		return nil
	}
	node, ok := f.node.(ast.MapNode)
	if !ok {
		r.wrong(f, kind(f.node)+" stands where keys belong", "write "+strings.Join(known, ", ")+" as keys with values")
		return nil
	}
	fields := make(map[string]field, len(known))
	for pairs := node.MapRange(); pairs.Next(); {
		key := pairs.Key().GetToken()
		at := place{key.Position.Line, key.Position.Column}
		value := field{path: join(f.path, key.Value), node: pairs.Value()}
		_, twice := fields[key.Value]
		switch {
		case pairs.Key().IsMergeKey():
			r.report(at, f.path, "merge keys are not supported", "write the keys out")
		case !slices.Contains(known, key.Value):
			r.unknown(at, f.path, key.Value, known)
		case twice:
			r.report(at, value.path, "stands here a second time", "keep one of the two")
		default:
			r.places[value.path] = at
			if below := placeOf(value.node); below.line != 0 && value.node.Type() != ast.NullType {
				r.places[value.path] = below
			}
			fields[key.Value] = value
		}
	}
	return fields
}

// unknown reports a key that nothing reads; its value may be a secret, so it is not shown.
func (r *reader) unknown(at place, path, key string, known []string) {
	remedy := "known here: " + strings.Join(known, ", ")
	if meant := nearest(key, known); meant != "" {
		remedy = fmt.Sprintf("did you mean %s?", meant)
		r.silenced[join(path, meant)] = true
	}
	r.report(at, path, fmt.Sprintf("unknown key %s", quote(key)), remedy)
	last := &r.problems[len(r.problems)-1]
	if runes := []rune(last.Source); at.column >= 1 && at.column <= len(runes) {
		shown := string(runes[:at.column-1])
		last.Source = shown + firstLine(key) + ": …"
	} else {
		last.Source = ""
	}
}

// list reads a list of at most limit items.
func (r *reader) list(f field, limit int, example string) []field {
	if f.node == nil || f.node.Type() == ast.NullType {
		return nil
	}
	node, ok := f.node.(*ast.SequenceNode)
	if !ok {
		r.wrong(f, kind(f.node)+" stands where a list belongs", "write "+example)
		return nil
	}
	if len(node.Values) > limit {
		r.wrong(f, fmt.Sprintf("has %d items, at most %d are supported", len(node.Values), limit), "shorten it")
		return nil
	}
	items := make([]field, len(node.Values))
	for i, value := range node.Values {
		items[i] = field{path: f.path + "[" + strconv.Itoa(i) + "]", node: value}
		r.places[items[i].path] = placeOf(value)
	}
	return items
}

// text reads a single value as it was written, so that 0042 stays 0042.
func (r *reader) text(f field) (string, bool) {
	switch node := f.node.(type) {
	case nil:
		return "", false
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return strings.TrimSuffix(node.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, true
	case *ast.NullNode:
		r.wrong(f, "is empty", "give a value or remove the key")
	default:
		if text, ok := glued(f.node); ok {
			return text, true
		}
		r.wrong(f, kind(f.node)+" stands where one value belongs", "write a single value, in quotes if it holds a colon and a space")
	}
	return "", false
}

// glued puts together what the parser takes apart: inside braces it reads udp:127.0.0.1:5060
// as a map, though a colon without a space after it belongs to the value (YAML 1.2 §7.3.3).
func glued(node ast.Node) (string, bool) {
	if whole, ok := node.(*ast.MappingNode); ok && !whole.IsFlowStyle && len(whole.Values) == 1 {
		node = whole.Values[0]
	}
	pair, ok := node.(*ast.MappingValueNode)
	if !ok {
		return "", false
	}
	key, colon := pair.Key.GetToken(), pair.Start
	rest := ""
	if next, scalar := pair.Value.(ast.ScalarNode); scalar {
		rest = next.GetToken().Value
	} else if rest, ok = glued(pair.Value); !ok {
		return "", false
	}
	value := placeOf(pair.Value)
	plain := key.Type == token.StringType || key.Type == token.IntegerType || key.Type == token.FloatType
	if !plain || key.Position.Column+utf8.RuneCountInString(key.Value) != colon.Position.Column ||
		value != (place{colon.Position.Line, colon.Position.Column + 1}) {
		return "", false
	}
	return key.Value + ":" + rest, true
}

// setText reads a text into target.
func (r *reader) setText(f field, target *string) {
	if text, ok := r.text(f); ok {
		*target = text
	}
}

// setDuration reads "90s", "3m", "1h30m" into target.
func (r *reader) setDuration(f field, target *time.Duration) {
	text, ok := r.text(f)
	if !ok {
		return
	}
	value, err := time.ParseDuration(text)
	if err != nil {
		remedy := "write a number with s, m or h, such as 90s"
		if _, number := strconv.Atoi(text); number == nil {
			remedy = fmt.Sprintf("say the unit: %ss, %sm or %sh", text, text, text)
		}
		r.wrong(f, quote(text)+" is not a duration", remedy)
		return
	}
	*target = value
}

// setInteger reads a whole number into target.
func (r *reader) setInteger(f field, target *int) {
	text, ok := r.text(f)
	if !ok {
		return
	}
	value, err := strconv.Atoi(text)
	if err != nil {
		r.wrong(f, quote(text)+" is not a whole number", "write digits, such as 10")
		return
	}
	*target = value
}

// setBool reads true or false into target.
func (r *reader) setBool(f field, target *bool) {
	text, ok := r.text(f)
	if !ok {
		return
	}
	switch strings.ToLower(text) {
	case "true":
		*target = true
	case "false":
		*target = false
	default:
		r.wrong(f, quote(text)+" is neither true nor false", "write true or false")
	}
}

// kind says what a node is, for people.
func kind(node ast.Node) string {
	switch node.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "a map"
	case ast.SequenceType:
		return "a list"
	case ast.AliasType, ast.AnchorType:
		return "an anchor or alias"
	case ast.TagType:
		return "a tag"
	default:
		return "a single value"
	}
}

// placeOf is where a node begins.
func placeOf(node ast.Node) place {
	if pairs, ok := node.(*ast.MappingNode); ok && !pairs.IsFlowStyle && len(pairs.Values) > 0 {
		node = pairs.Values[0].Key
	} else if pair, ok := node.(*ast.MappingValueNode); ok {
		node = pair.Key
	}
	if node == nil {
		return place{}
	}
	first := node.GetToken()
	if first == nil || first.Position == nil {
		return place{}
	}
	return place{first.Position.Line, first.Position.Column}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// maxQuoted bounds the characters of a value in a message.
const maxQuoted = 60

// quote shows a value, shortened and with control characters escaped.
func quote(text string) string {
	if runes := []rune(text); len(runes) > maxQuoted {
		text = string(runes[:maxQuoted]) + "…"
	}
	return strconv.Quote(text)
}
