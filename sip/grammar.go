package sip

import "strings"

// Character classes of RFC 3261 §25.1, one bit each.
const (
	classToken     = 1 << iota // token
	classUser                  // user: unreserved, user-unreserved
	classParam                 // paramchar: unreserved, param-unreserved
	classHeader                // hnv-unreserved, unreserved
	classHost                  // host name or IPv4 address
	classDigit                 // DIGIT
	classHex                   // HEXDIG
	classWord                  // word, as in Call-ID
	classControl               // CTL other than HTAB, and DEL
	classStructure             // what cut has to look at
)

const (
	alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	mark         = "-_.!~*'()"
)

var classes = func() (table [256]uint16) {
	mark := func(class uint16, characters string) {
		for i := range len(characters) {
			table[characters[i]] |= class
		}
	}
	mark(classToken, alphanumeric+"-.!%*_+`'~")
	mark(classUser, alphanumeric+"-_.!~*'()"+"&=+$,;?/")
	mark(classParam, alphanumeric+"-_.!~*'()"+"[]/:&+$")
	mark(classHeader, alphanumeric+"-_.!~*'()"+"[]/?:+$")
	mark(classHost, alphanumeric+"-._")
	mark(classDigit, "0123456789")
	mark(classHex, "0123456789abcdefABCDEF")
	mark(classWord, alphanumeric+"-.!%*_+`'~()<>:\\\"/[]?{}")
	mark(classStructure, "\"<>,;")
	for c := range 32 {
		if c != '\t' {
			table[c] |= classControl
		}
	}
	table[127] |= classControl
	return table
}()

// is tells whether every byte of s belongs to class; false for "".
func is(class uint16, s string) bool {
	for i := range len(s) {
		if classes[s[i]]&class == 0 {
			return false
		}
	}
	return s != ""
}

// escapedIs is like is, but takes %HH escapes too and is true for "".
func escapedIs(class uint16, s string) bool {
	for i := 0; i < len(s); i++ {
		if classes[s[i]]&class != 0 {
			continue
		}
		if s[i] != '%' || i+2 >= len(s) || classes[s[i+1]]&classHex == 0 || classes[s[i+2]]&classHex == 0 {
			return false
		}
		i += 2
	}
	return true
}

// IsToken tells whether s is a token of RFC 3261 §25.1.
func IsToken(s string) bool { return is(classToken, s) }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

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
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// lowerASCII is s in lower case; s itself when there is nothing to change.
func lowerASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}

// quotedEnd is the index after the quoted string that begins at s[0], or -1 when it is
// not closed (RFC 3261 §25.1 quoted-string).
func quotedEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}

// cut finds the separator (a comma or a semicolon) outside quoted strings and angle
// brackets: it gives what stands before it, whether it was there, and the rest. ok is
// false when a quoted string or a bracket is not closed.
func cut(s string, separator byte) (before, rest string, found, ok bool) {
	angle := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		if classes[c]&classStructure == 0 {
			continue
		}
		switch {
		case c == '"' && !angle:
			end := quotedEnd(s[i:])
			if end < 0 {
				return s, "", false, false
			}
			i += end - 1
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == separator && !angle:
			return s[:i], s[i+1:], true, true
		}
	}
	return s, "", false, !angle
}

// Lower is s with ASCII letters in lower case; s itself when there is nothing to change.
func Lower(s string) string { return lowerASCII(s) }

// number parses digits up to a greatest value; ok is false for anything else.
func number(s string, greatest uint64) (uint64, bool) {
	if s == "" || len(s) > 20 {
		return 0, false
	}
	var n uint64
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if n > (greatest-uint64(c-'0'))/10 {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
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
		for i < len(s) && isSpace(s[i]) {
			i++
		}
		b.WriteByte(' ')
	}
	return b.String()
}
