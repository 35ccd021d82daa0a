package flow

import "hookflash/service/order"

// assistedTransferUnattended: Alice presses the code and Carol's number. The server calls Carol for Bob, and hangs Alice up.
var assistedTransferUnattended = Flow{
	Name: transferUnattended.Name, Title: transferUnattended.Title, Section: transferUnattended.Section,
	Columns: transferUnattended.Columns, Assisted: true, sound: voice,
	Arrows: `
		F1  bob    server INVITE
		F2  server alice  INVITE
		F3  alice  server 180
		F4  server bob    180
		F5  alice  server 200
		F6  server alice  ACK
		F7  server bob    200
		F8  bob    server ACK
		F9  server carol  INVITE
		F10 carol  server 180
		F11 carol  server 200
		F12 server carol  ACK
		F13 server alice  BYE
		F14 alice  server 200
		F15 server bob    UPDATE
		F16 bob    server 200`,
	apart: "13-14 | 15-16", calls: "1 4 7-8 15-16; 2-3 5-6 13-14; 9-12",
	rules: []rule{
		direction("sendrecv", 1, 2, 5, 7, 9, 11), referredBy("alice", 9), empty(6, 8, 12, 15, 16), vouched("carol", 15),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("bob", "alice") },
			func() error { return s.until(8) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.ask("alice", "transfer", "carol") },
			func() error { return s.until(16) },
			func() error { return s.hear("bob: carol", "carol: bob") },
		)
	},
}

// assistedTransferAttended: Bob presses the code and Carol's number, talks with her while Alice waits, and hangs up.
var assistedTransferAttended = Flow{
	Name: transferAttended.Name, Title: transferAttended.Title, Section: transferAttended.Section,
	Columns: transferAttended.Columns, Assisted: true, sound: voice,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 180
		F4  server alice  180
		F5  bob    server 200
		F6  server bob    ACK
		F7  server alice  200
		F8  alice  server ACK
		F9  server carol  INVITE
		F10 carol  server 180
		F11 carol  server 200
		F12 server carol  ACK
		F13 bob    server BYE
		F14 server bob    200
		F15 server alice  UPDATE
		F16 alice  server 200
		F17 server carol  UPDATE
		F18 carol  server 200`,
	apart: "14 | 15-16 | 17-18", calls: "1 4 7-8 15-16; 2-3 5-6 13-14; 9-12 17-18",
	rules: []rule{
		direction("sendrecv", 1, 2, 5, 7, 9, 11), empty(6, 8, 12, 15, 16, 17, 18), vouched("carol", 15), vouched("alice", 17),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(8) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.ask("bob", "consult", "carol") },
			func() error { return s.until(12) },
			func() error { return s.hear("alice: server", "bob: carol", "carol: bob") },
			func() error { return s.hangUp("bob", "alice") },
			func() error { return s.until(18) },
			func() error { return s.hear("alice: carol", "carol: alice") },
		)
	},
}

// assistedTransferInstantMessaging: Bob presses the code and Carol's number. The message leads her to the server, where she
// takes Bob's place.
var assistedTransferInstantMessaging = Flow{
	Name: transferInstantMessaging.Name, Title: transferInstantMessaging.Title, Section: transferInstantMessaging.Section,
	Columns: transferInstantMessaging.Columns, Assisted: true, sound: voice,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 180
		F4  server alice  180
		F5  bob    server 200
		F6  server bob    ACK
		F7  server alice  200
		F8  alice  server ACK
		F9  server carol  MESSAGE
		F10 carol  server 200
		F11 carol  server INVITE
		F12 server carol  200
		F13 carol  server ACK
		F14 server bob    BYE
		F15 bob    server 200
		F16 server alice  UPDATE
		F17 alice  server 200
		F18 server carol  UPDATE
		F19 carol  server 200`,
	apart: "12-13 18-19 | 14-15 | 16-17", calls: "1 4 7-8 16-17; 2-3 5-6 14-15; 9-10; 11-13 18-19",
	rules: []rule{
		direction("sendrecv", 1, 2, 5, 7, 11, 12), empty(6, 8, 13, 16, 17, 18, 19), vouched("carol", 16), vouched("alice", 18),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(8) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.ask("bob", "hand-over", "carol") },
			func() error { return s.until(10) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error {
				offer, err := s.people["carol"].letter()
				if err != nil {
					return err
				}
				return s.act("carol", "take-over", "", func(r *order.Request) { r.Target = offer })
			},
			func() error { return s.until(19) },
			func() error { return s.hear("alice: carol", "carol: alice") },
		)
	},
}
