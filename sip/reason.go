package sip

// Cause is one value of Reason: why a request was sent (RFC 3326 §2).
type Cause struct {
	Protocol string // SIP, Q.850 or another; compare without case
	Code     int    // of cause; 0 without one
	Text     string // without quotes, "" without one
}

// maxCause is greater than any status code or Q.850 cause.
const maxCause = 999

// ParseReason parses one value of Reason.
func ParseReason(s string) (Cause, error) {
	protocol, params, err := headed(s)
	if err != nil {
		return Cause{}, err
	}
	code, _, ok := params.number("cause", maxCause)
	if !ok {
		return Cause{}, ErrValue
	}
	text, _ := params.Get("text")
	return Cause{Protocol: protocol, Code: int(code), Text: text}, nil
}

// Append prints the value.
func (c Cause) Append(b []byte) []byte {
	b = append(b, c.Protocol...)
	if c.Code != 0 {
		b = appendNumberParam(b, "cause", uint64(c.Code))
	}
	if c.Text != "" {
		b = appendQuoted(append(b, ";text="...), c.Text)
	}
	return b
}
