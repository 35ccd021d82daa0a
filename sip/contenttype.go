package sip

import "strings"

// MediaType is the value of Content-Type, or of one range of Accept without its q
// (RFC 3261 §20.15). Every field is a piece of the text it came from.
type MediaType struct {
	Type, Subtype string // as written; compare without case
	Params        Params // from the first ";"
}

// ParseContentType parses a Content-Type: type "/" subtype and parameters.
func ParseContentType(s string) (MediaType, error) {
	s = trim(s)
	end := span(classToken, s, 0)
	slash := skip(classSpace, s, end)
	if end == 0 || slash == len(s) || s[slash] != '/' {
		return MediaType{}, ErrValue
	}
	sub := skip(classSpace, s, slash+1)
	subEnd := span(classToken, s, sub)
	if subEnd == sub {
		return MediaType{}, ErrValue
	}
	params, err := paramsFrom(s, subEnd)
	return MediaType{Type: s[:end], Subtype: s[sub:subEnd], Params: params}, err
}

// Is tells whether it is the type named, like "application/sdp", parameters apart.
func (m MediaType) Is(name string) bool {
	kind, sub, _ := strings.Cut(name, "/")
	return equalFold(m.Type, kind) && equalFold(m.Subtype, sub)
}

// Append prints the media type.
func (m MediaType) Append(b []byte) []byte {
	b = append(append(b, m.Type...), '/')
	b = append(b, m.Subtype...)
	return append(b, m.Params...)
}
