package config

import (
	"encoding"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"hookflash/directory"
)

// form reads a text form into its value, in the words of the value's own package.
func (r *reader) form(f field, target encoding.TextUnmarshaler) {
	text, ok := r.text(f)
	if !ok {
		return
	}
	if err := target.UnmarshalText([]byte(text)); err != nil {
		what, remedy := split(err.Error(), text)
		r.wrong(f, what, remedy)
	}
}

// split divides an error about a text, `"text" is no target: write …`, into what is wrong and what
// to do.
func split(message, text string) (what, remedy string) {
	rest, about := strings.CutPrefix(message, strconv.Quote(text))
	what, remedy, _ = strings.Cut(rest, ": ")
	switch {
	case !about:
		return what, remedy
	case what == "":
		return quote(text) + " can't be read", remedy
	}
	return quote(text) + what, remedy
}

// forms reads a list of text forms. An empty one is a mistake.
func forms[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](r *reader, f field, limit int, example string,
) []T {
	items := r.list(f, limit, example)
	if items == nil {
		return nil
	}
	values := make([]T, len(items))
	for i, item := range items {
		if text, ok := r.text(item); ok && text == "" {
			r.wrong(item, "is empty", "write "+example+" or remove it")
		} else if ok {
			r.form(item, P(&values[i]))
		}
	}
	return values
}

// texts reads a list of texts, none of them empty.
func (r *reader) texts(f field, limit int, example string) []string {
	items := r.list(f, limit, example)
	if items == nil {
		return nil
	}
	texts := make([]string, len(items))
	for i, item := range items {
		if text, ok := r.text(item); ok && text == "" {
			r.wrong(item, "is empty", "write "+example+" or remove it")
		} else {
			texts[i] = text
		}
	}
	return texts
}

// phoneNumbers reads a list of numbers, without the marks between their digits.
func (r *reader) phoneNumbers(f field, limit int) []string {
	items := r.list(f, limit, `["1002", "+4930123456"]`)
	if items == nil {
		return nil
	}
	numbers := make([]string, len(items))
	for i, item := range items {
		r.setNumber(item, &numbers[i])
	}
	return numbers
}

// setNumber reads a number into target, without the marks between its digits.
func (r *reader) setNumber(f field, target *string) {
	text, ok := r.text(f)
	if !ok {
		return
	}
	if *target = directory.Digits(text); *target == "" {
		r.wrong(f, quote(text)+" is no number", `write digits, such as "1002", or with the country as "+4930123456"`)
	}
}

// setWord reads one of a few words into target.
func setWord[T ~string](r *reader, f field, target *T, words []T) {
	text, ok := r.text(f)
	if !ok {
		return
	}
	known := make([]string, len(words))
	for i, word := range words {
		known[i] = string(word)
		if text == known[i] {
			*target = word
			return
		}
	}
	r.wrong(f, quote(text)+" is not known here", oneOf(text, known))
}

// oneOf is the remedy for a word that is none of those known.
func oneOf(text string, known []string) string {
	if meant := nearest(text, known); meant != "" {
		return fmt.Sprintf("did you mean %s?", meant)
	}
	if len(known) == 1 {
		return "write " + known[0]
	}
	return "write " + strings.Join(known[:len(known)-1], ", ") + " or " + known[len(known)-1]
}

// entry is a key of a map whose keys the file chooses, with its value.
type entry struct {
	key   string
	value field
}

// entries reads a map with any keys, at most limit of them, each once.
func (r *reader) entries(f field, limit int, example string) []entry {
	if f.node == nil || f.node.Type() == ast.NullType {
		return nil
	}
	node, ok := f.node.(ast.MapNode)
	if !ok {
		r.wrong(f, kind(f.node)+" stands where keys belong", "write "+example)
		return nil
	}
	var found []entry
	seen := map[string]bool{}
	for pairs := node.MapRange(); pairs.Next(); {
		key := pairs.Key().GetToken()
		at := place{key.Position.Line, key.Position.Column}
		value := field{path: join(f.path, key.Value), node: pairs.Value()}
		switch {
		case pairs.Key().IsMergeKey():
			r.report(at, f.path, "merge keys are not supported", "write the keys out")
		case seen[key.Value]:
			r.report(at, value.path, "stands here a second time", "keep one of the two")
		default:
			seen[key.Value] = true
			r.places[value.path] = at
			found = append(found, entry{key.Value, value})
		}
	}
	if len(found) > limit {
		r.wrong(f, fmt.Sprintf("has %d keys, at most %d are supported", len(found), limit), "shorten it")
		return nil
	}
	return found
}

// isOff tells whether a value is false where a map may stand; true is as good as an empty map.
func (r *reader) isOff(f field) (off, said bool) {
	node, ok := f.node.(*ast.BoolNode)
	return ok && !node.Value, ok
}
