package sip

import (
	"math"
	"strings"
)

// RetryAfter is the value of Retry-After (RFC 3261 §20.33).
type RetryAfter struct {
	Seconds  uint32
	Comment  string // without its outer parentheses, escapes and all; "" without one
	Duration uint32 // how long the callee is there then, in seconds; 0 when not said
}

// ParseRetryAfter parses a Retry-After.
func ParseRetryAfter(s string) (RetryAfter, error) {
	s = trim(s)
	n, end := scanNumber(s, 0, math.MaxUint32)
	if end < 0 {
		return RetryAfter{}, ErrValue
	}
	after := RetryAfter{Seconds: uint32(n)}
	if open := skip(classSpace, s, end); open < len(s) && s[open] == '(' {
		if end = commentEnd(s, open); end < 0 {
			return RetryAfter{}, ErrValue
		}
		after.Comment = s[open+1 : end-1]
	}
	params, err := paramsFrom(s, end)
	if err != nil {
		return RetryAfter{}, err
	}
	duration, _, ok := params.number("duration", math.MaxUint32)
	if !ok {
		return RetryAfter{}, ErrValue
	}
	after.Duration = uint32(duration)
	return after, nil
}

// commentEnd is the index after the comment that begins at s[i]; comments nest (RFC 3261
// §25.1). -1 when it is not closed.
func commentEnd(s string, i int) int {
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// Append prints the value; a comment that would not stay one is left out.
func (r RetryAfter) Append(b []byte) []byte {
	b = appendNumber(b, uint64(r.Seconds))
	if comment := "(" + r.Comment + ")"; r.Comment != "" && commentEnd(comment, 0) == len(comment) && !strings.ContainsAny(comment, "\r\n\x00") {
		b = append(append(b, ' '), comment...)
	}
	if r.Duration != 0 {
		b = appendNumberParam(b, "duration", uint64(r.Duration))
	}
	return b
}
