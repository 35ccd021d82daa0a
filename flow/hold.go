package flow

import "hookflash/service/order"

// callHold is RFC 5359 §2.1: Bob puts Alice on hold, where nothing is sent either way, and takes her back.
var callHold = Flow{
	Name: "call-hold", Title: "Call Hold", Section: "2.1", Columns: []string{"alice", through, "bob"},
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  server alice  100
		F4  bob    server 180
		F5  server alice  180
		F6  bob    server 200
		F7  server alice  200
		F8  alice  server ACK
		F9  server bob    ACK
		F10 bob    server INVITE
		F11 server alice  INVITE
		F12 alice  server 200
		F13 server bob    200
		F14 bob    server ACK
		F15 server alice  ACK
		F16 bob    server INVITE
		F17 server alice  INVITE
		F18 alice  server 200
		F19 server bob    200
		F20 bob    server ACK
		F21 server alice  ACK
		F22 alice  server BYE
		F23 server bob    BYE
		F24 bob    server 200
		F25 server alice  200`,
	calls: "1-25",
	rules: []rule{
		direction("sendrecv", 1, 2, 6, 7),
		direction("sendonly", 10, 11), direction("recvonly", 12, 13), feature("+sip.rendering", "no", 10, 11),
		direction("sendrecv", 16, 17, 18, 19), without("+sip.rendering", 16, 17),
		rising(1, 12, 18), rising(6, 10, 16), empty(8, 9, 14, 15, 20, 21),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(9) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.act("bob", "hold", "alice", nil) },
			func() error { return s.until(15) },
			func() error { return s.hear() },
			func() error { return s.act("bob", "resume", "alice", nil) },
			func() error { return s.until(21) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(25) },
		)
	},
}

// consultationHold is RFC 5359 §2.2: while Alice is on hold Bob asks Carol, in a call of its own. The first call
// keeps its Call-ID, which the RFC changes at F19 by mistake.
var consultationHold = Flow{
	Name: "consultation-hold", Title: "Consultation Hold", Section: "2.2", Columns: []string{"alice", through, "bob", "carol"},
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  server alice  100
		F4  bob    server 180
		F5  server alice  180
		F6  bob    server 200
		F7  server alice  200
		F8  alice  server ACK
		F9  server bob    ACK
		F10 bob    server INVITE
		F11 server alice  INVITE
		F12 alice  server 200
		F13 server bob    200
		F14 bob    server ACK
		F15 server alice  ACK
		F16 bob    server INVITE
		F17 server carol  INVITE
		F18 server bob    100
		F19 carol  server 180
		F20 server bob    180
		F21 carol  server 200
		F22 server bob    200
		F23 bob    server ACK
		F24 server carol  ACK
		F25 bob    server BYE
		F26 server carol  BYE
		F27 carol  server 200
		F28 server bob    200
		F29 bob    server INVITE
		F30 server alice  INVITE
		F31 alice  server 200
		F32 server bob    200
		F33 bob    server ACK
		F34 server alice  ACK
		F35 alice  server BYE
		F36 server bob    BYE
		F37 bob    server 200
		F38 server alice  200`,
	calls: "1-15 29-38; 16-28",
	rules: []rule{
		direction("sendrecv", 1, 2, 6, 7),
		direction("sendonly", 10, 11), direction("recvonly", 12, 13), feature("+sip.rendering", "no", 10, 11),
		direction("sendrecv", 16, 17, 21, 22),
		direction("sendrecv", 29, 30, 31, 32), without("+sip.rendering", 29, 30),
		rising(1, 12, 31), rising(6, 10, 29), empty(8, 9, 14, 15, 23, 24, 33, 34),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(9) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.act("bob", "hold", "alice", nil) },
			func() error { return s.until(15) },
			func() error { return s.hear() },
			func() error {
				return s.act("bob", "consult", "alice", func(r *order.Request) { r.Target = s.uri("carol") })
			},
			func() error { return s.until(24) },
			func() error { return s.hear("bob: carol", "carol: bob") },
			func() error { return s.hangUp("bob", "carol") },
			func() error { return s.until(28) },
			func() error { return s.act("bob", "resume", "alice", nil) },
			func() error { return s.until(34) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(38) },
		)
	},
}

// steps does one after the other, up to the first that fails.
func (s *stage) steps(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
