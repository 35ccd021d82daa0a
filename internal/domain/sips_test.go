package domain_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
)

// TestNamesOfTransports: what Via and Record-Route say of each transport (RFC 3261 §18, RFC 7118
// §5), and that sips goes encrypted or not at all (RFC 3261 §26.2.2, RFC 5630 §5.3).
func TestNamesOfTransports(t *testing.T) {
	ports := map[machine.Transport]string{machine.UDP: "5060", machine.TCP: "5060", machine.TLS: "5061", machine.WS: "5066", machine.WSS: "5067"}
	var listeners []proxy.Listener
	for transport := machine.UDP; transport <= machine.WSS; transport++ {
		listeners = append(listeners, proxy.Listener{Transport: transport, Address: at("192.0.2.10:" + ports[transport])})
	}
	for _, test := range []struct {
		scheme       string
		caller, call machine.Transport
		code         int
		via          string
		routes       []string // without tokens
	}{
		{"sip", machine.WS, machine.UDP, 200, "SIP/2.0/UDP 192.0.2.10:5060", []string{"<sip:192.0.2.10:5060;lr>", "<sip:192.0.2.10:5066;transport=ws;lr>"}},
		{"sip", machine.WSS, machine.TCP, 200, "SIP/2.0/TCP 192.0.2.10:5060", []string{"<sip:192.0.2.10:5060;transport=tcp;lr>", "<sip:192.0.2.10:5067;transport=ws;lr>"}},
		{"sip", machine.UDP, machine.WS, 200, "SIP/2.0/WS 192.0.2.10:5066", []string{"<sip:192.0.2.10:5066;transport=ws;lr>", "<sip:192.0.2.10:5060;lr>"}},
		{"sip", machine.TCP, machine.WSS, 200, "SIP/2.0/WSS 192.0.2.10:5067", []string{"<sip:192.0.2.10:5067;transport=ws;lr>", "<sip:192.0.2.10:5060;transport=tcp;lr>"}},
		{"sip", machine.UDP, machine.TLS, 200, "SIP/2.0/TLS 192.0.2.10:5061", []string{"<sip:192.0.2.10:5061;transport=tls;lr>", "<sip:192.0.2.10:5060;lr>"}},
		{"sip", machine.WSS, machine.WSS, 200, "SIP/2.0/WSS 192.0.2.10:5067", []string{"<sip:192.0.2.10:5067;transport=ws;lr>"}},
		{"sips", machine.TLS, machine.WSS, 200, "SIP/2.0/WSS 192.0.2.10:5067", []string{"<sips:192.0.2.10:5067;transport=ws;lr>", "<sips:192.0.2.10:5061;transport=tls;lr>"}},
		{"sips", machine.WSS, machine.TLS, 200, "SIP/2.0/TLS 192.0.2.10:5061", []string{"<sips:192.0.2.10:5061;transport=tls;lr>", "<sips:192.0.2.10:5067;transport=ws;lr>"}},
		{"sips", machine.TLS, machine.UDP, 480, "", nil},
		{"sips", machine.TLS, machine.TCP, 480, "", nil},
		{"sips", machine.TLS, machine.WS, 480, "", nil},
	} {
		reason := test.scheme + " from " + test.caller.String() + " to " + test.call.String()
		w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted, c.Listeners = trusting("alice", "bob"), listeners })
		w.serve()
		alice, bob := w.agent("alice", test.caller, nil), w.agent("bob", test.call, says(200))
		alice.flow.Remote, bob.flow.Remote = at("192.0.2.10:"+ports[test.caller]), at("192.0.2.10:"+ports[test.call])
		registered := bob.ask(lines(
			"REGISTER sip:example.test SIP/2.0", "Via: SIP/2.0/"+test.call.String()+" df7jal23ls0d.invalid;branch=z9hG4bKbob", "Max-Forwards: 70",
			"From: <sip:bob@example.test>;tag=bob", "To: <sip:bob@example.test>", "Call-ID: bob", "CSeq: 1 REGISTER",
			"Contact: <sip:bob@df7jal23ls0d.invalid;transport=ws>",
		))
		if err := w.RunFor(time.Second); err != nil {
			t.Fatal(err)
		}
		if registered.code() != 200 {
			t.Fatalf("%s: bob registers: %d", reason, registered.code())
		}
		request := replaceFirst(invite(test.scheme+":bob@example.test", "call"), "SIP/2.0/UDP", "SIP/2.0/"+test.caller.String())
		asked := alice.ask(request)
		if err := w.RunFor(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		if asked.code() != test.code {
			t.Errorf("%s: %d, want %d", reason, asked.code(), test.code)
		}
		invites := bob.requests(sip.INVITE)
		if test.code != 200 {
			if len(invites) != 0 {
				t.Errorf("%s: bob is asked", reason)
			}
			continue
		}
		if len(invites) != 1 {
			t.Errorf("%s: bob is asked %d times", reason, len(invites))
			continue
		}
		if via, _, _ := strings.Cut(invites[0].TopValue(sip.HeaderVia), ";"); via != test.via {
			t.Errorf("%s: Via is %s, want %s", reason, via, test.via)
		}
		var routes []string
		for value := range invites[0].Values(sip.HeaderRecordRoute) {
			scheme, rest, _ := strings.Cut(value, ":")
			_, rest, _ = strings.Cut(rest, "@")
			routes = append(routes, scheme+":"+rest)
		}
		if !slices.Equal(routes, test.routes) {
			t.Errorf("%s: Record-Route is\n%q, want\n%q", reason, routes, test.routes)
		}
	}
}
