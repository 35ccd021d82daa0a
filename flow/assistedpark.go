package flow

// assistedPark: Bob presses the code, and hears at which place Alice is. Carol dials that.
var assistedPark = Flow{
	Name: callPark.Name, Title: callPark.Title, Section: callPark.Section, Columns: []string{"alice", through, "bob", "carol"},
	Assisted: true, sound: voice,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 180
		F4  server alice  180
		F5  bob    server 200
		F6  server bob    ACK
		F7  server alice  200
		F8  alice  server ACK
		F9  server bob    MESSAGE
		F10 bob    server 200
		F11 server bob    BYE
		F12 bob    server 200
		F13 carol  server INVITE
		F14 server carol  200
		F15 carol  server ACK
		F16 server alice  UPDATE
		F17 alice  server 200
		F18 server carol  UPDATE
		F19 carol  server 200`,
	apart: "14-15 18-19 | 16-17", calls: "1 4 7-8 16-17; 2-3 5-6 11-12; 9-10; 13-15 18-19",
	rules: []rule{
		direction("sendrecv", 1, 2, 5, 7, 13, 14), empty(6, 8, 15, 16, 17, 18, 19), vouched("carol", 16), vouched("alice", 18),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(8) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.press("bob", code("park")) },
			func() error { return s.told("bob") },
			func() error { return s.until(12) },
			func() error { return s.hear("alice: server") },
			func() error { return s.call("carol", slot) },
			func() error { return s.until(19) },
			func() error { return s.hear("alice: carol", "carol: alice") },
		)
	},
}
