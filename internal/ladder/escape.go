package ladder

import (
	"errors"
	"strings"
)

const hexDigits = "0123456789abcdef"

// escapeMode says what besides control characters, bytes above 126 and backslashes
// has to be escaped for the place where the text will stand.
type escapeMode uint8

const (
	inMessage escapeMode = iota // a line of its own: spaces at its end
	inLabel                     // within the drawing: also bars and spaces at the edges
	inField                     // between double spaces: also a second space in a row
)

// escape makes text fit for the drawing; unescape is its inverse.
func escape(text string, mode escapeMode) string {
	if plain(text, mode) {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '\\':
			b.WriteString(`\\`)
		case mustEscape(text, i, mode):
			b.WriteString(`\x`)
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func plain(text string, mode escapeMode) bool {
	for i := range len(text) {
		if text[i] == '\\' || mustEscape(text, i, mode) {
			return false
		}
	}
	return true
}

func mustEscape(text string, i int, mode escapeMode) bool {
	c := text[i]
	first, last := i == 0, i == len(text)-1
	switch {
	case c < ' ' || c > '~':
		return true
	case c == ' ':
		return last || mode != inMessage && first || mode == inField && text[i-1] == ' '
	case c == '|':
		return mode != inMessage
	}
	return false
}

var errEscape = errors.New(`a backslash must be followed by another or by xHH`)

func unescape(text string) (string, error) {
	if !strings.Contains(text, `\`) {
		return text, nil
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\':
			b.WriteByte(text[i])
		case strings.HasPrefix(text[i:], `\\`):
			b.WriteByte('\\')
			i++
		case strings.HasPrefix(text[i:], `\x`) && len(text) >= i+4:
			high, low := hexValue(text[i+2]), hexValue(text[i+3])
			if high < 0 || low < 0 {
				return "", errEscape
			}
			b.WriteByte(byte(high<<4 | low))
			i += 3
		default:
			return "", errEscape
		}
	}
	return b.String(), nil
}

func hexValue(c byte) int { return strings.IndexByte(hexDigits, c) }

// escapedByte writes the first byte of an already escaped text as \xHH, for texts that
// would be mistaken for something else.
func escapedByte(text string) string {
	return `\x` + string(hexDigits[text[0]>>4]) + string(hexDigits[text[0]&15]) + text[1:]
}
