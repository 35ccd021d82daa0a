package flow

// assistedThirdPartyAdded: Bob presses the code and Carol's number, and the server mixes.
var assistedThirdPartyAdded = Flow{
	Name: thirdPartyAdded.Name, Title: thirdPartyAdded.Title, Section: thirdPartyAdded.Section, Columns: thirdPartyAdded.Columns,
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
		F9  server carol  INVITE
		F10 carol  server 180
		F11 carol  server 200
		F12 server carol  ACK`,
	calls: "1 4 7-8; 2-3 5-6; 9-12",
	rules: []rule{direction("sendrecv", 1, 2, 5, 7, 9, 11), empty(6, 8, 12)},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(8) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.ask("bob", "three-way", "carol") },
			func() error { return s.until(12) },
			func() error { return s.hear("alice: bob, carol", "bob: alice, carol", "carol: alice, bob") },
		)
	},
}

// assistedThirdPartyJoins: Carol dials the code with Bob's number, and Bob presses the key that lets her in.
var assistedThirdPartyJoins = Flow{
	Name: thirdPartyJoins.Name, Title: thirdPartyJoins.Title, Section: thirdPartyJoins.Section, Columns: thirdPartyJoins.Columns,
	Assistants: thirdPartyJoins.Assistants, Assisted: true, sound: voice,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 180
		F4  server alice  180
		F5  bob    server 200
		F6  server bob    ACK
		F7  server alice  200
		F8  alice  server ACK
		F9  carol  server INVITE
		F10 server carol  180
		F11 server carol  200
		F12 carol  server ACK`,
	calls: "1 4 7-8; 2-3 5-6; 9-12",
	rules: []rule{direction("sendrecv", 1, 2, 5, 7, 9, 11), feature("isfocus", "", 11), empty(6, 8, 12)},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(8) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.call("carol", dialled("join")+s.number("bob")) },
			func() error { return s.until(10) },
			func() error { return s.told("bob") },
			func() error { return s.press("bob", letsIn) },
			func() error { return s.until(12) },
			func() error { return s.hear("alice: bob, carol", "bob: alice, carol", "carol: alice, bob") },
		)
	},
}

// letsIn is the key that lets somebody into a call.
const letsIn = "1"
