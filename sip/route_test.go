package sip

import "testing"

func TestRoute(t *testing.T) {
	for _, c := range []struct {
		why, text, host string
		loose           bool
	}{
		{"RFC 3261 §20.34", "<sip:bigbox3.site3.atlanta.com;lr>", "bigbox3.site3.atlanta.com", true},
		{"a strict router", "<sip:server10.biloxi.com>", "server10.biloxi.com", false},
		{"RFC 3327 §4: Path with parameters", "<sip:P1.EXAMPLEVISITED.COM;lr>;x=y", "P1.EXAMPLEVISITED.COM", true},
		{"a display name", `"Edge" <sips:u@e;LR=on>`, "e", true},
	} {
		a, err := ParseRoute(c.text)
		if err != nil || a.URI.Host != c.host || a.URI.IsLoose() != c.loose {
			t.Errorf("%s: got %+v, %v", c.why, a, err)
		}
	}
	for why, text := range map[string]string{"nothing": "", "no brackets": "sip:h;lr", "another scheme": "<tel:+1>", "lr outside, no brackets": "sip:h", "an open bracket": "<sip:h;lr"} {
		if a, err := ParseRoute(text); err == nil {
			t.Errorf("%s: parses: %+v", why, a)
		}
	}
	if got := string(AppendRoute(nil, "sip:h;lr")); got != "<sip:h;lr>" {
		t.Errorf("prints %q", got)
	}
}
