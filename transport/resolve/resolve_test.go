package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"hookflash/internal/testdns"
	"hookflash/machine"
	"hookflash/transport/resolve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const zone = `
$TTL 60
example.test.            SOA ns.example.test. admin.example.test. 1 3600 600 86400 60

; all of it, as in RFC 3263 §4.1
full.example.test.       NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.full.example.test.
full.example.test.       NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp.full.example.test.
full.example.test.       NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp.full.example.test.
full.example.test.       A 192.0.2.99
_sips._tcp.full.example.test. SRV 0 1 5061 one.example.test.
_sip._tcp.full.example.test.  SRV 0 1 5060 one.example.test.
_sip._tcp.full.example.test.  SRV 1 1 5070 two.example.test.
_sip._udp.full.example.test.  SRV 0 1 5080 two.example.test.
one.example.test.        A 192.0.2.1
two.example.test.        A 192.0.2.2

; SRV alone
srv.example.test.        A 192.0.2.98
_sip._udp.srv.example.test.   SRV 10 0 5060 one.example.test.
_sip._udp.srv.example.test.   SRV 5 0 5090 two.example.test.
_sip._tcp.srv.example.test.   SRV 0 0 5091 two.example.test.
_sips._tcp.srv.example.test.  SRV 0 0 5092 two.example.test.

; addresses alone
plain.example.test.      A 192.0.2.3
plain.example.test.      A 192.0.2.4
plain.example.test.      AAAA 2001:db8::3
plain.example.test.      AAAA 2001:db8::4
sixth.example.test.      AAAA 2001:db8::6
mapped.example.test.     AAAA ::ffff:192.0.2.5

; decidedly not there
none.example.test.       A 192.0.2.97
_sip._udp.none.example.test.  SRV 0 0 0 .
noport.example.test.     A 192.0.2.97
_sip._udp.noport.example.test. SRV 0 0 0 one.example.test.

; preferences and flags
prefer.example.test.     NAPTR 10 20 "S" "sip+d2u" "" _sip._udp.one.example.test.
prefer.example.test.     NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.full.example.test.
prefer.example.test.     NAPTR 5 10 "s" "SIP+D2S" "" _sip._sctp.full.example.test.
prefer.example.test.     NAPTR 5 10 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .
prefer.example.test.     NAPTR 5 10 "s" "SIP+D2U" "!^.*$!x!" _sip._udp.full.example.test.
prefer.example.test.     NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.srv.example.test.
_sip._udp.one.example.test.   SRV 0 0 5555 one.example.test.
straight.example.test.   NAPTR 10 10 "a" "SIP+D2T" "" one.example.test.
dead.example.test.       NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.nothing.example.test.
dead.example.test.       NAPTR 20 10 "s" "SIP+D2U" "" _sip._udp.srv.example.test.
orphan.example.test.     NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.nothing.example.test.
orphan.example.test.     A 192.0.2.96
foreign.example.test.    NAPTR 10 10 "s" "SIP+D2S" "" _sip._sctp.full.example.test.
foreign.example.test.    A 192.0.2.95
web.example.test.        NAPTR 10 10 "s" "SIPS+D2W" "" _sips._ws.example.test.
_sips._ws.example.test.  SRV 0 0 443 one.example.test.
further.example.test.    NAPTR 10 10 "" "" "" full.example.test.
around.example.test.     NAPTR 10 10 "" "SIP+D2U" "" about.example.test.
about.example.test.      NAPTR 10 10 "" "SIP+D2U" "" around.example.test.
about.example.test.      A 192.0.2.94
around.example.test.     A 192.0.2.93

; aliases
alias.example.test.      CNAME plain4.example.test.
plain4.example.test.     A 192.0.2.7
circle1.example.test.    CNAME circle2.example.test.
circle2.example.test.    CNAME circle1.example.test.
self.example.test.       CNAME self.example.test.
dangling.example.test.   CNAME nothing.example.test.
_sip._udp.aliased.example.test. CNAME _sip._udp.srv.example.test.
`

// everywhere are all transports in both families.
func everywhere() (paths []resolve.Path) {
	for _, transport := range []machine.Transport{machine.UDP, machine.TCP, machine.TLS} {
		paths = append(paths, resolve.Path{Transport: transport}, resolve.Path{Transport: transport, IPv6: true})
	}
	return paths
}

// start makes a server and a resolver that asks it alone.
func start(t *testing.T, text string, options ...func(*resolve.Options)) (*testdns.Server, *resolve.Resolver) {
	t.Helper()
	server := testdns.Start(t, text)
	o := resolve.Options{Servers: []netip.AddrPort{server.Address()}, Paths: everywhere()}
	for _, option := range options {
		option(&o)
	}
	r, err := resolve.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return server, r
}

// target reads "host", "host:port", with ";tcp" and the like behind and "sips:" before.
func target(text string) (t resolve.Target) {
	text, t.Secure = strings.CutPrefix(text, "sips:")
	text, transport, _ := strings.Cut(text, ";")
	for _, known := range []machine.Transport{machine.UDP, machine.TCP, machine.TLS, machine.WS, machine.WSS} {
		if strings.EqualFold(transport, known.String()) {
			t.Transport = known
		}
	}
	t.Host = text
	if host, port, ok := strings.Cut(text, ":"); ok && !strings.HasPrefix(text, "[") {
		t.Host = host
		_, _ = fmt.Sscan(port, &t.Port)
	}
	return t
}

// list writes candidates down: "UDP 192.0.2.1:5060, …".
func list(candidates []resolve.Candidate) string {
	texts := make([]string, len(candidates))
	for i, c := range candidates {
		texts[i] = c.Transport.String() + " " + c.Address.String()
	}
	return strings.Join(texts, ", ")
}

func only(transports ...machine.Transport) func(*resolve.Options) {
	return func(o *resolve.Options) {
		o.Paths = nil
		for _, transport := range transports {
			o.Paths = append(o.Paths, resolve.Path{Transport: transport})
		}
	}
}

func first(int) int { return 0 }

// TestProcedures is RFC 3263 §4.1 and §4.2, sentence by sentence.
func TestProcedures(t *testing.T) {
	v4 := only(machine.UDP, machine.TCP, machine.TLS)
	plain := only(machine.UDP, machine.TCP)
	const nowhere = "nowhere"
	for _, test := range []struct {
		reason string
		target string
		paths  func(*resolve.Options)
		want   string
	}{
		{"a numeric host is used as it is, over UDP", "192.0.2.50", v4, "UDP 192.0.2.50:5060"},
		{"numeric and sips: TLS and its port", "sips:192.0.2.50", v4, "TLS 192.0.2.50:5061"},
		{"an IPv6 reference", "[2001:db8::1]", nil, "UDP [2001:db8::1]:5060"},
		{"numeric, in a family without a socket", "[2001:db8::1]", v4, nowhere},
		{"NAPTR: the lowest order that we support, no other", "full.example.test", v4, "TLS 192.0.2.1:5061"},
		{"NAPTR: services for transports we lack are discarded", "full.example.test", plain, "TCP 192.0.2.1:5060, TCP 192.0.2.2:5070"},
		{"NAPTR: sips discards what has no SIPS", "sips:full.example.test", v4, "TLS 192.0.2.1:5061"},
		{"NAPTR: sips without TLS leads nowhere", "sips:full.example.test", plain, nowhere},
		{"a transport in the URI goes before NAPTR", "full.example.test;udp", v4, "UDP 192.0.2.2:5080"},
		{"a port in the URI goes before SRV and NAPTR", "full.example.test:5099", v4, "UDP 192.0.2.99:5099"},
		{"a port with sips: TLS", "sips:full.example.test:5099", v4, "TLS 192.0.2.99:5099"},
		{"a port and a transport", "full.example.test:5099;tcp", v4, "TCP 192.0.2.99:5099"},
		{"sips and the transport tcp: TLS", "sips:full.example.test;tcp", v4, "TLS 192.0.2.1:5061"},
		{"sips and the transport udp can't be", "sips:full.example.test;udp", v4, nowhere},
		{"no NAPTR: SRV of every transport, by priority", "srv.example.test", v4, "UDP 192.0.2.2:5090, UDP 192.0.2.1:5060, TCP 192.0.2.2:5091, TLS 192.0.2.2:5092"},
		{"no NAPTR, sips: SRV of TLS alone", "sips:srv.example.test", v4, "TLS 192.0.2.2:5092"},
		{"no SRV: the addresses, UDP, 5060; the families take turns", "plain.example.test", nil, "UDP [2001:db8::3]:5060, UDP 192.0.2.3:5060, UDP [2001:db8::4]:5060, UDP 192.0.2.4:5060"},
		{"no SRV, sips: TLS and 5061", "sips:plain.example.test", v4, "TLS 192.0.2.3:5061, TLS 192.0.2.4:5061"},
		{"no SRV for the transport of the URI", "plain.example.test;tcp", v4, "TCP 192.0.2.3:5060, TCP 192.0.2.4:5060"},
		{"an address in a family without a socket is none", "sixth.example.test", v4, nowhere},
		{"an IPv4 address in a AAAA record is one", "mapped.example.test", nil, "UDP 192.0.2.5:5060"},
		{"a name with its last dot", "plain.example.test.", v4, "UDP 192.0.2.3:5060, UDP 192.0.2.4:5060"},
		{"names have no case", "PLAIN.Example.TEST", v4, "UDP 192.0.2.3:5060, UDP 192.0.2.4:5060"},
		{"SRV with the target . : not there (RFC 2782), and no addresses instead", "none.example.test", v4, nowhere},
		{"SRV with port 0 can't be sent to", "noport.example.test", v4, nowhere},
		{"NAPTR: order before preference, regular expressions and foreign services aside", "prefer.example.test", v4, "TCP 192.0.2.1:5060, TCP 192.0.2.2:5070, UDP 192.0.2.1:5555"},
		{"NAPTR with the flag a", "straight.example.test", v4, "TCP 192.0.2.1:5060"},
		{"a rule that leads nowhere is followed by the next order", "dead.example.test", v4, "UDP 192.0.2.2:5090, UDP 192.0.2.1:5060"},
		{"rules without SRV records: the domain's addresses over the first transport", "orphan.example.test", v4, "TCP 192.0.2.96:5060"},
		{"NAPTR for others alone counts as none", "foreign.example.test", v4, "UDP 192.0.2.95:5060"},
		{"NAPTR for WebSocket, when we have it", "web.example.test", only(machine.UDP, machine.WSS), "WSS 192.0.2.1:443"},
		{"NAPTR for WebSocket, when we don't", "web.example.test", v4, nowhere},
		{"ws in the URI", "one.example.test;ws", only(machine.UDP, machine.WS), "WS 192.0.2.1:80"},
		{"a rule that leads to other rules", "further.example.test", plain, "TCP 192.0.2.1:5060, TCP 192.0.2.2:5070"},
		{"rules in a circle count as none", "around.example.test", v4, "UDP 192.0.2.93:5060"},
		{"an alias", "alias.example.test:5060", v4, "UDP 192.0.2.7:5060"},
		{"an alias of an SRV record", "aliased.example.test;udp", v4, "UDP 192.0.2.2:5090, UDP 192.0.2.1:5060"},
		{"aliases in a circle", "circle1.example.test", v4, nowhere},
		{"its own alias", "self.example.test", v4, nowhere},
		{"an alias of nothing", "dangling.example.test", v4, nowhere},
		{"a name that does not exist", "nothing.example.test", v4, nowhere},
		{"localhost is here (RFC 6761), with both families", "localhost", nil, "UDP [::1]:5060, UDP 127.0.0.1:5060"},
		{"so is all below it", "phone.LocalHost.:5070;tcp", v4, "TCP 127.0.0.1:5070"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			options := []func(*resolve.Options){func(o *resolve.Options) { o.Random = first }}
			if test.paths != nil {
				options = append(options, test.paths)
			}
			_, r := start(t, zone, options...)
			wanted := target(test.target)
			got, err := r.Resolve(context.Background(), wanted)
			if test.want == nowhere {
				if !errors.Is(err, resolve.ErrNowhere) || len(got) > 0 {
					t.Errorf("%s leads nowhere: got %s, %v", test.target, list(got), err)
				}
				return
			}
			if err != nil || list(got) != test.want {
				t.Errorf("%s leads to\n%s, not\n%s (%v)", test.target, test.want, list(got), err)
			}
			for _, c := range got {
				if c.Name != wanted.Host {
					t.Errorf("the certificate must name %s, not %s", wanted.Host, c.Name)
				}
			}
		})
	}
}

// TestNotAsked: what needs no question makes none.
func TestNotAsked(t *testing.T) {
	server, r := start(t, zone)
	for _, host := range []string{
		"192.0.2.1", "[2001:db8::1]", "localhost", "a.localhost", "nowhere.invalid", "invalid", "", ".", "..", "a..b", "with space",
		strings.Repeat("a", 64) + ".test", strings.Repeat("abcdefgh.", 32) + "test", "a\x00b.test", "300.300.300.300\n", "a/b", "ü.test",
	} {
		_, err := r.Resolve(context.Background(), resolve.Target{Host: host, Port: 5060})
		if err != nil && !errors.Is(err, resolve.ErrNowhere) {
			t.Errorf("%q: %v", host, err)
		}
	}
	if asked := server.Asked(); len(asked) > 0 {
		t.Errorf("asked %q", asked)
	}
}

// TestWeights: RFC 2782: within a priority by chance, in proportion to the weights.
func TestWeights(t *testing.T) {
	const weights = `
_sip._udp.w.example.test. SRV 1 10 5001 one.example.test.
_sip._udp.w.example.test. SRV 1 30 5002 one.example.test.
_sip._udp.w.example.test. SRV 1 0 5003 one.example.test.
_sip._udp.w.example.test. SRV 0 5 5000 one.example.test.
_sip._udp.w.example.test. SRV 2 5 5004 one.example.test.
one.example.test. A 192.0.2.1
`
	for _, test := range []struct {
		reason string
		drawn  []int // by priority and place: of at most 5; 40, then what is left; …
		want   string
		limits string
	}{
		{"the smallest number takes the one without weight", []int{0, 0, 0, 0, 0}, "5000 5003 5001 5002 5004", "6 41 41 31 6"},
		{"1 takes the first with a weight", []int{0, 1, 0, 0, 0}, "5000 5001 5003 5002 5004", "6 41 31 31 6"},
		{"10 still does", []int{5, 10, 30, 0, 5}, "5000 5001 5002 5003 5004", "6 41 31 1 6"},
		{"11 takes the next", []int{5, 11, 10, 0, 5}, "5000 5002 5001 5003 5004", "6 41 11 1 6"},
		{"the largest takes the last", []int{5, 40, 0, 0, 5}, "5000 5002 5003 5001 5004", "6 41 11 11 6"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			var limits []int
			_, r := start(t, weights, only(machine.UDP), func(o *resolve.Options) {
				o.Random = func(n int) int {
					limits = append(limits, n)
					return test.drawn[len(limits)-1]
				}
			})
			got, err := r.Resolve(context.Background(), target("w.example.test"))
			if err != nil {
				t.Fatal(err)
			}
			var ports []string
			for _, c := range got {
				ports = append(ports, fmt.Sprint(c.Address.Port()))
			}
			if strings.Join(ports, " ") != test.want || strings.Trim(fmt.Sprint(limits), "[]") != test.limits {
				t.Errorf("%v among %v gives %v, not %s among %s", test.drawn, limits, ports, test.want, test.limits)
			}
		})
	}
}

// TestProportion: over many resolutions each host is first as often as its weight says.
func TestProportion(t *testing.T) {
	_, r := start(t, `
_sip._udp.w.example.test. SRV 1 10 5001 one.example.test.
_sip._udp.w.example.test. SRV 1 30 5002 one.example.test.
one.example.test. A 192.0.2.1
`, only(machine.UDP))
	counts := map[uint16]int{}
	for range 4000 {
		got, err := r.Resolve(context.Background(), target("w.example.test"))
		if err != nil {
			t.Fatal(err)
		}
		counts[got[0].Address.Port()]++
	}
	if share := float64(counts[5002]) / 4000; share < 0.70 || share > 0.80 {
		t.Errorf("30 of 40 is three in four, not %.2f", share)
	}
}

// TestClosed: after Close nothing is asked.
func TestClosed(t *testing.T) {
	server, r := start(t, zone)
	server.Set("", testdns.Behaviour{Silent: true})
	ended := make(chan error)
	go func() {
		_, err := r.Resolve(context.Background(), target("one.example.test"))
		ended <- err
	}()
	server.Await(t, 1)
	r.Close()
	if err := <-ended; !errors.Is(err, resolve.ErrUnanswered) {
		t.Errorf("what was under way ends unanswered: %v", err)
	}
	if _, err := r.Resolve(context.Background(), target("two.example.test")); !errors.Is(err, resolve.ErrUnanswered) {
		t.Errorf("afterwards: %v", err)
	}
}
