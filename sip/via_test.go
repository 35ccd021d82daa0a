package sip

import (
	"net/netip"
	"testing"
)

func TestParseVia(t *testing.T) {
	for _, c := range []struct {
		why, text, transport, host string
		port                       uint16
		branch                     string
	}{
		{"RFC 3261 §20.42: host and port", "SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7", "UDP", "erlang.bell-telephone.com", 5060, "z9hG4bK87asdks7"},
		{"RFC 3261 §20.42: received", "SIP/2.0/UDP 192.0.2.1:5060 ;received=192.0.2.207;branch=z9hG4bK77asjd", "UDP", "192.0.2.1", 5060, "z9hG4bK77asjd"},
		{"RFC 3261 §20.42: white space everywhere, folds too", "SIP / 2.0 / UDP first.example.com: 4000;ttl=16\r\n ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1", "UDP", "first.example.com", 4000, "z9hG4bKa7c6a8dlze.1"},
		{"white space before the transport alone", "SIP/2.0/ UDP h;branch=b", "UDP", "h", 0, "b"},
		{"a fold before the transport alone", "SIP/2.0/\r\n UDP h;branch=b", "UDP", "h", 0, "b"},
		{"white space before the colon", "SIP/2.0/TCP h : 5070 ; branch = x", "TCP", "h", 5070, "x"},
		{"IPv6 reference", "SIP/2.0/TLS [2001:db8::9:1]:6050;branch=a", "TLS", "[2001:db8::9:1]", 6050, "a"},
		{"IPv6 reference without a port", "SIP/2.0/TLS [2001:db8::9:1]", "TLS", "[2001:db8::9:1]", 0, ""},
		{"RFC 5118 §4.5: received without brackets", "SIP/2.0/UDP [::1];received=2001:db8::9:255;branch=b", "UDP", "[::1]", 0, "b"},
		{"RFC 4475 §3.1.1.10: any token is a transport", "SIP/2.0/UNKNOWN h;rport;branch=b", "UNKNOWN", "h", 0, "b"},
		{"protocol name without case", "sip/2.0/udp h;branch=b", "udp", "h", 0, "b"},
		{"a quoted extension", `SIP/2.0/UDP h;x="a;branch=no,b";branch=yes`, "UDP", "h", 0, "yes"},
		{"white space at both ends", " SIP/2.0/UDP h;branch=b \t", "UDP", "h", 0, "b"},
	} {
		v, err := ParseVia(c.text)
		if err != nil || v.Transport != c.transport || v.Host != c.host || v.Port != c.port || v.Branch() != c.branch {
			t.Errorf("%s: %q: got %+v, branch %q, %v", c.why, c.text, v, v.Branch(), err)
		}
	}
	for _, c := range []struct{ why, text string }{
		{"nothing", ""},
		{"no transport", "SIP/2.0"},
		{"no sent-by", "SIP/2.0/UDP"},
		{"an empty sent-by", "SIP/2.0/UDP ;branch=x"},
		{"another version", "SIP/7.0/UDP h"},
		{"another protocol", "HTTP/2.0/UDP h"},
		{"a transport that is no token", "SIP/2.0/U@P h"},
		{"two hosts", "SIP/2.0/UDP a b"},
		{"port too great", "SIP/2.0/UDP h:65536"},
		{"port zero", "SIP/2.0/UDP h:0"},
		{"no port after the colon", "SIP/2.0/UDP h:;branch=x"},
		{"an empty parameter", "SIP/2.0/UDP h;;branch=x"},
		{"RFC 4475 §3.1.2.1: empty parameters", "SIP/2.0/UDP h;;"},
		{"IPv6 without brackets", "SIP/2.0/UDP 2001:db8::1;branch=x"},
		{"an open quote", `SIP/2.0/UDP h;a="x`},
		{"a second branch leaves doubt which is meant", "SIP/2.0/UDP h;branch=a;branch=b"},
		{"a branch that is no token", `SIP/2.0/UDP h;branch="a b"`},
	} {
		if v, err := ParseVia(c.text); err == nil {
			t.Errorf("%s: %q parses: %+v", c.why, c.text, v)
		}
	}
}

// RFC 3261 §18.2.1 and RFC 3581 §4.
func TestStampedVia(t *testing.T) {
	for _, c := range []struct{ why, value, source, want string }{
		{"the same address adds nothing", "SIP/2.0/UDP 192.0.2.1;branch=a", "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1;branch=a"},
		{"another address adds received", "SIP/2.0/UDP 192.0.2.1;branch=a", "192.0.2.9:5060", "SIP/2.0/UDP 192.0.2.1;branch=a;received=192.0.2.9"},
		{"a name adds received", "SIP/2.0/UDP h.example;branch=a", "192.0.2.9:5060", "SIP/2.0/UDP h.example;branch=a;received=192.0.2.9"},
		{"RFC 3581 §4: rport adds both, even where the address is the same", "SIP/2.0/UDP 192.0.2.1;rport;branch=a", "192.0.2.1:1024", "SIP/2.0/UDP 192.0.2.1;rport=1024;branch=a;received=192.0.2.1"},
		{"what the sender put there himself is replaced", "SIP/2.0/UDP 192.0.2.1;rport=9;received=10.0.0.1;branch=a", "192.0.2.9:1024", "SIP/2.0/UDP 192.0.2.1;rport=1024;branch=a;received=192.0.2.9"},
		{"a received of the sender goes even when none is needed", "SIP/2.0/UDP 192.0.2.1;received=10.0.0.1;branch=a", "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1;branch=a"},
		{"a received in capitals is one", "SIP/2.0/UDP 192.0.2.1;rport;Received=10.0.0.1;branch=a", "192.0.2.9:1024", "SIP/2.0/UDP 192.0.2.1;rport=1024;branch=a;received=192.0.2.9"},
		{"a second rport goes the way of the first", "SIP/2.0/UDP 192.0.2.1;rport;branch=a;RPORT=5", "192.0.2.9:1024", "SIP/2.0/UDP 192.0.2.1;rport=1024;branch=a;RPORT=1024;received=192.0.2.9"},
		{"a parameter that begins like rport is another", "SIP/2.0/UDP 192.0.2.1;rportx;branch=a", "192.0.2.1:1024", "SIP/2.0/UDP 192.0.2.1;rportx;branch=a"},
		{"IPv6 in another spelling is the same", "SIP/2.0/UDP [2001:DB8:0::1]:5060;branch=a", "[2001:db8::1]:5060", "SIP/2.0/UDP [2001:DB8:0::1]:5060;branch=a"},
		{"IPv6", "SIP/2.0/UDP h;branch=a", "[2001:db8::9]:5060", "SIP/2.0/UDP h;branch=a;received=2001:db8::9"},
		{"a zone never leaves this machine", "SIP/2.0/UDP h;branch=a", "[fe80::1%eth0]:5060", "SIP/2.0/UDP h;branch=a;received=fe80::1"},
		{"IPv4 in IPv6 is IPv4", "SIP/2.0/UDP 192.0.2.1;branch=a", "[::ffff:192.0.2.1]:5060", "SIP/2.0/UDP 192.0.2.1;branch=a"},
		{"white space at the end does not cut the branch", "SIP/2.0/UDP 192.0.2.1;branch=abc \t", "192.0.2.9:5060", "SIP/2.0/UDP 192.0.2.1;branch=abc;received=192.0.2.9"},
		{"folds go", "SIP/2.0/UDP 192.0.2.1\r\n ;branch=abc ", "192.0.2.9:5060", "SIP/2.0/UDP 192.0.2.1;branch=abc;received=192.0.2.9"},
		{"quoted extensions stay", `SIP/2.0/UDP h;x="a;b";branch=a`, "192.0.2.9:5060", `SIP/2.0/UDP h;x="a;b";branch=a;received=192.0.2.9`},
	} {
		if got := stamped(t, c.value, netip.MustParseAddrPort(c.source)); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.why, got, c.want)
		}
	}
}

// stamped is a Via value stamped in a message.
func stamped(t *testing.T, value string, source netip.AddrPort) string {
	t.Helper()
	m := mustParse(t, "INVITE sip:a@h SIP/2.0\r\nVia: "+value+"\r\nf: <sip:a@h>;tag=1\r\nt: <sip:b@h>\r\ni: x\r\nCSeq: 1 INVITE\r\n\r\n")
	printed, _ := m.stampTop(nil, source)
	return string(printed)
}
