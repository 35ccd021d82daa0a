package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/sip"
)

// asks plays what alice, whom the server trusts, asks of it, and gives the codes she got.
func asks(prepare func(w *world, gateway *agent), texts ...string) func(n *sim.Network) (string, error) {
	return func(n *sim.Network) (string, error) {
		w, alice, gateway := stage(n, nil, func(c *domain.Config) { c.Trusted = trusting("alice", "gateway") })
		prepare(w, gateway)
		var asked []*asking
		for i, text := range texts {
			w.After(time.Duration(i)*200*time.Millisecond, func() { asked = append(asked, alice.ask(text)) })
		}
		err := w.quiet()
		state := ""
		for _, one := range asked {
			state += fmt.Sprintf("%s %d\n", one.method, one.code())
		}
		return state + w.EndState(), err
	}
}

// arrives notes in what form a request reached the gateway: it is part of the end state.
func arrives(state string, gateway *agent) string {
	for _, m := range gateway.got {
		if m.IsRequest() {
			state += fmt.Sprintf("%s %s Route %s\n", m.Method(), m.RequestURI(), routes(m))
		}
	}
	return state
}

// TestPeers: other proxies and gateways as neighbours.
func TestPeers(t *testing.T) {
	const far = "sip:far@198.51.100.7:5060"
	bobRings := func(w *world) {
		bob := w.phone("bob", incoming(sim.Behaviour{Ring: true, After: 15 * time.Second, Code: 486}))
		w.bound("bob", bob)
	}
	for _, s := range []scenario{
		{
			name: "loop", title: "a hop sends everything back: 482 (RFC 3261 section 16.3 step 4)",
			play: asks(func(w *world, gateway *agent) {
				w.bound("bob", binding("sip:bob@198.51.100.7:5060", 1000))
				gateway.answer = bounce(gateway, bobsAddress)
			}, invite(bobsAddress, "call")),
		},
		{
			name: "spiral", seeds: 1, title: "what comes back for somebody else is no loop",
			play: asks(func(w *world, gateway *agent) {
				w.bound("carol", binding("sip:carol@198.51.100.7:5060", 1000))
				bobRings(w)
				gateway.answer = bounce(gateway, bobsAddress)
			}, invite("sip:carol@example.test", "call")),
		},
		{
			name: "merged", seeds: 1, title: "the same request by two ways: 482 to the second (RFC 3261 section 8.2.2.2)",
			play: asks(func(w *world, _ *agent) { bobRings(w) }, invite(bobsAddress, "call"),
				strings.Replace(invite(bobsAddress, "call"), "branch=z9hG4bK", "branch=z9hG4bKother", 1)),
		},
		{
			name: "breadth", title: "two phones, and breadth for one: 440 (RFC 5393 section 5.3.3)",
			play: asks(func(w *world, _ *agent) {
				w.bound("team", binding("sip:bob@192.0.2.2:5060", 1000), binding("sip:carol@192.0.2.3:5060", 1000))
			}, invite("sip:team@example.test", "call", "Max-Breadth: 1")),
		},
		{
			name: "cancel-unknown", title: "a CANCEL of nothing: 481",
			play: asks(func(*world, *agent) {}, outside("CANCEL", bobsAddress, "call", 1)),
		},
		{
			name: "strict-next", title: "the next hop is a strict router (RFC 3261 section 16.6 step 6)", whole: true,
			play: func(n *sim.Network) (string, error) {
				var there *agent
				state, err := asks(func(_ *world, gateway *agent) { there, gateway.answer = gateway, says(200) },
					outside("OPTIONS", "sip:far@203.0.113.99", "call", 1, "Route: <sip:192.0.2.10;lr>, <sip:198.51.100.7:5060>"))(n)
				return arrives(state, there), err
			},
		},
		{
			name: "size", title: "more than 1300 octets to a resolved hop: TCP, and UDP when that is refused (RFC 3261 section 18.1.1)",
			play: asks(func(_ *world, gateway *agent) { gateway.answer = says(404) }, outside("OPTIONS", "sip:far@198.51.100.7", "call", 1, "X: "+strings.Repeat("x", 1300))),
		},
		{
			name: "unreachable", title: "a next hop that refuses connections: its 503 is our 500 (RFC 3261 section 16.9)",
			play: asks(func(*world, *agent) {}, invite(far+";transport=tcp", "call")),
		},
		{name: "subscribe", title: "SUBSCRIBE and NOTIFY: the dialog of a subscription", play: subscription},
	} {
		s.run(t)
	}
}

func subscription(n *sim.Network) (string, error) {
	w := newWorld(n, func(c *domain.Config) { c.Trusted = trusting("alice") })
	alice := w.agent("alice", machine.UDP, says(200))
	w.serve()
	bob := w.agent("bob", machine.UDP, func(m *sip.Message) []string {
		return []string{respond(m, 200, "bob", "Contact: <sip:bob@192.0.2.2:5060>", "Expires: 600")}
	})
	w.bound("bob", binding("sip:bob@192.0.2.2:5060", 1000))
	subscribed := alice.ask(outside("SUBSCRIBE", bobsAddress, "sub", 1, "Event: presence", "Expires: 600"))
	if err := w.RunUntil(func() bool { return subscribed.final != nil }, time.Minute); err != nil {
		return "", err
	}
	within := func(method, uri, from, to, via, more string, sequence int) string {
		return lines(
			method+" "+uri+" SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%s%d", via, method, sequence), "Max-Forwards: 70",
			"Route: "+bob.got[0].Header(sip.HeaderRecordRoute), "From: "+from, "To: "+to,
			"Call-ID: sub", fmt.Sprintf("CSeq: %d %s", sequence, method), "Event: presence", more)
	}
	const alices, bobs = "<sip:alice@example.test>;tag=alice", "<sip:bob@example.test>;tag=bob"
	notified := bob.ask(within("NOTIFY", "sip:alice@192.0.2.1:5060", bobs, alices, "192.0.2.2:5060", "Subscription-State: active", 1))
	if err := w.RunUntil(func() bool { return notified.final != nil }, time.Minute); err != nil {
		return "", err
	}
	refreshed := alice.ask(within("SUBSCRIBE", "sip:bob@192.0.2.2:5060", alices, bobs, "192.0.2.1:5060", "Expires: 0", 2))
	err := w.quiet()
	return fmt.Sprint(subscribed.code(), notified.code(), refreshed.code()), err
}
