package sip

import (
	"strings"
	"testing"
)

func TestParseURI(t *testing.T) {
	for _, c := range []struct{ why, text, user, password, host, params, headers string }{
		{"RFC 3261 §19.1.3: plain", "sip:alice@atlanta.com", "alice", "", "atlanta.com", "", ""},
		{"RFC 3261 §19.1.3: password and transport", "sip:alice:secretword@atlanta.com;transport=tcp", "alice", "secretword", "atlanta.com", ";transport=tcp", ""},
		{"RFC 3261 §19.1.3: sips with header fields", "sips:alice@atlanta.com?subject=project%20x&priority=urgent", "alice", "", "atlanta.com", "", "subject=project%20x&priority=urgent"},
		{"RFC 3261 §19.1.3: a telephone-subscriber", "sip:+1-212-555-1212:1234@gateway.com;user=phone", "+1-212-555-1212", "1234", "gateway.com", ";user=phone", ""},
		{"RFC 3261 §19.1.3: an address", "sips:1212@gateway.com", "1212", "", "gateway.com", "", ""},
		{"RFC 3261 §19.1.3: IPv4", "sip:alice@192.0.2.4", "alice", "", "192.0.2.4", "", ""},
		{"RFC 3261 §19.1.3: a method parameter", "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com", "", "", "atlanta.com", ";method=REGISTER", "to=alice%40atlanta.com"},
		{"RFC 3261 §19.1.3: semicolon in the user part", "sip:alice;day=tuesday@atlanta.com", "alice;day=tuesday", "", "atlanta.com", "", ""},
		{"RFC 5118: IPv6 reference", "sip:alice@[2001:db8::10]", "alice", "", "[2001:db8::10]", "", ""},
		{"IPv6 reference with IPv4 at its end", "sip:[::ffff:192.0.2.1];lr", "", "", "[::ffff:192.0.2.1]", ";lr", ""},
		{"RFC 5118 §4.10: three colons are tolerated", "sip:user@[2001:db8:::192.0.2.1]", "user", "", "[2001:db8:::192.0.2.1]", "", ""},
		{"question mark in the user part", "sip:a?b@h", "a?b", "", "h", "", ""},
		{"question mark in the user part and header fields", "sip:a?b@h?x=y", "a?b", "", "h", "", "x=y"},
		{"a user part that looks like header fields", "sip:h?x=a@b", "h?x=a", "", "b", "", ""},
		{"a hash as telephones write it that don't escape it", "sip:*21*1003#@h", "*21*1003#", "", "h", "", ""},
		{"an empty password", "sip:a:@h", "a", "", "h", "", ""},
		{"escapes", "sip:%61%00@h;p%20=%3b?h=%0d%0a", "%61%00", "", "h", ";p%20=%3b", "h=%0d%0a"},
		{"brackets and slashes in parameters", "sip:h;maddr=[2001:db8::1];x=/a:b&c+d$", "", "", "h", ";maddr=[2001:db8::1];x=/a:b&c+d$", ""},
		{"scheme in capitals", "SIP:a@h", "a", "", "h", "", ""},
		{"RFC 3966: global number", "tel:+1-201-555-0123", "+1-201-555-0123", "", "", "", ""},
		{"RFC 3966: local number", "tel:7042;phone-context=example.com", "7042", "", "", ";phone-context=example.com", ""},
		{"phones leave the context of a local number out", "tel:7042", "7042", "", "", "", ""},
		{"RFC 3966: context of digits", "tel:863-1234;phone-context=+1-914-555", "863-1234", "", "", ";phone-context=+1-914-555", ""},
		{"RFC 3966: hexadecimal digits, star and hash", "tel:*21#af;phone-context=x;ext=5", "*21#af", "", "", ";phone-context=x;ext=5", ""},
	} {
		u, err := ParseURI(c.text)
		if err != nil {
			t.Errorf("%s: %q: %v", c.why, c.text, err)
			continue
		}
		if u.User != c.user || u.Password != c.password || u.Host != c.host || string(u.Params) != c.params || u.Headers != c.headers {
			t.Errorf("%s: %q: got %+v", c.why, c.text, u)
		}
		if got := u.String(); got != c.text {
			t.Errorf("%s: prints %q, want %q", c.why, got, c.text)
		}
	}
}

func TestParseURIPort(t *testing.T) {
	for _, c := range []struct {
		why, text, host string
		port            uint16
	}{
		{"with a port", "sip:h:5070", "h", 5070},
		{"with a port and a user", "sip:u:p@h:65535;lr", "h", 65535},
		{"RFC 5118 §4.3: an address without a port", "sip:[2001:db8::10:5070]", "[2001:db8::10:5070]", 0},
		{"RFC 5118 §4.4: an address with a port", "sip:[2001:db8::10]:5070", "[2001:db8::10]", 5070},
	} {
		u, err := ParseURI(c.text)
		if err != nil || u.Host != c.host || u.Port != c.port {
			t.Errorf("%s: %q: got %q, %d, %v", c.why, c.text, u.Host, u.Port, err)
		}
	}
}

func TestParseURIRefuses(t *testing.T) {
	for _, c := range []struct{ why, text string }{
		{"nothing", ""},
		{"no scheme", "alice@atlanta.com"},
		{"an empty scheme", ":a@h"},
		{"a digit begins a scheme", "1sip:h"},
		{"no host", "sip:"},
		{"a user without a host", "sip:a@"},
		{"an empty user part", "sip:@h"},
		{"two @", "sip:a@b@c"},
		{"RFC 5118 §4.2: IPv6 without brackets", "sip:2001:db8::10"},
		{"an open bracket", "sip:[2001:db8::10"},
		{"IPv4 in brackets", "sip:[192.0.2.1]"},
		{"an empty IPv6 reference", "sip:[]"},
		{"a zone is no part of the grammar", "sip:[fe80::1%eth0]"},
		{"text after the bracket", "sip:[::1]x"},
		{"an empty port", "sip:h:"},
		{"port zero can't be sent to", "sip:h:0"},
		{"port too great", "sip:h:65536"},
		{"letters in the port", "sip:h:5x"},
		{"space round the port", "sip:h: 5060"},
		{"space in the user part", "sip:a b@h"},
		{"space in a parameter", "sip:h;a =b"},
		{"tab in the host", "sip:h\tx"},
		{"an empty parameter", "sip:h;;lr"},
		{"a parameter without a name", "sip:h;=x"},
		{"ends in a semicolon", "sip:h;"},
		{"a cut-off escape in the user part", "sip:a%4@h"},
		{"an escape that is none", "sip:a%4g@h"},
		{"a cut-off escape in a parameter", "sip:h;a=%4"},
		{"an escape in the host", "sip:%68"},
		{"a quote", "sip:\"a\"@h"},
		{"brackets", "sip:<a>@h"},
		{"CR LF", "sip:a\r\n@h"},
		{"NUL", "sip:a\x00@h"},
		{"a header field without a value", "sip:h?a"},
		{"a header field without a name", "sip:h?=b"},
		{"empty header fields", "sip:h?"},
		{"an empty header field", "sip:h?a=b&&c=d"},
		{"a header field with a semicolon", "sip:h?a=b;c"},
		{"a semicolon in the password", "sip:a:b;c@h"},
		{"octets above 127", "sip:ä@h"},
		{"an empty number", "tel:"},
		{"a number without digits", "tel:+-."},
		{"letters", "tel:help"},
		{"plus inside", "tel:1+2"},
		{"hexadecimal in a global number", "tel:+1af"},
		{"brackets in an unknown scheme", "urn:<x>"},
		{"space in an unknown scheme", "urn:a b"},
		{"an unknown scheme without anything", "urn:"},
		{"longer than the limit", "sip:" + strings.Repeat("a", MaxURILength) + "@h"},
		{"more parameters than the limit", "sip:h" + strings.Repeat(";a", maxURIParams+1)},
		{"more header fields than the limit", "sip:h?a=b" + strings.Repeat("&a=b", maxURIParams)},
	} {
		if u, err := ParseURI(c.text); err == nil {
			t.Errorf("%s: %q parses: %+v", c.why, c.text, u)
		}
	}
}

// RFC 3261 §19.1.4: every example there, and the rules it has no example for.
func TestURIEqual(t *testing.T) {
	for _, c := range []struct {
		why, a, b string
		equal     bool
	}{
		{"escapes, host and parameter names without case", "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp", true},
		{"unknown parameters in one only are ignored", "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true},
		{"unknown parameters that differ in name are ignored", "sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true},
		{"order of parameters and of header fields", "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com", "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true},
		{"order of header fields", "sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true},
		{"usernames with case", "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false},
		{"a port, even the default one", "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false},
		{"transport in one only", "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false},
		{"port and transport in one only", "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false},
		{"header fields in one only", "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false},
		{"an address is not its name", "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false},
		{"equality is not transitive: the ends", "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false},
		{"sip and sips", "sip:a@h", "sips:a@h", false},
		{"user in one only", "sip:a@h", "sip:a@h;user=phone", false},
		{"ttl in one only", "sip:a@h", "sip:a@h;ttl=1", false},
		{"method in one only", "sip:a@h", "sip:a@h;method=INVITE", false},
		{"maddr in one only", "sip:a@h", "sip:a@h;maddr=192.0.2.1", false},
		{"RFC 5627: gr in one only", "sip:a@h", "sip:a@h;gr=x", false},
		{"passwords", "sip:a:b@h", "sip:a:c@h", false},
		{"no user part and a user part", "sip:h", "sip:a@h", false},
		{"an escaped reserved character is another name", "sip:a%3Bb@h", "sip:a;b@h", false},
		{"hexadecimal digits of escapes without case", "sip:a%3Bb@h", "sip:a%3bb@h", true},
		{"an escaped per cent is undone once only", "sip:a%2541@h", "sip:aA@h", false},
		{"escapes in header fields of another length", "sip:h?a=%62", "sip:h?a=b", true},
		{"a header field twice against once", "sip:h?a=b&a=b&c=d", "sip:h?a=b&c=d&c=d", false},
		{"RFC 5954 §4.1: IPv6 references as addresses", "sip:a@[2001:DB8::1]", "sip:a@[2001:db8:0:0::1]", true},
		{"other IPv6 references", "sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]", false},
		{"RFC 3966 §4: visual separators", "tel:+1-201-555-0123", "tel:+1(201)555.0123", true},
		{"RFC 3966 §4: order of parameters", "tel:1234;phone-context=h;ext=5", "TEL:12-34;ext=5;phone-context=H", true},
		{"RFC 3966 §4: a parameter in one only", "tel:+1234;ext=5", "tel:+1234", false},
		{"RFC 3966 §4: hexadecimal digits without case", "tel:af1;phone-context=h", "tel:AF1;phone-context=h", true},
		{"a name that stands twice", "tel:0;A=0;A", "tel:0;A=0", false},
		{"a name that stands twice, with other values", "sip:h;a=1;a=2", "sip:h;a=2;a=1", false},
		{"other numbers", "tel:+1234", "tel:+1235", false},
		{"a telephone number is no SIP URI", "tel:+1234", "sip:+1234@h", false},
		{"an unknown scheme, by its text", "urn:service:sos", "URN:service:sos", true},
		{"an unknown scheme, other text", "urn:service:sos", "urn:service:SOS", false},
	} {
		a, err := ParseURI(c.a)
		if err != nil {
			t.Fatalf("%s: %v", c.a, err)
		}
		b, err := ParseURI(c.b)
		if err != nil {
			t.Fatalf("%s: %v", c.b, err)
		}
		if a.Equal(b) != c.equal || b.Equal(a) != c.equal {
			t.Errorf("%s: %s and %s: got %v and %v, want %v", c.why, c.a, c.b, a.Equal(b), b.Equal(a), c.equal)
		}
		if !a.Equal(a) || !b.Equal(b) {
			t.Errorf("%s: not equal to itself", c.why)
		}
	}
}

func TestHostAddress(t *testing.T) {
	for _, c := range []struct {
		why, host, want string
	}{
		{"IPv4", "192.0.2.1", "192.0.2.1"},
		{"IPv6 reference", "[2001:db8::1]", "2001:db8::1"},
		{"RFC 5118 §4.5: without brackets, as in received", "2001:db8::1", "2001:db8::1"},
		{"RFC 5118 §4.10: three colons", "[2001:db8:::192.0.2.1]", "2001:db8::c000:201"},
		{"IPv4 in IPv6 is IPv4", "[::ffff:192.0.2.1]", "192.0.2.1"},
		{"a name", "example.com", ""},
		{"a name that begins like an address", "1and1.com", ""},
		{"an open bracket", "[", ""},
		{"a lone pair", "[]", ""},
		{"an unclosed reference", "[::1", ""},
		{"IPv4 in brackets", "[192.0.2.1]", ""},
		{"nothing", "", ""},
	} {
		address, ok := HostAddress(c.host)
		if ok != (c.want != "") || ok && address.String() != c.want {
			t.Errorf("%s: %q: got %v, %v, want %q", c.why, c.host, address, ok, c.want)
		}
	}
}

func TestAddressOfRecord(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"host in lower case, user as it is", "sip:Alice@ATLANTA.com:5060;transport=tcp", "Alice@atlanta.com"},
		{"RFC 3261 §10.3: escapes undone", "sip:%61lice@h", "alice@h"},
		{"RFC 4475 §3.1.1.4: not cut at NUL", "sip:null-%00-null@example.com", "null-\x00-null@example.com"},
		{"without a user part", "sip:H", "h"},
	} {
		u, err := ParseURI(c.text)
		if got := u.AddressOfRecord(); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.why, got, err, c.want)
		}
	}
}

func TestEscapeUser(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"nothing to escape", "alice", "alice"},
		{"what may stand in a user part stays", "a;b?c/d", "a;b?c/d"},
		{"colon, at and space", "a:b@c d", "a%3Ab%40c%20d"},
		{"a per cent sign", "100%", "100%25"},
		{"line ends", "a\r\nb", "a%0D%0Ab"},
		{"octets above 127", "ä", "%C3%A4"},
	} {
		if got := EscapeUser(c.text); got != c.want || Unescape(got) != c.text {
			t.Errorf("%s: got %q, want %q", c.why, got, c.want)
		}
	}
}
