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

// stage is alice (trusted, as an agent), the server and a gateway, whom everything that is
// not for the domain is sent to by its address.
func stage(n *sim.Network, answer func(m *sip.Message) []string, mutate ...func(*domain.Config)) (w *world, alice, gateway *agent) {
	w = newWorld(n, append([]func(*domain.Config){func(c *domain.Config) { c.Trusted = trusting("alice") }}, mutate...)...)
	alice = w.agent("alice", machine.UDP, nil)
	w.serve()
	gateway = w.agent("gateway", machine.UDP, answer)
	return w, alice, gateway
}

// says answers every request but ACK and CANCEL with a code; an INVITE with Contact.
func says(code int) func(m *sip.Message) []string {
	return func(m *sip.Message) []string {
		switch {
		case m.Method() == sip.ACK:
			return nil
		case m.Method() == sip.CANCEL:
			return []string{respond(m, 200, "far")}
		case m.Method() == sip.INVITE && code < 300:
			return []string{respond(m, code, "far", "Contact: <sip:far@198.51.100.7:5060>")}
		}
		return []string{respond(m, code, "far")}
	}
}

// routes are the values of Route.
func routes(m *sip.Message) string {
	return strings.Join(slices.Collect(m.Values(sip.HeaderRoute)), " ")
}

// TestNextHops: what a request from alice looks like at the next hop (RFC 3261 §16.4, §16.6).
func TestNextHops(t *testing.T) {
	const far, near = "sip:far@198.51.100.7:5060", "192.0.2.10:5060"
	for _, test := range []struct {
		reason, uri string
		routes      []string
		arrives     string // Request-URI and Route at the gateway; "" for nothing
		code        int    // for alice, where nothing arrives
	}{
		{"no route: to the Request-URI's address", far, nil, far, 0},
		{"our own address on top is taken off", far, []string{"<sip:" + near + ";lr>"}, far, 0},
		{"our domain as a route, too", far, []string{"<sip:example.test;lr>"}, far, 0},
		{"both values of a double Record-Route", far, []string{"<sip:x@" + near + ";transport=tcp;lr>, <sip:x@" + near + ";lr>"}, far, 0},
		{"in fields of their own", far, []string{"<sip:x@" + near + ";transport=tcp;lr>", "<sip:x@" + near + ";lr>"}, far, 0},
		{
			"a loose router next", "sip:a@203.0.113.99",
			[]string{"<sip:198.51.100.7:5060;lr>"},
			"sip:a@203.0.113.99 <sip:198.51.100.7:5060;lr>", 0,
		},
		{
			"ours, then a loose router", "sip:a@203.0.113.99",
			[]string{"<sip:" + near + ";lr>, <sip:198.51.100.7:5060;lr>, <sip:b@c;lr>"},
			"sip:a@203.0.113.99 <sip:198.51.100.7:5060;lr> <sip:b@c;lr>", 0,
		},
		{
			"a strict router next finds itself in the Request-URI and the target last", "sip:a@203.0.113.99",
			[]string{"<sip:198.51.100.7:5060>"},
			"sip:198.51.100.7:5060 <sip:a@203.0.113.99>", 0,
		},
		{
			"ours, then a strict router, then a loose one", "sip:a@203.0.113.99",
			[]string{"<sip:" + near + ";lr>, <sip:strict@198.51.100.7:5060>", "<sip:b@c;lr>"},
			"sip:strict@198.51.100.7:5060 <sip:b@c;lr> <sip:a@203.0.113.99>", 0,
		},
		{"a route to a name that is nowhere", "sip:a@203.0.113.99", []string{"<sip:nowhere.invalid;lr>"}, "", 502},
		{
			"a route to one of our own sockets behind another hop's is followed to that hop", "sip:a@203.0.113.99",
			[]string{"<sip:198.51.100.7:5060;lr>, <sip:" + near + ";lr>"},
			"sip:a@203.0.113.99 <sip:198.51.100.7:5060;lr> <sip:" + near + ";lr>", 0,
		},
		{
			"a user of ours behind another hop is that hop's to find", "sip:bob@example.test",
			[]string{"<sip:198.51.100.7:5060;lr>"},
			"sip:bob@example.test <sip:198.51.100.7:5060;lr>", 0,
		},
		{"maddr", "sip:a@nowhere.invalid;maddr=198.51.100.7", nil, "sip:a@nowhere.invalid;maddr=198.51.100.7", 0},
		{"our own maddr is taken off (RFC 3261 §16.4)", "sip:far@198.51.100.7:5060;maddr=192.0.2.10", nil, far, 0},
		{"a scheme nobody knows", "foo:bar", nil, "", 416},
		{"a multicast address", "sip:a@224.0.1.75", nil, "", 403},
		{"a link-local address", "sip:a@169.254.169.254", nil, "", 403},
		{"loopback, from elsewhere", "sip:a@127.0.0.1", nil, "", 403},
		{"everywhere", "sip:a@255.255.255.255", nil, "", 403},
		{"a transport nobody knows", "sip:a@198.51.100.7;transport=sctp", nil, "", 502},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w, alice, gateway := stage(sim.New(sim.Config{}), says(404))
			var more []string
			for _, route := range test.routes {
				more = append(more, "Route: "+route)
			}
			asked := alice.ask(outside("OPTIONS", test.uri, "call", 1, more...))
			if err := w.quiet(); err != nil {
				t.Fatal(err)
			}
			got := gateway.requests(sip.OPTIONS)
			if test.arrives == "" {
				if len(got) != 0 || asked.code() != test.code {
					t.Errorf("%s: got %d, %d arrived\n%s", test.reason, asked.code(), len(got), w.Ladder().DrawPlain())
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("%s: %d arrived, answered %d\n%s", test.reason, len(got), asked.code(), w.Ladder().DrawPlain())
			}
			if arrived := strings.TrimSpace(got[0].RequestURI() + " " + routes(got[0])); arrived != test.arrives {
				t.Errorf("%s: got %s", test.reason, arrived)
			}
		})
	}
}

// TestStrictDialogs: a call to a gateway behind strict routers, or from a caller who is
// one: both directions reach their end (RFC 3261 §16.12.1.2).
func TestStrictDialogs(t *testing.T) {
	for _, test := range []struct {
		reason string
		// how the far side, or alice, sends what lies within the dialog: Request-URI and
		// Route, from the Record-Route of the server and the other side's Contact.
		aim func(route, target string) (uri string, routes []string)
	}{
		{"a loose router", func(route, target string) (string, []string) { return target, []string{"<" + route + ">"} }},
		{"a strict router before us", func(route, target string) (string, []string) { return route, []string{"<" + target + ">"} }},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w, alice, gateway := stage(sim.New(sim.Config{}), says(200))
			asked := alice.ask(invite("sip:far@198.51.100.7:5060", "call"))
			_ = w.RunFor(time.Second)
			if asked.code() != 200 {
				t.Fatalf("%s: got %d", test.reason, asked.code())
			}
			address, err := sip.ParseAddress(asked.final.TopValue(sip.HeaderRecordRoute))
			if err != nil {
				t.Fatal(err)
			}
			within := func(method, from, to, via string, sequence int, uri string, routes []string) string {
				text := []string{
					method + " " + uri + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s%d", via, method, sequence),
				}
				for _, route := range routes {
					text = append(text, "Route: "+route)
				}
				return lines(append(text, "Max-Forwards: 70", "From: "+from, "To: "+to, "Call-ID: call", fmt.Sprintf("CSeq: %d %s", sequence, method))...)
			}
			near, far := "<sip:alice@example.test>;tag=alice", "<sip:far@198.51.100.7:5060>;tag=far"
			uri, route := test.aim(address.Text, "sip:far@198.51.100.7:5060")
			alice.send(within("ACK", near, far, "192.0.2.1:5060", 1, uri, route))
			info := alice.ask(within("INFO", near, far, "192.0.2.1:5060", 2, uri, route))
			uri, route = test.aim(address.Text, "sip:alice@192.0.2.1:5060")
			alice.answer = says(200)
			bye := gateway.ask(within("BYE", far, near, "198.51.100.7:5060", 1, uri, route))
			if err := w.quiet(); err != nil {
				t.Fatal(err)
			}
			if info.code() != 200 || bye.code() != 200 || len(gateway.requests(sip.ACK)) != 1 {
				t.Fatalf("%s: INFO got %d, BYE got %d\n%s", test.reason, info.code(), bye.code(), w.Ladder().DrawPlain())
			}
			for _, m := range []*sip.Message{gateway.requests(sip.ACK)[0], gateway.requests(sip.INFO)[0]} {
				if m.RequestURI() != "sip:far@198.51.100.7:5060" || routes(m) != "" {
					t.Errorf("%s: %s arrived for %s with Route %q", test.reason, m.Method(), m.RequestURI(), routes(m))
				}
			}
			if m := alice.requests(sip.BYE)[0]; m.RequestURI() != "sip:alice@192.0.2.1:5060" || routes(m) != "" {
				t.Errorf("%s: BYE arrived for %s with Route %q", test.reason, m.RequestURI(), routes(m))
			}
		})
	}
}

// TestStrictNeighbours: the Record-Route of a strict router between us and the far side
// stays at the bottom, and is followed as one.
func TestStrictNeighbours(t *testing.T) {
	w, alice, gateway := stage(sim.New(sim.Config{}), says(200))
	// The gateway records itself without lr: what comes back from alice has it last.
	gateway.answer = func(m *sip.Message) []string {
		if m.Method() != sip.INVITE {
			return says(200)(m)
		}
		b := sip.NewResponse(m, at("0.0.0.0:0"), sip.Answer{Code: 200, ToTag: "far"})
		b.Add(sip.HeaderRecordRoute, "<sip:strict@198.51.100.7:5060>").Copy(m, sip.HeaderRecordRoute)
		return []string{string(b.Add(sip.HeaderContact, "<sip:far@203.0.113.99>").Empty())}
	}
	asked := alice.ask(invite("sip:far@198.51.100.7:5060", "call"))
	_ = w.RunFor(time.Second)
	recorded := slices.Collect(asked.final.Values(sip.HeaderRecordRoute))
	if len(recorded) != 2 {
		t.Fatalf("got %q", recorded)
	}
	bye := alice.ask(lines(
		"BYE sip:far@203.0.113.99 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKbye", "Max-Forwards: 70",
		"Route: "+recorded[1]+", "+recorded[0], "From: <sip:alice@example.test>;tag=alice", "To: <sip:far@198.51.100.7:5060>;tag=far",
		"Call-ID: call", "CSeq: 2 BYE"))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	got := gateway.requests(sip.BYE)
	if bye.code() != 200 || len(got) != 1 || got[0].RequestURI() != "sip:strict@198.51.100.7:5060" || routes(got[0]) != "<sip:far@203.0.113.99>" {
		t.Errorf("a strict router finds itself and the target: got %d, %v\n%s", bye.code(), got, w.Ladder().DrawPlain())
	}
}

// TestSize: RFC 3261 §18.1.1. A request over 1300 octets to a resolved hop goes by TCP,
// and by UDP when that is refused; to a registered flow it goes as it is.
func TestSize(t *testing.T) {
	long := "X: " + strings.Repeat("x", 1300)
	for _, test := range []struct {
		reason, uri string
		listening   machine.Transport
		want        []string
	}{
		{"TCP is there", "sip:far@198.51.100.7", machine.TCP, []string{"SIP/2.0/TCP"}},
		{"TCP is refused", "sip:far@198.51.100.7", machine.UDP, []string{"SIP/2.0/UDP"}},
		{"UDP was asked for", "sip:far@198.51.100.7;transport=udp", machine.UDP, []string{"SIP/2.0/UDP"}},
		{"a registered flow", "sip:bob@example.test", machine.UDP, []string{"SIP/2.0/UDP"}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice") })
			alice := w.agent("alice", machine.UDP, nil)
			w.serve()
			gateway := w.agent("gateway", test.listening, says(486))
			registered := binding("sip:bob@198.51.100.7:5060", 1000)
			registered.FlowBound = true
			w.bound("bob", registered)
			asked := alice.ask(invite(test.uri, "call", long))
			if err := w.quiet(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range gateway.requests(sip.INVITE) {
				via, _, _ := strings.Cut(m.TopValue(sip.HeaderVia), " ")
				if got = append(got, via); m.Header(sip.HeaderMaxForwards) != "69" {
					t.Errorf("%s: Max-Forwards is %s", test.reason, m.Header(sip.HeaderMaxForwards))
				}
			}
			if asked.code() != 486 || !slices.Equal(got, test.want) {
				t.Errorf("%s: got %d by %v\n%s", test.reason, asked.code(), got, w.Ladder().DrawPlain())
			}
		})
	}
}

// TestLoops: RFC 3261 §16.3 step 4 and RFC 5393. A hop that sends everything back: what
// comes back unchanged is a loop, what comes back for somebody else is a spiral.
func TestLoops(t *testing.T) {
	for _, test := range []struct {
		reason string
		uri    string   // that the far hop gives it
		codes  []int    // that alice may get
		most   int      // INVITEs that the server sends
		lines  []string // of alice's request
	}{
		{"a loop", "sip:bob@example.test", []int{482}, 1, nil},
		{"a spiral comes to its end", "sip:carol@example.test", []int{486}, 2, nil},
		{"Max-Forwards runs out", "sip:bob@example.test", []int{483}, 0, []string{"Max-Forwards: 0"}},
		{"no breadth left", "sip:bob@example.test", []int{440}, 0, []string{"Max-Breadth: 0"}},
	} {
		t.Run(test.reason, func(t *testing.T) {
			w, alice, gateway := stage(sim.New(sim.Config{}), nil, func(c *domain.Config) { c.Trusted = trusting("alice", "gateway") })
			carol := w.phone("carol", incoming(sim.Busy()))
			w.bound("bob", binding("sip:bob@198.51.100.7:5060", 1000))
			w.bound("carol", carol)
			gateway.answer = bounce(gateway, test.uri)
			text := invite("sip:bob@example.test", "call", test.lines...)
			if len(test.lines) > 0 && strings.HasPrefix(test.lines[0], "Max-Forwards") {
				text = strings.Replace(text, "Max-Forwards: 70\r\n", "", 1)
			}
			asked := alice.ask(text)
			if err := w.quiet(); err != nil {
				t.Fatal(err)
			}
			sent := 0
			for _, arrow := range w.Ladder().Arrows {
				if w.Ladder().Name(arrow.From) == "server" && strings.HasPrefix(arrow.Label, "INVITE") {
					sent++
				}
			}
			if !slices.Contains(test.codes, asked.code()) || sent != test.most {
				t.Errorf("%s: got %d after %d INVITEs\n%s", test.reason, asked.code(), sent, w.Ladder().DrawPlain())
			}
		})
	}
}

// bounce is a proxy that sends each request back where it came from, for another URI, and
// each response on.
func bounce(a *agent, uri string) func(m *sip.Message) []string {
	return func(m *sip.Message) []string {
		if m.Method() == sip.ACK {
			return nil
		}
		var e sip.Edit
		e.Reset(m)
		e.SetRequestURI(uri)
		e.Prepend(sip.HeaderVia, []byte("SIP/2.0/UDP "+a.address+";branch=z9hG4bK0"+m.Branch()[7:]))
		a.relay = true
		return []string{string(e.Bytes())}
	}
}

// TestMergedRequests: two copies of one request that a fork elsewhere made (RFC 3261 §8.2.2.2).
func TestMergedRequests(t *testing.T) {
	w, alice, _ := stage(sim.New(sim.Config{}), nil)
	bob := w.phone("bob", incoming(sim.Behaviour{Ring: true, After: time.Second, Code: 486}))
	w.bound("bob", bob)
	first := alice.ask(invite("sip:bob@example.test", "call"))
	_ = w.RunFor(100 * time.Millisecond)
	second := alice.ask(strings.Replace(invite("sip:bob@example.test", "call"), "branch=z9hG4bK", "branch=z9hG4bKother", 1))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if first.code() != 486 || second.code() != 482 || len(bob.Calls()) != 1 {
		t.Errorf("the copy is refused: got %d and %d\n%s", first.code(), second.code(), w.Ladder().DrawPlain())
	}
}

// TestProxyRequire: every option is named that we don't know, that is all of them.
func TestProxyRequire(t *testing.T) {
	w, alice, gateway := stage(sim.New(sim.Config{}), says(200))
	asked := alice.ask(outside("OPTIONS", "sip:far@198.51.100.7:5060", "call", 1, "Proxy-Require: foo, bar", "Proxy-Require: baz"))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if asked.code() != 420 || asked.final.Header(sip.HeaderUnsupported) != "foo, bar, baz" || len(gateway.got) != 0 {
		t.Errorf("got %d, Unsupported: %s", asked.code(), asked.final.Header(sip.HeaderUnsupported))
	}
}

// TestRecordRoute: which requests are recorded: those that may begin a dialog, outside one.
func TestRecordRoute(t *testing.T) {
	for _, test := range []struct {
		method   string
		recorded bool
	}{{"INVITE", true}, {"SUBSCRIBE", true}, {"OPTIONS", false}, {"MESSAGE", false}, {"PUBLISH", false}, {"FROB", false}} {
		w, alice, gateway := stage(sim.New(sim.Config{}), says(404))
		asked := alice.ask(outside(test.method, "sip:far@198.51.100.7:5060", "call", 1))
		if err := w.quiet(); err != nil {
			t.Fatal(err)
		}
		if got := gateway.got[0].Has(sip.HeaderRecordRoute); got != test.recorded || asked.code() != 404 {
			t.Errorf("%s: recorded %v, answered %d", test.method, got, asked.code())
		}
	}
}

// TestSubscriptions: NOTIFY finds its way back by the token; the subscription is no call.
func TestSubscriptions(t *testing.T) {
	w := newWorld(sim.New(sim.Config{}), func(c *domain.Config) { c.Trusted = trusting("alice") })
	alice := w.agent("alice", machine.UDP, says(200))
	w.serve()
	bob := w.agent("bob", machine.UDP, func(m *sip.Message) []string {
		return []string{respond(m, 200, "bob", "Contact: <sip:bob@192.0.2.2:5060>", "Expires: 600")}
	})
	w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
	subscribed := alice.ask(outside("SUBSCRIBE", "sip:bob@example.test", "sub", 1, "Event: presence", "Expires: 600"))
	_ = w.RunFor(time.Second)
	if subscribed.code() != 200 || len(bob.got) != 1 {
		t.Fatalf("got %d", subscribed.code())
	}
	notified := bob.ask(lines(
		"NOTIFY sip:alice@192.0.2.1:5060 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKnotify", "Max-Forwards: 70",
		"Route: "+bob.got[0].Header(sip.HeaderRecordRoute), "From: <sip:bob@example.test>;tag=bob", "To: <sip:alice@example.test>;tag=alice",
		"Call-ID: sub", "CSeq: 1 NOTIFY", "Event: presence", "Subscription-State: active"))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if notified.code() != 200 || len(alice.requests(sip.NOTIFY)) != 1 {
		t.Fatalf("NOTIFY got %d\n%s", notified.code(), w.Ladder().DrawPlain())
	}
	// RFC 6665 §4.3: the NOTIFY may have come first, and made the dialog.
	refreshed := alice.ask(lines(
		"SUBSCRIBE sip:bob@192.0.2.2:5060 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKrefresh", "Max-Forwards: 70",
		"Route: "+alice.requests(sip.NOTIFY)[0].Header(sip.HeaderRecordRoute), "From: <sip:alice@example.test>;tag=alice", "To: <sip:bob@example.test>;tag=bob",
		"Call-ID: sub", "CSeq: 2 SUBSCRIBE", "Event: presence", "Expires: 600"))
	if err := w.quiet(); err != nil {
		t.Fatal(err)
	}
	if refreshed.code() != 200 {
		t.Errorf("by the route of the NOTIFY SUBSCRIBE got %d\n%s", refreshed.code(), w.Ladder().DrawPlain())
	}
}
