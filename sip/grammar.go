package sip

import "strings"

// Character classes of RFC 3261 §25.1, one bit each.
const (
	classToken    = 1 << iota // token
	classUser                 // user: unreserved, user-unreserved
	classPassword             // password: unreserved and a few more
	classParam                // paramchar: unreserved, param-unreserved
	classHeader               // hnv-unreserved, unreserved
	classHost                 // host name or IPv4 address
	classHex                  // HEXDIG
	classWord                 // word, as in Call-ID
	classScheme               // scheme after its first letter
	classURI                  // what may stand in a URI of an unknown scheme
	classValue                // what may stand in a parameter's value without quotes
	classQuoted               // qdtext and white space of a quoted string
	classBlank                // white space on one line
	classSpace                // LWS, folds included
	classControl              // CTL other than HTAB, and DEL
	classPlain                // what cut need not look at
	classReserved             // reserved, and "%": an escape of it means something else
	classDigit                // DIGIT
	classDialled              // user as it is read: telephones write a hash as it is dialled
)

const (
	letters      = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alphanumeric = letters + "0123456789"
	unreserved   = alphanumeric + "-_.!~*'()"
)

var classes = func() (table [256]uint32) {
	mark := func(class uint32, characters string) {
		for i := range len(characters) {
			table[characters[i]] |= class
		}
	}
	mark(classToken, alphanumeric+"-.!%*_+`'~")
	mark(classUser, unreserved+"&=+$,;?/")
	mark(classDialled, unreserved+"&=+$,;?/#")
	mark(classPassword, unreserved+"&=+$,")
	mark(classParam, unreserved+"[]/:&+$")
	mark(classHeader, unreserved+"[]/?:+$")
	mark(classHost, alphanumeric+"-._")
	mark(classDigit, "0123456789")
	mark(classHex, "0123456789abcdefABCDEF")
	mark(classWord, alphanumeric+"-.!%*_+`'~()<>:\\\"/[]?{}")
	mark(classScheme, alphanumeric+"+-.")
	mark(classBlank, " \t")
	mark(classSpace, " \t\r\n")
	mark(classReserved, ";/?:@&=+$,%")
	mark(classQuoted, " \t")
	for c := range 256 {
		if c < ' ' && c != '\t' || c == 127 {
			table[c] |= classControl
		}
		if c > ' ' && c != 127 {
			table[c] |= classURI | classValue | classQuoted
		}
	}
	for c := range table {
		table[c] |= classPlain
	}
	for _, c := range "<>\"" {
		table[c] &^= classURI | classValue | classPlain
	}
	for _, c := range ",;" {
		table[c] &^= classValue | classPlain
	}
	table['"'] &^= classQuoted
	table['\\'] &^= classQuoted
	return table
}()

// span is the end of the octets of s from i on that belong to class.
func span(class uint32, s string, i int) int {
	for len(s)-i >= 8 {
		t := s[i : i+8]
		switch {
		case classes[t[0]]&class == 0:
			return i
		case classes[t[1]]&class == 0:
			return i + 1
		case classes[t[2]]&class == 0:
			return i + 2
		case classes[t[3]]&class == 0:
			return i + 3
		case classes[t[4]]&class == 0:
			return i + 4
		case classes[t[5]]&class == 0:
			return i + 5
		case classes[t[6]]&class == 0:
			return i + 6
		case classes[t[7]]&class == 0:
			return i + 7
		}
		i += 8
	}
	for i < len(s) && classes[s[i]]&class != 0 {
		i++
	}
	return i
}

// spanEscaped is like span, but goes over %HH escapes too.
func spanEscaped(class uint32, s string, i int) int {
	for {
		i = span(class, s, i)
		if i+2 >= len(s) || s[i] != '%' || classes[s[i+1]]&classes[s[i+2]]&classHex == 0 {
			return i
		}
		i += 3
	}
}

// spanQuoted is the index after the quoted string that begins at s[i], or -1 when it is
// not closed or holds a control character that is neither a fold nor escaped by a
// backslash (RFC 3261 §25.1 quoted-string). With classBlank for space it takes no fold.
func spanQuoted(space uint32, s string, i int) int {
	for i++; i < len(s); i++ {
		if i = span(classQuoted, s, i); i == len(s) {
			return -1
		}
		switch c := s[i]; c {
		case '"':
			return i + 1
		case '\\':
			if i++; i == len(s) || s[i] == '\r' || s[i] == '\n' {
				return -1
			}
		case '\r':
			if space != classSpace || i+2 >= len(s) || s[i+1] != '\n' || classes[s[i+2]]&classBlank == 0 {
				return -1
			}
			i += 2
		default:
			return -1
		}
	}
	return -1
}

// skip is the index of the first octet from i on that is not in class.
func skip(class uint32, s string, i int) int {
	for i < len(s) && classes[s[i]]&class != 0 {
		i++
	}
	return i
}

// is tells whether every octet of s belongs to class; false for "".
func is(class uint32, s string) bool { return s != "" && span(class, s, 0) == len(s) }

// IsToken tells whether s is a token of RFC 3261 §25.1.
func IsToken(s string) bool { return is(classToken, s) }

func isSpace(c byte) bool { return classes[c]&classSpace != 0 }

// trim cuts linear white space, folds included, from both ends.
func trim(s string) string {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// lower is the lower case of an ASCII letter, any other byte unchanged.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// equalFold compares ASCII text without case, as RFC 3261 §7.3.1 wants of tokens.
func equalFold(a, b string) bool { return len(a) == len(b) && (a == b || foldedEqual(a, b)) }

func foldedEqual(a, b string) bool {
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// cut finds the separator (a comma or a semicolon) outside quoted strings and angle
// brackets: it gives what stands before it, whether it was there, and the rest. ok is
// false when a quoted string or a bracket is not closed.
func cut(s string, separator byte) (before, rest string, found, ok bool) {
	angle := false
	for i := 0; ; i++ {
		if i = span(classPlain, s, i); i == len(s) {
			return s, "", false, !angle
		}
		switch c := s[i]; {
		case c == '"' && !angle:
			end := spanQuoted(classSpace, s, i)
			if end < 0 {
				return s, "", false, false
			}
			i = end - 1
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == separator && !angle:
			return s[:i], s[i+1:], true, true
		}
	}
}

// number parses digits up to a greatest value; ok is false for anything else.
func number(s string, greatest uint64) (uint64, bool) {
	if s == "" || len(s) > 20 {
		return 0, false
	}
	var n uint64
	for i := range len(s) {
		c := uint64(s[i]) - '0'
		if c > 9 || n > (greatest-c)/10 {
			return 0, false
		}
		n = n*10 + c
	}
	return n, true
}

// unfold turns folded lines into one: each line end with the white space around it
// becomes a single space (RFC 3261 §7.3.1).
func unfold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] != '\r' && s[i] != '\n' {
			b.WriteByte(s[i])
			i++
			continue
		}
		i = skip(classSpace, s, i)
		b.WriteByte(' ')
	}
	return b.String()
}
