package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

// TestAssertedIdentities: who the far side hears it is (RFC 3325 §5, RFC 3323 §4).
func TestAssertedIdentities(t *testing.T) {
	const elsewhere = "<sip:+4930123456@gateway.invalid>"
	for _, test := range []struct {
		reason  string
		from    string
		lines   []string
		trusted bool
		want    []string
	}{
		{"a trusted hop's word on somebody of its own", elsewhere, []string{"P-Asserted-Identity: " + elsewhere}, true, []string{elsewhere}},
		{"both of a SIP and a tel URI", elsewhere, []string{"P-Asserted-Identity: " + elsewhere + ", <tel:+4930123456>"}, true, []string{elsewhere, "<tel:+4930123456>"}},
		{"a trusted hop's word on a user of ours", elsewhere, []string{"P-Asserted-Identity: <sip:carol@example.test>"}, true, []string{"<sip:carol@example.test>"}},
		{"who wants to be private", elsewhere, []string{"P-Asserted-Identity: " + elsewhere, "Privacy: id"}, true, nil},
		{"a user of ours who wants to be private", "<sip:carol@example.test>", []string{"P-Asserted-Identity: <sip:carol@example.test>", "Privacy: header;id"}, true, nil},
		{"no word", elsewhere, nil, true, nil},
		{"From of a user of ours is a word", "<sip:carol@example.test>", nil, true, []string{"<sip:carol@example.test>"}},
		{"a guest's word on himself", elsewhere, []string{"P-Asserted-Identity: " + elsewhere}, false, nil},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) {
				if c.Guests = true; test.trusted {
					c.Trusted = trusting("gateway")
				}
			})
			gateway := w.agent("gateway", machine.UDP, nil)
			w.serve()
			bob := w.agent("bob", machine.UDP, says(200))
			w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
			text := strings.NewReplacer("192.0.2.1:5060", gateway.address, "From: <sip:alice@example.test>", "From: "+test.from).
				Replace(outside("MESSAGE", bobsAddress, "call", 1, test.lines...))
			asked := gateway.ask(text)
			if err := w.quiet(); err != nil {
				t.Fatal(err)
			}
			if asked.code() != 200 || len(bob.got) != 1 {
				t.Fatalf("%s: got %d", test.reason, asked.code())
			}
			if got := slices.Collect(bob.got[0].Values(sip.HeaderPAssertedIdentity)); !slices.Equal(got, test.want) {
				t.Errorf("%s: got %q", test.reason, got)
			}
		})
	}
}

// TestSessionIntervals: RFC 4028 §8.
func TestSessionIntervals(t *testing.T) {
	for _, test := range []struct {
		reason  string
		lines   []string
		code    int
		arrives string // Session-Expires and Min-SE at the callee
		back    string // Session-Expires and Require of the 200
	}{
		{"none: ours is put in", nil, 200, "1800 ", " "},
		{"none, but the caller knows them: he refreshes", []string{"Supported: timer"}, 200, "1800 ", "1800;refresher=uac timer"},
		{"one that is long enough", []string{"Supported: timer", "Session-Expires: 600"}, 200, "600 ", "600;refresher=uac timer"},
		{"compact", []string{"k: timer", "x: 600;refresher=uac"}, 200, "600;refresher=uac ", "600;refresher=uac timer"},
		{"too short", []string{"Supported: timer", "Session-Expires: 60"}, 422, "", ""},
		{"too short, from a hop on behalf of a caller who knows them not", []string{"Session-Expires: 60"}, 200, "90 90", " "},
		{"with a Min-SE of its own", []string{"Session-Expires: 60;refresher=uas", "Min-SE: 30"}, 200, "90;refresher=uas 90", " "},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w, alice, gateway := stage(sim.New(sim.Config{}), says(200), func(c *domain.Config) { c.SessionExpires = 30 * time.Minute })
			asked := alice.ask(invite("sip:far@198.51.100.7:5060", "call", test.lines...))
			_ = w.RunFor(time.Second)
			if asked.code() != test.code {
				t.Fatalf("%s: got %d", test.reason, asked.code())
			}
			if test.code == 422 {
				if asked.final.Header(sip.HeaderMinSE) != "90" || len(gateway.got) != 0 {
					t.Errorf("%s: Min-SE is %q", test.reason, asked.final.Header(sip.HeaderMinSE))
				}
				return
			}
			m := gateway.requests(sip.INVITE)[0]
			if got := m.Header(sip.HeaderSessionExpires) + " " + m.Header(sip.HeaderMinSE); got != test.arrives {
				t.Errorf("%s: what arrives is %q", test.reason, got)
			}
			if got := asked.final.Header(sip.HeaderSessionExpires) + " " + asked.final.Header(sip.HeaderRequire); got != test.back {
				t.Errorf("%s: what comes back is %q", test.reason, got)
			}
		})
	}
}

// TestForwarding: what is touched on the way, and what is not (RFC 3261 §16.6).
func TestForwarding(t *testing.T) {
	w, alice, gateway := stage(sim.New(sim.Config{}), says(486))
	unknown := "oDd-HeAdEr :  kept,  as\r\n\t it is"
	asked := alice.ask(invite("sip:far@198.51.100.7:5060;x=%41", "call2", "Timestamp: 54.3", unknown, "Expires: 30", "Max-Breadth: 17"))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	m := gateway.requests(sip.INVITE)[0]
	for _, test := range []struct{ reason, got, want string }{
		{"Request-URI", m.RequestURI(), "sip:far@198.51.100.7:5060;x=%41"},
		{"Max-Forwards", m.Header(sip.HeaderMaxForwards), "69"},
		{"Max-Breadth", m.Header(sip.HeaderMaxBreadth), "17"},
		{"Timestamp", m.Header(sip.HeaderTimestamp), "54.3"},
		{"Expires", m.Header(sip.HeaderExpires), "30"},
	} {
		if test.got != test.want {
			t.Errorf("%s is %q, not %q", test.reason, test.got, test.want)
		}
	}
	if !strings.Contains(m.Text(), "\r\n"+unknown+"\r\n") {
		t.Errorf("what we don't know is kept as it is:\n%s", m.Text())
	}
	vias := slices.Collect(m.Values(sip.HeaderVia))
	if len(vias) != 2 || vias[1] != "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKcall2.1;rport=5060;received=192.0.2.1" {
		t.Errorf("Via is %q", vias)
	}
	trying := false
	for _, response := range alice.got {
		if response.StatusCode() == 100 && response.CallID() == "call2" {
			trying = response.Header(sip.HeaderTimestamp) == "54.3" // RFC 3261 §8.2.6.1
		}
	}
	if !trying || asked.code() != 486 {
		t.Errorf("the 100 has the Timestamp of its INVITE")
	}
}

// TestLargestMessages: what would not fit into a message with our fields is refused.
func TestLargestMessages(t *testing.T) {
	for _, test := range []struct {
		size, code int
	}{{60_000, 486}, {sip.MaxMessage - 20, 513}} {
		w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice") })
		alice := w.agent("alice", machine.TCP, nil)
		w.serve()
		w.agent("gateway", machine.TCP, says(486))
		text := strings.Replace(invite("sip:far@198.51.100.7:5060;transport=tcp", "call"), "SIP/2.0/UDP", "SIP/2.0/TCP", 1)
		text = strings.Replace(text, "Contact:", "X: "+strings.Repeat("x", test.size-len(text)-5)+"\r\nContact:", 1)
		asked := alice.ask(text)
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		if asked.code() != test.code {
			t.Errorf("%d octets: got %d", test.size, asked.code())
		}
	}
}

// TestFullyQualifiedDomain: a dot at the end of our domain is still our domain.
func TestFullyQualifiedDomain(t *testing.T) {
	w, alice, _ := stage(sim.New(sim.Config{}), nil)
	bob := w.phone("bob", incoming(sim.Busy()))
	w.bound("bob", bob)
	asked := alice.ask(invite("sip:bob@Example.Test.", "call"))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if asked.code() != 486 {
		t.Errorf("got %d", asked.code())
	}
}

// TestMinimalRequests: even answers to requests without a word too many are no larger
// than they, by much.
func TestMinimalRequests(t *testing.T) {
	w := newWorld(sim.New(sim.Config{}))
	w.serve()
	in, out := 0, 0
	for i, method := range []string{"CANCEL", "BYE", "OPTIONS", "INFO", "NOTIFY"} {
		text := fmt.Sprintf("%s sip:b@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.66;branch=z9hG4bK%d;rport\r\nMax-Forwards: 0\r\n"+
			"From: <sip:a@example.test>;tag=1\r\nTo: <sip:b@example.test>;tag=2\r\nCall-ID: %d\r\nCSeq: 1 %s\r\n\r\n", method, i, i, method)
		w.Inject(addresses["mallory"], serverAddress, text)
		in += len(text)
	}
	_ = w.RunFor(time.Second)
	for _, arrow := range w.Ladder().Arrows {
		if w.Ladder().Name(arrow.From) == "server" {
			out += len(arrow.Text)
		}
	}
	if out > in*11/10 {
		t.Errorf("%d octets in, %d out\n%s", in, out, w.Ladder().Draw())
	}
}

// TestContentLength: on a stream every message has one (RFC 3261 §16.6 step 9, §18.3),
// though it came without one in a datagram.
func TestContentLength(t *testing.T) {
	unmeasured := func(text string) string { return strings.Replace(text, "Content-Length: 0\r\n\r\n", "\r\nbody", 1) }
	for _, test := range []struct{ caller, callee machine.Transport }{{machine.UDP, machine.TCP}, {machine.TCP, machine.UDP}, {machine.UDP, machine.UDP}} {
		w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice") })
		alice := w.agent("alice", test.caller, nil)
		w.serve()
		gateway := w.agent("gateway", test.callee, func(m *sip.Message) []string {
			text := respond(m, 200, "far", "Contact: <sip:far@198.51.100.7:5060>")
			if test.callee == machine.UDP {
				text = unmeasured(text)
			}
			return []string{text}
		})
		text := outside("MESSAGE", "sip:far@198.51.100.7:5060;transport="+sip.Lower(test.callee.String()), "call", 1)
		text = strings.Replace(text, "SIP/2.0/UDP", "SIP/2.0/"+test.caller.String(), 1)
		if test.caller == machine.UDP {
			text = unmeasured(text)
		}
		asked := alice.ask(text)
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		if asked.code() != 200 || len(gateway.got) != 1 {
			t.Fatalf("%v: got %d", test, asked.code())
		}
		for _, hop := range []struct {
			m    *sip.Message
			over machine.Transport
			from machine.Transport
		}{{gateway.got[0], test.callee, test.caller}, {asked.final, test.caller, test.callee}} {
			if hop.from == machine.UDP && hop.m.Body() != "body" {
				t.Errorf("%v: the body is %q", test, hop.m.Body())
			}
			if hop.over == machine.TCP && hop.m.Header(sip.HeaderContentLength) != fmt.Sprint(len(hop.m.Body())) {
				t.Errorf("%v: Content-Length is %q on a stream", test, hop.m.Header(sip.HeaderContentLength))
			}
		}
	}
}
