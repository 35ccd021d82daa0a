package sip

// Warning is one value of Warning (RFC 3261 §20.43).
type Warning struct {
	Code  int    // 100 to 999
	Agent string // host, host and port, or a pseudonym
	Text  string // without quotes
}

// ParseWarning parses one value of Warning.
func ParseWarning(s string) (Warning, error) {
	s = trim(s)
	code, end := scanNumber(s, 0, 999)
	if end != 3 || code < 100 {
		return Warning{}, ErrValue
	}
	agent := skip(classSpace, s, end)
	agentEnd := span(classURI, s, agent)
	text := skip(classSpace, s, agentEnd)
	if agent == end || agentEnd == agent || text == agentEnd || text == len(s) || s[text] != '"' || spanQuoted(classSpace, s, text) != len(s) {
		return Warning{}, ErrValue
	}
	return Warning{Code: int(code), Agent: s[agent:agentEnd], Text: Unquote(s[text:])}, nil
}

// Append prints the warning.
func (w Warning) Append(b []byte) []byte {
	b = appendNumber(b, uint64(w.Code))
	b = append(append(b, ' '), w.Agent...)
	return appendQuoted(append(b, ' '), w.Text)
}
