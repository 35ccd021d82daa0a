package sip

import "strings"

// EscapeUser prints a user part so that it can stand in a URI (RFC 3261 §25.1 user).
func EscapeUser(s string) string { return escape(s, classUser) }

// EscapeHeader prints the value of a header field so that it can stand in a URI (RFC 3261 §25.1
// hvalue).
func EscapeHeader(s string) string { return escape(s, classHeader) }

func escape(s string, kept uint32) string {
	if span(kept, s, 0) == len(s) {
		return s
	}
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if classes[s[i]]&kept != 0 {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}
