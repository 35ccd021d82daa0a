package flow

// assistedPickup: Bill dials the code of his group, and so takes the place of Bob's phone in the server's call.
var assistedPickup = Flow{
	Name: callPickup.Name, Title: callPickup.Title, Section: callPickup.Section, Columns: callPickup.Columns, Assisted: true,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 180
		F4  server alice  180
		F5  bill   server INVITE
		F6  server bill   200
		F7  bill   server ACK
		F8  server alice  200
		F9  alice  server ACK
		F10 server bob    CANCEL
		F11 bob    server 200
		F12 bob    server 487
		F13 server bob    ACK
		F14 server bill   UPDATE
		F15 bill   server 200
		F16 server alice  UPDATE
		F17 alice  server 200
		F18 alice  server BYE
		F19 server alice  200
		F20 server bill   BYE
		F21 bill   server 200`,
	Wants: callPickup.Wants,
	apart: "6-7 14-15 20-21 | 8-9 16-19 | 10-13", calls: "1 4 8-9 16-19; 2-3 10-13; 5-7 14-15 20-21",
	manners: callPickup.manners,
	rules: []rule{
		direction("sendrecv", 1, 2, 5, 6, 8), empty(7, 9, 10, 11, 12, 13, 14, 15, 16, 17), vouched("alice", 14), vouched("bill", 16),
	},
	routing: callPickup.routing,
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(4) },
			func() error { return s.hear() },
			func() error { return s.call("bill", dialled("pickup-group")) },
			func() error { return s.until(17) },
			func() error { return s.hear("alice: bill", "bill: alice") },
			func() error { return s.hangUp("alice", "") },
			func() error { return s.until(21) },
			func() error { return s.hear() },
		)
	},
}
