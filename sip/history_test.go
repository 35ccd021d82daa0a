package sip

import (
	"strings"
	"testing"
)

func TestHistoryInfo(t *testing.T) {
	for _, c := range []struct {
		why, text                          string
		index, recursed, mapped, unchanged string
		prints                             string
	}{
		{"RFC 7044 §5.1: the first", "<sip:bob@biloxi.example.com>;index=1", "1", "", "", "", ""},
		{"a contact", "<sip:bob@192.0.2.4?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1", "1.1", "1", "", "", ""},
		{"another user", "\"Office\" <sip:office@example.com>;mp=1.1;index=1.2", "1.2", "", "1.1", "", "\"Office\" <sip:office@example.com>;index=1.2;mp=1.1"},
		{"no change", "<sip:a@h>;index=1.2.10;np=1.2;x=y", "1.2.10", "", "", "1.2", "<sip:a@h>;index=1.2.10;np=1.2"},
	} {
		h, err := ParseHistoryInfo(c.text)
		if err != nil || h.Index != c.index || h.Recursed != c.recursed || h.Mapped != c.mapped || h.Unchanged != c.unchanged {
			t.Errorf("%s: got %+v, %v", c.why, h, err)
		}
		want := c.prints
		if want == "" {
			want = c.text
		}
		if got := string(h.Append(nil)); got != want {
			t.Errorf("%s: prints %q", c.why, got)
		}
	}
	for why, text := range map[string]string{
		"nothing": "", "no index": "<sip:a@h>", "an empty index": "<sip:a@h>;index=", "no number": "<sip:a@h>;index=a", "a point at the end": "<sip:a@h>;index=1.", "two points": "<sip:a@h>;index=1..2",
		"two indices": "<sip:a@h>;index=1;index=2", "rc no index": "<sip:a@h>;index=1;rc=x", "rc without a value": "<sip:a@h>;index=1;rc", "a chain longer than the limit": "<sip:a@h>;index=1" + strings.Repeat(".1", maxIndex),
	} {
		if h, err := ParseHistoryInfo(text); err == nil {
			t.Errorf("%s: parses: %+v", why, h)
		}
	}
}
