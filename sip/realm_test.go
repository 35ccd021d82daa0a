package sip

import "testing"

func TestMentionsRealm(t *testing.T) {
	for _, c := range []struct {
		why, credentials string
		want             bool
	}{
		{"plain", `Digest username="a", realm="h.example", nonce="x"`, true},
		{"first", `Digest realm="h.example"`, true},
		{"without case", `digest REALM="H.Example"`, true},
		{"without quotes", `Digest realm=h.example`, true},
		{"a tab after the scheme", "Digest\trealm=\"h.example\"", true},
		{"a second realm", `Digest realm="other", realm="h.example"`, true},
		{"escaped", `Digest realm="h\.example"`, true},
		{"inside another value", `Digest username="realm=h.example", realm="other"`, false},
		{"another realm", `Digest realm="other"`, false},
		{"no parameters", "Digest", false},
		{"nothing", "", false},
	} {
		if got := MentionsRealm(c.credentials, "h.example"); got != c.want {
			t.Errorf("%s: %s: got %v, want %v", c.why, c.credentials, got, c.want)
		}
	}
}
