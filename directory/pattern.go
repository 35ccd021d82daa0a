package directory

import (
	"fmt"
	"strings"
)

// Pattern fits callers or what is dialled. Its text forms: "alice" (a user of the domain),
// "sip:alice@elsewhere.test" (an address), "*@elsewhere.test" (a domain), "+49*" or "0900*" (a
// prefix), "+4930123456" (a number), and the dial plan notation "_NXXX.", in which X is a digit,
// Z one from 1, N one from 2, [3-5] one of a set, a full stop one or more of anything, and an
// exclamation mark any number of anything.
type Pattern struct{ text string }

// Subject is who calls, or who is called, in the forms that patterns compare with.
type Subject struct {
	Name    string // of a user of the domain, "" for anybody else
	Address string // user@host in lower case, "" without one
	Number  string // digits as dialled or shown, E.164 with a plus where it is known to be, "" without one
}

// ParsePattern reads a pattern.
func ParsePattern(text string) (Pattern, error) {
	switch {
	case text == "" || len(text) > MaxText || strings.ContainsFunc(text, unprintable):
		return Pattern{}, fmt.Errorf("%q is no pattern: write a name, sip:name@domain, *@domain, a number, a prefix such as +49*, or _NXXX.", text)
	case text[0] == '_':
		return Pattern{text}, checkNotation(text)
	}
	if rest, ok := strings.CutPrefix(text, "sip:"); ok {
		text = rest
	} else if rest, ok := strings.CutPrefix(text, "sips:"); ok {
		text = rest
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		text = text[:at] + strings.ToLower(text[at:])
		return Pattern{text}, nil
	}
	if number := Digits(strings.TrimPrefix(text, "tel:")); number != "" {
		return Pattern{number}, nil
	}
	return Pattern{text}, nil
}

// String is the text form.
func (p Pattern) String() string { return p.text }

// IsZero tells that there is no pattern.
func (p Pattern) IsZero() bool { return p.text == "" }

// Fits tells whether the pattern is about a subject. It allocates nothing.
func (p Pattern) Fits(s Subject) bool {
	switch {
	case p.text == "":
		return false
	case p.text[0] == '_':
		return fitsNotation(p.text[1:], s.Number)
	case strings.HasPrefix(p.text, "*@"):
		return s.Address != "" && s.Address[strings.LastIndexByte(s.Address, '@')+1:] == p.text[2:]
	case strings.ContainsRune(p.text, '@'):
		return p.text == s.Address
	}
	if prefix, ok := strings.CutSuffix(p.text, "*"); ok && s.Number != "" && strings.HasPrefix(s.Number, prefix) {
		return true
	}
	return p.text == s.Number || p.text == s.Name
}

// MarshalText implements encoding.TextMarshaler.
func (p Pattern) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Pattern) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePattern(string(text))
	return err
}

// checkNotation says what is wrong with a dial plan pattern.
func checkNotation(text string) error {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '[':
			end := strings.IndexByte(text[i:], ']')
			if end < 2 {
				return fmt.Errorf("%q: a set of digits is written [3-5] or [135]", text)
			}
			i += end
		case (c == '.' || c == '!') && i != len(text)-1:
			return fmt.Errorf("%q: nothing can stand behind a %c", text, c)
		case c >= '0' && c <= '9' || strings.IndexByte("XZN.!*#+", c) >= 0:
		default:
			return fmt.Errorf("%q: %q is neither a digit nor X, Z, N, [3-5], . or !", text, c)
		}
	}
	if len(text) == 1 {
		return fmt.Errorf("%q fits nothing: write digits, X, Z, N, . or ! behind it", text)
	}
	return nil
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
