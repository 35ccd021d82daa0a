package sip

import (
	"errors"
	"strings"
)

// Address is a name-addr or addr-spec with header parameters, as in From, To, Contact,
// Route and Refer-To (RFC 3261 §20.10). Every field is a piece of the text it came from.
type Address struct {
	Display string // as written, quotes included
	Text    string // the URI as written
	URI     URI
	Params  Params // header parameters, from the first ";"
}

// ErrAddress is a malformed name-addr or addr-spec.
var ErrAddress = errors.New("malformed address")

// ParseAddress parses one value of From, To, Contact, Route and their like.
func ParseAddress(s string) (Address, error) {
	var a Address
	s = trim(s)
	s, display, bracketed, err := cutDisplay(s)
	if err != nil {
		return a, err
	}
	a.Display = display
	if bracketed {
		end := strings.IndexByte(s, '>')
		if end < 0 {
			return a, ErrAddress
		}
		a.Text = s[:end]
		a.Params = Params(trim(s[end+1:]))
	} else {
		// RFC 3261 §20: without brackets, parameters belong to the header field, and the
		// URI holds no comma, question mark or semicolon.
		a.Text = s
		if i := strings.IndexByte(s, ';'); i >= 0 {
			a.Text, a.Params = trim(s[:i]), Params(s[i:])
		}
		if strings.ContainsAny(a.Text, ",? \t\r\n") {
			return a, ErrAddress
		}
	}
	if !validParams(string(a.Params)) {
		return a, ErrAddress
	}
	a.URI, err = ParseURI(a.Text)
	return a, err
}

// cutDisplay takes the display name and the opening bracket off s.
func cutDisplay(s string) (rest, display string, bracketed bool, err error) {
	if s == "" {
		return "", "", false, ErrAddress
	}
	if s[0] == '"' {
		end := quotedEnd(s)
		if end < 0 {
			return "", "", false, ErrAddress
		}
		display, s = s[:end], trim(s[end:])
		if s == "" || s[0] != '<' {
			return "", "", false, ErrAddress
		}
		return s[1:], display, true, nil
	}
	open := strings.IndexByte(s, '<')
	if semicolon := strings.IndexByte(s, ';'); open < 0 || semicolon >= 0 && semicolon < open {
		return s, "", false, nil
	}
	display = trim(s[:open])
	// RFC 3261 §25.1: an unquoted display name is tokens and white space.
	for i := range len(display) {
		if classes[display[i]]&classToken == 0 && !isSpace(display[i]) {
			return "", "", false, ErrAddress
		}
	}
	return s[open+1:], display, true, nil
}

// Tag is the tag parameter of From and To, "" without one.
func (a Address) Tag() string {
	tag, _ := a.Params.Get("tag")
	return tag
}

// Name is the display name without quotes.
func (a Address) Name() string { return Unquote(a.Display) }
