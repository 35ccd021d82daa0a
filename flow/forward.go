package flow

import (
	"time"

	"hookflash/config"
	"hookflash/directory"
)

// forwardingUnconditional is RFC 5359 §2.7: Bob has all calls forwarded to a number of the telephone network,
// which a gateway leads to.
var forwardingUnconditional = Flow{
	Name: "call-forwarding-unconditional", Title: "Call Forwarding Unconditional", Section: "2.7",
	Columns: []string{"alice", through, "gateway"},
	Arrows: `
		F1  alice   server  INVITE
		F2  server  alice   100
		F3  server  alice   181
		F4  server  gateway INVITE
		F5  gateway server  180
		F6  server  alice   180
		F7  gateway server  200
		F8  server  alice   200
		F9  alice   server  ACK
		F10 server  gateway ACK
		F11 alice   server  BYE
		F12 server  gateway BYE
		F13 gateway server  200
		F14 server  alice   200`,
	Wants: "all calls of bob are forwarded to the account gateway",
	makes: "3", calls: "1-14",
	manners: map[string]manner{"gateway": {trunk: true}},
	rules: []rule{
		announced(3), undiverted(1), diverted("bob", 302, 4),
		direction("sendrecv", 1, 4, 7, 8), empty(9, 10),
	},
	routing: func(s *stage, c *config.Config) error {
		c.Trunks = []config.Trunk{{Name: "gateway", Hops: []string{"sip:" + s.witness.where("gateway").String()}, Trusted: true}}
		user(c, "bob", func(r *directory.Routing) {
			r.Forward.Unconditional = directory.Target{Kind: directory.TargetNumber, Value: behindGateway}
			r.Outgoing.Class = directory.ClassPremium // a forward is a call of Bob's
		})
		return nil
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(10) },
			func() error { return s.hear("alice: gateway", "gateway: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(14) },
			func() error { return s.hear() },
		)
	},
}

// behindGateway is the number that RFC 5359 §2.7 forwards to.
const behindGateway = "+19727293660"

// forwardingBusy is RFC 5359 §2.8: Bob's phone, B1, is busy, and Carol's, B2, rings.
var forwardingBusy = Flow{
	Name: "call-forwarding-busy", Title: "Call Forwarding - Busy", Section: "2.8", Columns: []string{"alice", through, "bob", "carol"},
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  server alice  100
		F4  bob    server 486
		F5  server bob    ACK
		F6  server alice  181
		F7  server carol  INVITE
		F8  carol  server 180
		F9  server alice  180
		F10 carol  server 200
		F11 server alice  200
		F12 alice  server ACK
		F13 server carol  ACK
		F14 alice  server BYE
		F15 server carol  BYE
		F16 carol  server 200
		F17 server alice  200`,
	Wants: "calls of bob are forwarded to carol when he is busy",
	makes: "5 6", calls: "1-17",
	manners: map[string]manner{"bob": {busy: true}},
	rules: []rule{
		announced(6), undiverted(1, 2), diverted("bob", 486, 7),
		direction("sendrecv", 1, 2, 7, 10, 11), empty(5, 12, 13),
	},
	routing: func(_ *stage, c *config.Config) error {
		user(c, "bob", func(r *directory.Routing) { r.Forward.Busy = to("carol") })
		return nil
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(13) },
			func() error { return s.hear("alice: carol", "carol: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(17) },
			func() error { return s.hear() },
		)
	},
}

// forwardingNoAnswer is RFC 5359 §2.9: Bob's phone, B1, rings for two seconds, then Carol's, B2.
var forwardingNoAnswer = Flow{
	Name: "call-forwarding-no-answer", Title: "Call Forwarding - No Answer", Section: "2.9",
	Columns: []string{"alice", through, "bob", "carol"},
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  server alice  100
		F4  bob    server 180
		F5  server alice  180
		F6  server bob    CANCEL
		F7  bob    server 200
		F8  bob    server 487
		F9  server bob    ACK
		F10 server alice  181
		F11 server carol  INVITE
		F12 carol  server 180
		F13 server alice  180
		F14 carol  server 200
		F15 server alice  200
		F16 alice  server ACK
		F17 server carol  ACK
		F18 alice  server BYE
		F19 server carol  BYE
		F20 carol  server 200
		F21 server alice  200`,
	Wants: "calls that bob does not answer within two seconds are forwarded to carol",
	makes: "6 9 10", calls: "1-21",
	manners: map[string]manner{"bob": {never: true}},
	rules: []rule{
		announced(10), anotherDialog(5, 13, 15), undiverted(1, 2), diverted("bob", 408, 11),
		direction("sendrecv", 1, 2, 11, 14, 15), empty(6, 9, 16, 17),
	},
	routing: func(_ *stage, c *config.Config) error {
		user(c, "bob", func(r *directory.Routing) {
			r.Forward.NoAnswer = directory.NoAnswer{To: to("carol"), After: rings}
		})
		return nil
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(17) },
			func() error { return s.hear("alice: carol", "carol: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(21) },
			func() error { return s.hear() },
		)
	},
}

// rings is how long a phone rings that nobody answers, before the server goes on.
const rings = directory.Duration(2 * time.Second)
