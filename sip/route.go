package sip

// ParseRoute parses one value of Route, Record-Route, Path (RFC 3327 §4) or Service-Route
// (RFC 3608 §5): an address in brackets with a sip or sips URI.
func ParseRoute(s string) (Address, error) {
	address, err := ParseAddress(s)
	if err != nil {
		return Address{}, err
	}
	if !address.bracketed(s) || !address.URI.IsSIP() {
		return Address{}, ErrAddress
	}
	return address, nil
}

// bracketed tells whether the address that was parsed from s stands in brackets.
func (a Address) bracketed(s string) bool {
	s = trim(s)
	return a.Display != "" || s[0] == '<'
}

// IsLoose tells whether the hop of a route is a loose router (RFC 3261 §19.1.1 lr).
func (u URI) IsLoose() bool { return u.Params.Has("lr") }

// AppendRoute prints a URI as a value of Route and its like.
func AppendRoute(b []byte, uri string) []byte {
	return append(append(append(b, '<'), uri...), '>')
}

// appendBracketed prints display name and URI, without the parameters of the header field.
func (a Address) appendBracketed(b []byte) []byte {
	if a.Display != "" {
		b = append(append(b, a.Display...), ' ')
	}
	return AppendRoute(b, a.Text)
}
