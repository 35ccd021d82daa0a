package sip

import "testing"

func TestDiversion(t *testing.T) {
	for _, c := range []struct {
		why, text, user, reason string
		counter                 uint32
		privacy, screen, prints string
	}{
		{"RFC 5806 §4", `<sip:bob@biloxi.com>;reason=user-busy;counter=2;privacy="full";screen=yes`, "bob", "user-busy", 2, "full", "yes", "<sip:bob@biloxi.com>;reason=user-busy;counter=2;privacy=full;screen=yes"},
		{"RFC 5806 §5: what it does not say", "<tel:+1234>", "+1234", "unknown", 1, "", "", "<tel:+1234>;reason=unknown"},
		{"a quoted reason", `"B" <sip:b@h>;reason="mine, too"`, "b", "mine, too", 1, "", "", `"B" <sip:b@h>;reason="mine, too"`},
	} {
		d, err := ParseDiversion(c.text)
		if err != nil || d.Address.URI.User != c.user || d.Reason != c.reason || d.Counter != c.counter || d.Privacy != c.privacy || d.Screen != c.screen {
			t.Errorf("%s: got %+v, %v", c.why, d, err)
		}
		if got := string(d.Append(nil)); got != c.prints {
			t.Errorf("%s: prints %q", c.why, got)
		}
	}
	for why, text := range map[string]string{"nothing": "", "counter no number": "<sip:a@h>;counter=x", "counter too great": "<sip:a@h>;counter=100", "no brackets closed": "<sip:a@h;reason=x"} {
		if d, err := ParseDiversion(text); err == nil {
			t.Errorf("%s: parses: %+v", why, d)
		}
	}
}
