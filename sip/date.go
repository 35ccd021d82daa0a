package sip

import (
	"strings"
	"time"
)

// dateLayout is the one form of RFC 3261 §20.17.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 GMT"

// ParseDate parses a Date: RFC 3261 §20.17 allows one form and one time zone, GMT.
func ParseDate(s string) (time.Time, error) {
	// RFC 4475 §3.1.2.12: "EST" is malformed. time.Parse would take other lengths of numbers.
	s = trim(s)
	if len(s) != len(dateLayout) || !strings.HasSuffix(s, " GMT") {
		return time.Time{}, ErrValue
	}
	at, err := time.Parse(dateLayout, s)
	if err != nil {
		return time.Time{}, ErrValue
	}
	return at, nil
}

// AppendDate prints a Date.
func AppendDate(b []byte, at time.Time) []byte { return at.UTC().AppendFormat(b, dateLayout) }
