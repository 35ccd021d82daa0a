package store

import (
	"strings"
	"unicode/utf8"

	"hookflash/digest"
)

// readUser reads a value exactly as encodeUser writes it, which encoding/json takes many
// times as long for: all users are read before the server answers. It is false for
// everything else, also for a value that is right but written otherwise.
func (m *memo) readUser(value string) (user userValue, ok bool) {
	r := valueReader{text: value, memo: m}
	r.literal(`{"name":`)
	user.Name = r.kept()
	if r.optional(`,"ha1":{`) {
		for more := true; more; more = r.optional(",") {
			algorithm, known := r.algorithm()
			r.literal(":")
			ha1, err := digest.ParseHA1(r.string())
			if !known || err != nil {
				return userValue{}, false
			}
			*user.HA1.of(algorithm) = ha1
		}
		r.literal("}")
	}
	if r.optional(`,"digest":[`) {
		for more := true; more; more = r.optional(",") {
			algorithm, known := r.algorithm()
			if !known {
				return userValue{}, false
			}
			user.Digest = append(user.Digest, algorithm)
		}
		r.literal("]")
	}
	if r.optional(`,"assistants":`) {
		user.Assistants = readList(&r, (*valueReader).kept)
	}
	r.literal(`,"source":`)
	user.Source = readSource(r.string())
	if r.optional(`,"seed":`) {
		user.Seed = r.kept()
	}
	if r.optional(`,"routing":`) {
		user.Routing = r.routing()
	}
	r.literal("}")
	if r.failed || r.text != "" {
		return userValue{}, false
	}
	return user, true
}

// readSource holds the usual ones once.
func readSource(text string) Source {
	switch source := Source(text); source {
	case FromFile:
		return FromFile
	case FromInterface:
		return FromInterface
	}
	return Source(strings.Clone(text))
}

// valueReader reads JSON of a known form.
type valueReader struct {
	text   string // what is left
	failed bool
	opened bool // a brace was read last
	memo   *memo
}

func (r *valueReader) optional(literal string) bool {
	rest, found := strings.CutPrefix(r.text, literal)
	r.text = rest
	return found
}

func (r *valueReader) literal(literal string) {
	r.failed = !r.optional(literal) || r.failed
}

// open begins an object.
func (r *valueReader) open() {
	r.literal("{")
	r.opened = true
}

// close ends an object.
func (r *valueReader) close() {
	r.literal("}")
	r.opened = false
}

// field goes to the value of the object's next field, if that is its name: `"name":`.
func (r *valueReader) field(name string) bool {
	rest := r.text
	if !r.opened {
		if rest == "" || rest[0] != ',' {
			return false
		}
		rest = rest[1:]
	}
	rest, found := strings.CutPrefix(rest, name)
	if found {
		r.text, r.opened = rest, false
	}
	return found
}

// true reads the value of a field that is left out when it is false.
func (r *valueReader) true() bool {
	r.literal("true")
	return true
}

// false reads the value of a field that is left out when it is true.
func (r *valueReader) false() bool {
	r.literal("false")
	return true
}

// string reads a string that has nothing escaped. It shares the value's memory.
func (r *valueReader) string() string {
	r.literal(`"`)
	plain := true
	for i := range len(r.text) {
		switch c := r.text[i]; {
		case c == '"':
			value := r.text[:i]
			r.text = r.text[i+1:]
			r.failed = r.failed || !plain && !utf8.ValidString(value)
			return value
		case c == '\\' || c < ' ':
			r.failed = true
			return ""
		case c >= utf8.RuneSelf:
			plain = false
		}
	}
	r.failed = true
	return ""
}

// kept is string with memory of its own: what a user needs does not hold what it was read from.
func (r *valueReader) kept() string { return strings.Clone(r.string()) }

// readList reads a list of at least one element, in no more memory than it needs.
func readList[T any](r *valueReader, element func(r *valueReader) T) []T {
	var few [16]T // most lists, on the stack
	list := few[:0]
	r.literal("[")
	for more := true; more && !r.failed; more = r.optional(",") {
		list = append(list, element(r))
	}
	r.literal("]")
	return append(make([]T, 0, len(list)), list...)
}

func (r *valueReader) algorithm() (digest.Algorithm, bool) {
	algorithm, err := digest.ParseAlgorithm(r.string())
	return algorithm, err == nil && !r.failed
}
