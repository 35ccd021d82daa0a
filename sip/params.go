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

// nextParam takes one parameter off s, which begins with ";" or a name. What is malformed
// it cuts at the next semicolon.
func nextParam(s string) (key, value, rest string) {
	if isSpace(s[0]) {
		if s = s[skip(classSpace, s, 0):]; s == "" {
			return "", "", ""
		}
	}
	var p param
	if end := p.scan(classSpace, s, 0); end > 0 && (end == len(s) || s[end] == ';' || isSpace(s[end])) {
		return s[p.name:p.nameEnd], s[p.value:p.valueEnd], s[end:]
	}
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
func Quote(s string) string { return string(appendQuoted(nil, s)) }

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case classes[c]&classControl != 0:
			b = append(b, ' ')
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// paramScan is a look at a list of parameters that finds one of them on its way.
type paramScan struct {
	space      uint32 // what is white space: classSpace, or classBlank where no line may end
	wanted     string // name in lower case; "" looks for none
	start, end int    // of its value; both 0 without one
	count      int    // of parameters, at most maxParams
	found      bool
}

// maxParams bounds the parameters of one value; every look at one of them passes the
// others.
const maxParams = 64

// place is where the value stands in the scanned text.
func (p *paramScan) place() place { return place{uint16(p.start), uint16(p.end)} }

// scan reads *( SEMI generic-param ) with white space round every part (RFC 3261 §25.1)
// and gives the index after it, or -1 when it is malformed. It ends at the first octet
// after a parameter that is no semicolon; white space before that is taken. The wanted
// parameter may stand once only: whichever of two another hop would read, we could read
// the other.
func (p *paramScan) scan(s string, i int) int {
	for {
		if i == len(s) || s[i] != ';' {
			if i = skip(p.space, s, i); i == len(s) || s[i] != ';' {
				return i
			}
		}
		var one param
		if i = one.scan(p.space, s, i); i < 0 {
			return -1
		}
		if p.count++; p.count > maxParams {
			return -1
		}
		if name := s[one.name:one.nameEnd]; len(name) == len(p.wanted) && (name == p.wanted || equalFold(name, p.wanted)) {
			if p.found {
				return -1
			}
			p.found, p.start, p.end = true, one.value, one.valueEnd
		}
	}
}

// param is where one parameter stands; a value that is not there is empty.
type param struct{ name, nameEnd, value, valueEnd int }

// scan reads ";" name [ "=" value ] and gives the index after it, -1 when it is malformed.
func (p *param) scan(space uint32, s string, i int) int {
	if s[i] != ';' {
		return -1
	}
	name := i + 1
	if i = span(classToken, s, name); i == name {
		name = skip(space, s, name)
		if i = span(classToken, s, name); i == name {
			return -1
		}
	}
	p.name, p.nameEnd, p.value, p.valueEnd = name, i, i, i
	if i < len(s) && s[i] != '=' && s[i] != ';' {
		i = skip(space, s, i)
	}
	if i == len(s) || s[i] != '=' {
		return i
	}
	value := i + 1
	if i = span(classValue, s, value); i == value {
		value = skip(space, s, value)
		if i = scanValue(space, s, value); i < 0 {
			return -1
		}
	}
	p.value, p.valueEnd = value, i
	return i
}

// scanValue reads a gen-value: a token, a host or a quoted string. Phones put URIs and
// slashes there too, so anything printable without separators of the list is let through.
func scanValue(space uint32, s string, i int) int {
	if i < len(s) && s[i] == '"' {
		return spanQuoted(space, s, i)
	}
	end := span(classValue, s, i)
	if end == i {
		return -1
	}
	return end
}
