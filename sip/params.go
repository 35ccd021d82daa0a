package sip

import "strings"

// Params is a list of parameters as it stood in the message, from its first ";" on, for
// example `;lr;transport=tcp`. Reading it allocates nothing.
type Params string

// Get finds a parameter by name without case; the value is without quotes when it is a
// quoted string without escapes. A parameter without "=" has the value "".
func (p Params) Get(name string) (value string, ok bool) {
	for rest := string(p); rest != ""; {
		var key, val string
		key, val, rest = nextParam(rest)
		if equalFold(key, name) {
			return unquoteSimple(val), true
		}
	}
	return "", false
}

// Has tells whether a parameter is there.
func (p Params) Has(name string) bool {
	_, ok := p.Get(name)
	return ok
}

// Each calls yield for every parameter in order; values are as they stand, quotes included.
func (p Params) Each(yield func(name, value string) bool) {
	for rest := string(p); rest != ""; {
		var key, val string
		key, val, rest = nextParam(rest)
		if key != "" && !yield(key, val) {
			return
		}
	}
}

// Without gives the parameters less the named ones, in their order.
func (p Params) Without(names ...string) Params {
	var b strings.Builder
each:
	for name, value := range p.Each {
		for _, unwanted := range names {
			if equalFold(name, unwanted) {
				continue each
			}
		}
		b.WriteByte(';')
		b.WriteString(name)
		if value != "" {
			b.WriteByte('=')
			b.WriteString(value)
		}
	}
	return Params(b.String())
}

// nextParam takes one parameter off s, which begins with ";" or a name.
func nextParam(s string) (key, value, rest string) {
	if s[0] == ';' {
		s = s[1:]
	}
	item, rest, _, _ := cut(s, ';')
	key, value, _ = strings.Cut(item, "=")
	return trim(key), trim(value), rest
}

func unquoteSimple(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return Unquote(s)
	}
	return s
}

// Unquote is the content of a quoted string; s itself when it is none.
func Unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Quote is s as a quoted string (RFC 3261 §25.1); control characters become spaces.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case classes[c]&classControl != 0:
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// validParams tells whether s is a well-formed list of generic parameters, each with a
// token for a name and a token, host or quoted string for a value (RFC 3261 §25.1
// generic-param).
func validParams(s string) bool {
	for s != "" {
		if s[0] != ';' {
			return false
		}
		item, rest, _, ok := cut(s[1:], ';')
		if !ok {
			return false
		}
		name, value, assigned := strings.Cut(item, "=")
		if !is(classToken, trim(name)) || assigned && !validValue(trim(value)) {
			return false
		}
		if rest == "" && len(s) > 1+len(item) {
			return false // ends in ";"
		}
		if rest == "" {
			return true
		}
		s = s[1+len(item):]
	}
	return true
}

// gen-value is a token, a host or a quoted string. Phones put URIs and slashes there
// too, so anything printable without separators of the list is let through.
func validValue(s string) bool {
	if s == "" {
		return false
	}
	if s[0] == '"' {
		return quotedEnd(s) == len(s)
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == 127 || c == '"' || c == ',' || c == ';' {
			return false
		}
	}
	return true
}

// MentionsRealm tells whether the value of an Authorization or Proxy-Authorization field
// names a realm, compared without case so that no spelling slips through.
func MentionsRealm(credentials, realm string) bool {
	_, parameters, _ := strings.Cut(trim(credentials), " ")
	for rest, more := parameters, true; more; {
		var item string
		item, rest, more, _ = cut(rest, ',')
		name, value, _ := strings.Cut(item, "=")
		if equalFold(trim(name), "realm") {
			return equalFold(Unquote(trim(value)), realm)
		}
	}
	return false
}
