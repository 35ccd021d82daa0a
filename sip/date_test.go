package sip

import (
	"testing"
	"time"
)

func TestDate(t *testing.T) {
	at, err := ParseDate(" Sat, 13 Nov 2010 23:29:00 GMT ")
	if want := time.Date(2010, 11, 13, 23, 29, 0, 0, time.UTC); err != nil || !at.Equal(want) {
		t.Errorf("RFC 3261 §20.17: got %v, %v", at, err)
	}
	if got := string(AppendDate(nil, at.In(time.FixedZone("CET", 3600)))); got != "Sat, 13 Nov 2010 23:29:00 GMT" {
		t.Errorf("prints %q", got)
	}
	for why, text := range map[string]string{
		"nothing": "", "RFC 4475 §3.1.2.12: another zone": "Fri, 01 Jan 2010 16:00:00 EST", "a numeric zone": "Fri, 01 Jan 2010 16:00:00 +000", "ISO 8601": "2010-01-01T16:00:00Z",
		"no such day": "Fri, 31 Feb 2010 16:00:00 GMT", "no such hour": "Fri, 01 Jan 2010 25:00:00 GMT", "one digit": "Fri, 1 Jan 2010 16:00:00 GMT", "text behind it": "Fri, 01 Jan 2010 16:00:00 GMT x", "no such month": "Fri, 01 Foo 2010 16:00:00 GMT",
	} {
		if at, err := ParseDate(text); err == nil {
			t.Errorf("%s: %q parses: %v", why, text, at)
		}
	}
}
