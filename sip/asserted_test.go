package sip

import (
	"strings"
	"testing"
)

func TestAssertedIdentity(t *testing.T) {
	with := func(lines string) *Message {
		return mustParse(t, strings.Replace(benchInvite, "Supported: replaces, timer\r\n", lines, 1))
	}
	for _, c := range []struct{ why, lines, sip, tel string }{
		{"none", "", "", ""},
		{"RFC 3325 §9.1: a sip URI", "P-Asserted-Identity: \"C, J\" <sip:fluffy@cisco.com>\r\n", "fluffy", ""},
		{"RFC 3325 §9.1: both in one field", "P-Asserted-Identity: <tel:+14085264000>, <sips:fluffy@cisco.com>\r\n", "fluffy", "+14085264000"},
		{"RFC 3325 §9.1: both in two fields", "P-Asserted-Identity: tel:+14085264000\r\np-asserted-identity: sip:fluffy@cisco.com\r\n", "fluffy", "+14085264000"},
	} {
		got, err := with(c.lines).AssertedIdentity(HeaderPAssertedIdentity)
		if err != nil || got.SIP.URI.User != c.sip || got.Tel.URI.User != c.tel || got.HasSIP != (c.sip != "") || got.HasTel != (c.tel != "") {
			t.Errorf("%s: got %+v, %v", c.why, got, err)
		}
	}
	for why, value := range map[string]string{
		"two sip URIs": "<sip:a@h>, <sip:b@h>", "two numbers": "<tel:+1>, <tel:+2>", "sip and sips are alike here": "<sip:a@h>, <sips:a@h>", "another scheme": "<mailto:a@h>", "a malformed one": "<sip:a@h>, x", "three": "<sip:a@h>, <tel:+1>, <sip:b@h>",
	} {
		if got, err := with("P-Asserted-Identity: " + value + "\r\n").AssertedIdentity(HeaderPAssertedIdentity); err == nil {
			t.Errorf("%s: %+v", why, got)
		}
	}
}
