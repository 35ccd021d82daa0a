package sip

import (
	"strings"
	"testing"
)

func TestPreference(t *testing.T) {
	checkValues(t, ParsePreference, Preference.Append, []valueRow[Preference]{
		{"RFC 3261 §20.1", "application/sdp;level=1", Preference{"application/sdp", 1000, ";level=1"}, "application/sdp"},
		{"RFC 3261 §20.3: a language", "en-gb;q=0.8", Preference{"en-gb", 800, ";q=0.8"}, ""},
		{"any type", "*/*; q=0", Preference{"*/*", 0, "; q=0"}, "*/*;q=0"},
		{"any subtype", "text/*", Preference{"text/*", 1000, ""}, ""},
		{"any encoding", "*", Preference{"*", 1000, ""}, ""},
	}, map[string]string{"nothing": "", "no subtype": "text/", "no type": "/sdp", "a malformed q": "a;q=2", "two words": "a b", "an empty parameter": "a;"})
}

func TestAccepts(t *testing.T) {
	for _, c := range []struct {
		why, line, kind string
		want            bool
	}{
		{"RFC 3261 §20.1: without Accept, SDP", "", "application/sdp", true},
		{"RFC 3261 §20.1: and nothing else", "", "text/plain", false},
		{"an empty Accept takes nothing", "Accept:\r\n", "application/sdp", false},
		{"listed", "Accept: text/plain, application/SDP\r\n", "application/sdp", true},
		{"not listed", "Accept: text/nobodyKnowsThis\r\n", "application/sdp", false},
		{"any subtype", "Accept: application/*\r\n", "application/sdp", true},
		{"any subtype of another", "Accept: app/*, applicationx/*\r\n", "application/sdp", false},
		{"anything", "Accept: */*\r\n", "image/png", true},
		{"the narrowest decides against", "Accept: */*, application/sdp;q=0\r\n", "application/sdp", false},
		{"the narrowest decides for", "Accept: */*;q=0, application/*;q=0.1\r\n", "application/sdp", true},
		{"several fields", "Accept: text/plain\r\nAccept: application/sdp\r\n", "application/sdp", true},
		{"a malformed range says nothing", "Accept: /, application/sdp\r\n", "application/sdp", true},
	} {
		m := mustParse(t, strings.Replace(benchInvite, "Supported: replaces, timer\r\n", c.line, 1))
		if got := m.Accepts(c.kind); got != c.want {
			t.Errorf("%s: got %v", c.why, got)
		}
	}
}
