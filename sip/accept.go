package sip

// Preference is one value of a list with q: of Accept a media range, of Accept-Encoding and
// Accept-Language a token (RFC 3261 §20.1 to §20.3).
type Preference struct {
	Range  string // as written, like "text/*" or "en-gb"; compare without case
	Q      int    // thousandths, 1000 where it does not say
	Params Params // all of them, q among them
}

// ParsePreference parses one value of Accept, Accept-Encoding or Accept-Language.
func ParsePreference(s string) (Preference, error) {
	s = trim(s)
	end := span(classToken, s, 0)
	if end > 0 && end < len(s) && s[end] == '/' {
		slash := end
		if end = span(classToken, s, slash+1); end == slash+1 {
			return Preference{}, ErrValue
		}
	}
	if end == 0 {
		return Preference{}, ErrValue
	}
	params, err := paramsFrom(s, end)
	if err != nil {
		return Preference{}, err
	}
	p := Preference{Range: s[:end], Q: maxQ, Params: params}
	if value, ok := params.Get("q"); ok {
		if p.Q, err = ParseQ(value); err != nil {
			return Preference{}, err
		}
	}
	return p, nil
}

// Append prints range and q.
func (p Preference) Append(b []byte) []byte {
	b = append(b, p.Range...)
	if p.Q != maxQ {
		b = AppendQ(append(b, ";q="...), p.Q)
	}
	return b
}

// Accepts tells whether the sender of a message takes a body of a type, like
// "application/sdp". Without Accept it takes that one only (RFC 3261 §20.1); of an empty
// Accept, nothing. The narrowest range that covers the type decides.
func (m *Message) Accepts(mediaType string) bool {
	if !m.Has(HeaderAccept) {
		return equalFold(mediaType, "application/sdp")
	}
	narrowest, q := 0, 0
	for value := range m.Values(HeaderAccept) {
		p, err := ParsePreference(value)
		if err != nil {
			continue
		}
		if width := covers(p.Range, mediaType); width > narrowest {
			narrowest, q = width, p.Q
		}
	}
	return q > 0
}

// covers is 3 for the type itself, 2 for "type/*", 1 for "*/*" and 0 for another.
func covers(mediaRange, mediaType string) int {
	if equalFold(mediaRange, mediaType) {
		return 3
	}
	if mediaRange == "*/*" {
		return 1
	}
	prefix := len(mediaRange) - 1
	if prefix > 1 && mediaRange[prefix-1:] == "/*" && len(mediaType) > prefix && equalFold(mediaRange[:prefix], mediaType[:prefix]) {
		return 2
	}
	return 0
}
