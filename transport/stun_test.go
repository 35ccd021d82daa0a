package transport

import (
	"bytes"
	"net/netip"
	"testing"
)

func TestSTUN(t *testing.T) {
	const head = "\x00\x01\x00\x00\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
	for _, test := range []struct {
		reason, request, source, want string
	}{
		{
			"IPv4 (RFC 5769 §2.2)", head, "192.0.2.1:32853",
			"\x01\x01\x00\x0c" + head[4:] + "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43",
		},
		{
			"IPv6 (RFC 5769 §2.3)", head, "[2001:db8:1234:5678:11:2233:4455:6677]:32853",
			"\x01\x01\x00\x18" + head[4:] + "\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9",
		},
		{
			"an attribute that may be ignored", "\x00\x01\x00\x08" + head[4:] + "\x80\x22\x00\x03abc\x00", "192.0.2.1:32853",
			"\x01\x01\x00\x0c" + head[4:] + "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43",
		},
		{"one that must be understood", "\x00\x01\x00\x08" + head[4:] + "\x00\x06\x00\x03abc\x00", "192.0.2.1:1", ""},
		{"an attribute beyond the end", "\x00\x01\x00\x04" + head[4:] + "\x80\x22\x00\x03", "192.0.2.1:1", ""},
		{"half an attribute", "\x00\x01\x00\x02" + head[4:] + "\x80\x22", "192.0.2.1:1", ""},
		{"a length that is wrong", "\x00\x01\x00\x04" + head[4:], "192.0.2.1:1", ""},
		{"an indication", "\x00\x11" + head[2:], "192.0.2.1:1", ""},
		{"a response", "\x01\x01" + head[2:], "192.0.2.1:1", ""},
		{"no cookie", head[:4] + "\x00\x00\x00\x00" + head[8:], "192.0.2.1:1", ""},
		{"too short", head[:19], "192.0.2.1:1", ""},
		{"nothing", "", "192.0.2.1:1", ""},
	} {
		got := AppendSTUN(nil, []byte(test.request), netip.MustParseAddrPort(test.source))
		if !bytes.Equal(got, []byte(test.want)) {
			t.Errorf("%s:\n% x, want\n% x", test.reason, got, test.want)
		}
	}
}
