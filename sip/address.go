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
	marks := addressMarks{list: paramScan{space: classSpace}}
	end := marks.scan(s, 0)
	if end < 0 {
		return Address{}, marks.problem()
	}
	if end < len(s) {
		return Address{}, ErrAddress
	}
	return Address{
		Display: trim(s[marks.display:marks.displayEnd]),
		Text:    s[marks.uri.start:marks.uri.end],
		URI:     marks.uri.uri(s),
		Params:  Params(trim(s[marks.params:])),
	}, nil
}

// addressMarks is where the parts of an address stand in the text it was scanned in.
type addressMarks struct {
	display, displayEnd int // white space at its end included
	params              int
	list                paramScan
	uri                 uriMarks
	badURI              bool // when scan gives -1
}

// problem says what is wrong when scan gives -1.
func (a *addressMarks) problem() error {
	if a.badURI {
		return a.uri.problem()
	}
	return ErrAddress
}

// scan reads the address that begins at s[i], white space before and after it included,
// and gives the index after it; -1 when it is malformed.
func (a *addressMarks) scan(s string, i int) int {
	if i = skip(a.list.space, s, i); i == len(s) {
		return -1
	}
	a.display, a.displayEnd = i, i
	open := i
	if s[i] == '"' {
		if open = spanQuoted(a.list.space, s, i); open < 0 {
			return -1
		}
		a.displayEnd = open
		if open = skip(a.list.space, s, open); open == len(s) || s[open] != '<' {
			return -1
		}
	} else if s[i] != '<' {
		// RFC 3261 §25.1: an unquoted display name is tokens and white space.
		if open = span(classToken|a.list.space, s, i); open == len(s) || s[open] != '<' {
			return a.scanBare(s, i)
		}
		a.displayEnd = open
	}
	i = a.uri.scan(s, open+1)
	if i < 0 {
		a.badURI = true
		return -1
	}
	if i == len(s) || s[i] != '>' {
		return -1
	}
	return a.scanParams(s, i+1)
}

// scanBare reads an addr-spec. RFC 3261 §20: without brackets, parameters belong to the
// header field, and the URI holds no comma, question mark or semicolon.
func (a *addressMarks) scanBare(s string, i int) int {
	end := i
	for end < len(s) && s[end] != ';' && s[end] != ',' && classes[s[end]]&classSpace == 0 {
		end++
	}
	if strings.IndexByte(s[i:end], '?') >= 0 {
		return -1
	}
	if a.uri.scan(s[:end], i) != end {
		return -1
	}
	return a.scanParams(s, end)
}

func (a *addressMarks) scanParams(s string, i int) int {
	a.params = i
	if i == len(s) || s[i] == '\r' && a.list.space == classBlank {
		return i
	}
	return a.list.scan(s, i)
}

// Tag is the tag parameter of From and To, "" without one.
func (a Address) Tag() string {
	tag, _ := a.Params.Get("tag")
	return tag
}

// Name is the display name without quotes.
func (a Address) Name() string { return Unquote(a.Display) }
