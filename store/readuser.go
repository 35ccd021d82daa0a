package store

import (
	"strings"

	"hookflash/digest"
)

// readUser reads a value exactly as encodeUser writes it, which encoding/json takes four
// times as long for: all users are read before the server answers. It is false for
// everything else, also for a value that is right but written otherwise.
func readUser(value string) (user userValue, ok bool) {
	r := valueReader{text: value}
	r.literal(`{"name":`)
	user.Name = r.string()
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
	r.literal(`,"source":`)
	user.Source = Source(strings.Clone(r.string()))
	r.literal("}")
	if r.failed || r.text != "" {
		return userValue{}, false
	}
	user.Name = strings.Clone(user.Name)
	return user, true
}

// valueReader reads JSON of a known form. Strings it returns share the value's memory.
type valueReader struct {
	text   string // what is left
	failed bool
}

func (r *valueReader) optional(literal string) bool {
	rest, found := strings.CutPrefix(r.text, literal)
	r.text = rest
	return found
}

func (r *valueReader) literal(literal string) {
	r.failed = !r.optional(literal) || r.failed
}

// string reads a string that has nothing escaped.
func (r *valueReader) string() string {
	r.literal(`"`)
	for i := range len(r.text) {
		switch c := r.text[i]; {
		case c == '"':
			value := r.text[:i]
			r.text = r.text[i+1:]
			return value
		case c == '\\' || c < ' ' || c >= 0x7F:
			r.failed = true
			return ""
		}
	}
	r.failed = true
	return ""
}

func (r *valueReader) algorithm() (digest.Algorithm, bool) {
	algorithm, err := digest.ParseAlgorithm(r.string())
	return algorithm, err == nil && !r.failed
}
