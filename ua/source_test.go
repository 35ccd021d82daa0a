package ua

import (
	"net/netip"
	"testing"

	"hookflash/machine"
	"hookflash/sip"
)

func TestWhereSignallingComesFrom(t *testing.T) {
	const request = "OPTIONS sip:a@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n%Max-Forwards: 70\r\n" +
		"To: <sip:a@example.test>\r\nFrom: <sip:b@example.test>;tag=1\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
	const response = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n%" +
		"To: <sip:a@example.test>;tag=2\r\nFrom: <sip:b@example.test>;tag=1\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
	for _, test := range []struct {
		reason, text, field, want string
		outside                   bool
	}{
		{"a phone behind a NAT", request, "Via: SIP/2.0/UDP 192.168.1.5:5060;branch=z9hG4bK2;received=198.51.100.7;rport=31000\r\n", "198.51.100.7", false},
		{"a phone that is where it says", request, "Via: SIP/2.0/TCP 198.51.100.8:5060;branch=z9hG4bK2\r\n", "198.51.100.8", false},
		{"of IPv6", request, "Via: SIP/2.0/UDP phone.invalid;branch=z9hG4bK2;received=[2001:db8::7]\r\n", "2001:db8::7", false},
		{"of IPv6 without brackets", request, "Via: SIP/2.0/UDP phone.invalid;branch=z9hG4bK2;received=2001:db8::7\r\n", "2001:db8::7", false},
		{"a name", request, "Via: SIP/2.0/UDP phone.invalid;branch=z9hG4bK2\r\n", "", false},
		{"an answer, as the server says", response, "X-Source: 198.51.100.9\r\n", "198.51.100.9", false},
		{"an answer of which it says nothing", response, "", "", false},
		{"an agent with a socket believes nobody", response, "X-Source: 198.51.100.9\r\n", "", true},
	} {
		text := test.text
		for i := range text {
			if text[i] == '%' {
				text = text[:i] + test.field + text[i+1:]
				break
			}
		}
		m, err := sip.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", test.reason, err)
		}
		a := &Agent{}
		a.settings.Outbound.Transport = machine.Inside
		if test.outside {
			a.settings.Outbound.Transport = machine.UDP
		}
		c := &Call{agent: a}
		c.signalled(m)
		want, _ := netip.ParseAddr(test.want)
		if c.source != want {
			t.Errorf("%s: %v, not %v", test.reason, c.source, want)
		}
	}
}
