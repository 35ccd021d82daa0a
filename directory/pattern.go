package directory

import (
	"fmt"
	"strings"
)

// Pattern fits callers or what is dialled. Its text forms: "alice" (a user of the domain),
// "sip:alice@elsewhere.test" (an address), "*@elsewhere.test" (a domain), "+49*" or "0900*" (a
// prefix), "+4930123456" (a number), "*" (anybody), and the dial plan notation "_NXXX.", in which
// X is a digit, Z one from 1, N one from 2, [3-5] one of a set, a full stop one or more of
// anything, and an exclamation mark any number of anything. Users whose name is a number are fitted
// by what fits the number.
type Pattern struct{ text string }

// Subject is who calls, or who is called, in the forms that patterns compare with.
type Subject struct {
	Name    string // of a user of the domain, "" for anybody else
	Address string // user@host in lower case, "" without one
	Number  string // digits as dialled or shown, E.164 with a plus where it is known to be, "" without one
	// Local is how such a number is dialled here, with all that stands before it: "0900…", "001…"; "" where
	// that is not known.
	Local string
}

// patternError tells of a text that is no pattern.
type patternError string

// Error says what can be written.
func (e patternError) Error() string {
	return fmt.Sprintf("%q is no pattern: write a name, sip:name@domain, *@domain, a number, a prefix such as +49*, or _NXXX.", string(e))
}

// ParsePattern reads a pattern.
func ParsePattern(text string) (Pattern, error) {
	wrong := patternError(text) // its text is made when somebody wants it: a domain has a million patterns
	if text == "" || len(text) > MaxText || strings.ContainsFunc(text, unprintable) {
		return Pattern{}, wrong
	}
	rest, sip := strings.CutPrefix(text, "sip:")
	if !sip {
		rest, sip = strings.CutPrefix(text, "sips:")
	}
	if user, host, found := strings.Cut(rest, "@"); found {
		if user == "" || host == "" || !uriCharacters(user) || !hostCharacters(strings.Trim(host, "[:]")) {
			return Pattern{}, wrong
		}
		return Pattern{user + "@" + strings.ToLower(host)}, nil
	}
	if rest[:min(1, len(rest))] == "_" && !sip {
		return parseNotation(rest)
	}
	rest, tel := strings.CutPrefix(rest, "tel:")
	if number := Digits(rest); number != "" {
		return Pattern{number}, nil
	}
	if tel || nameFault(rest) != "" || rest[0] == '_' {
		return Pattern{}, wrong
	}
	return Pattern{rest}, nil
}

// String is the text form.
func (p Pattern) String() string {
	if strings.HasPrefix(p.text, "_") && strings.ContainsRune(p.text, '@') {
		return "sip:" + p.text // else it would be dial plan notation
	}
	return p.text
}

// IsZero tells that there is no pattern.
func (p Pattern) IsZero() bool { return p.text == "" }

// Fits tells whether the pattern is about a subject. It allocates nothing.
func (p Pattern) Fits(s Subject) bool {
	if p.text == "" {
		return false
	}
	if at := strings.IndexByte(p.text, '@'); at >= 0 {
		if at == 1 && p.text[0] == '*' {
			return s.Address != "" && s.Address[strings.LastIndexByte(s.Address, '@')+1:] == p.text[2:]
		}
		return p.text == s.Address
	}
	if p.text[0] == '_' {
		return fitsNotation(p.text[1:], s.Number) || s.Name != "" && fitsNotation(p.text[1:], s.Name) || s.Local != "" && fitsNotation(p.text[1:], s.Local)
	}
	if last := len(p.text) - 1; p.text[last] == '*' {
		prefix := p.text[:last]
		if prefix == "" || strings.HasPrefix(s.Number, prefix) || strings.HasPrefix(s.Name, prefix) || strings.HasPrefix(s.Local, prefix) {
			return true
		}
	}
	return p.text == s.Number || p.text == s.Name || p.text == s.Local
}

// MarshalText implements encoding.TextMarshaler.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePattern(string(text))
	return err
}

// parseNotation reads a dial plan pattern. Its letters may be small.
func parseNotation(text string) (Pattern, error) {
	text = strings.Map(func(c rune) rune {
		if c == 'x' || c == 'z' || c == 'n' {
			return c - 'a' + 'A'
		}
		return c
	}, text)
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '[':
			end := strings.IndexByte(text[i:], ']')
			if end < 2 || !setOfDigits(text[i+1:i+end]) {
				return Pattern{}, fmt.Errorf("%q: a set of digits is written [3-5] or [135]", text)
			}
			i += end
		case (c == '.' || c == '!') && i != len(text)-1:
			return Pattern{}, fmt.Errorf("%q: nothing can stand behind a %c", text, c)
		case digit(c) || strings.IndexByte("XZN.!", c) >= 0:
		default:
			return Pattern{}, fmt.Errorf("%q: %q is neither a digit nor X, Z, N, [3-5], a full stop or an exclamation mark", text, c)
		}
	}
	if len(text) == 1 {
		return Pattern{}, fmt.Errorf("%q fits nothing: write digits, X, Z, N, . or ! behind the _", text)
	}
	return Pattern{text}, nil
}

// digit tells what can be dialled.
func digit(c byte) bool { return c >= '0' && c <= '9' || c == '*' || c == '#' || c == '+' }

// setOfDigits tells whether a set such as 1-35 can fit anything.
func setOfDigits(set string) bool {
	for i := 0; i < len(set); i++ {
		if !digit(set[i]) {
			return false
		}
		if i+2 < len(set) && set[i+1] == '-' {
			if !digit(set[i+2]) || set[i] > set[i+2] {
				return false
			}
			i += 2
		}
	}
	return true
}

// fitsNotation compares digits with a dial plan pattern that was checked.
func fitsNotation(pattern, digits string) bool {
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '!':
			return true
		case digits == "":
			return false
		case c == '.':
			return true
		case c == '[':
			end := i + strings.IndexByte(pattern[i:], ']')
			if !inSet(pattern[i+1:end], digits[0]) {
				return false
			}
			i = end
		case c == 'X' && (digits[0] < '0' || digits[0] > '9'),
			c == 'Z' && (digits[0] < '1' || digits[0] > '9'),
			c == 'N' && (digits[0] < '2' || digits[0] > '9'),
			c != 'X' && c != 'Z' && c != 'N' && c != digits[0]:
			return false
		}
		digits = digits[1:]
	}
	return digits == ""
}

// inSet tells whether a digit is in a set such as 1-35.
func inSet(set string, digit byte) bool {
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' {
			if set[i] <= digit && digit <= set[i+2] {
				return true
			}
			i += 2
		} else if set[i] == digit {
			return true
		}
	}
	return false
}
