package flow

// assistedRedial: Alice dials the code for whom she has just found busy. When he has no call any more the server calls
// her, and then Bob.
var assistedRedial = Flow{
	Name: automaticRedial.Name, Title: automaticRedial.Title, Section: automaticRedial.Section, Columns: automaticRedial.Columns,
	Assisted: true, sound: voice,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 486
		F4  server bob    ACK
		F5  server alice  486
		F6  alice  server ACK
		F7  alice  server INVITE
		F8  server alice  200
		F9  alice  server ACK
		F10 server alice  BYE
		F11 alice  server 200
		F12 server alice  INVITE
		F13 alice  server 180
		F14 alice  server 200
		F15 server alice  ACK
		F16 server bob    INVITE
		F17 bob    server 180
		F18 bob    server 200
		F19 server bob    ACK`,
	calls:   "1 5-6; 2-4; 7-11; 12-15; 16-19",
	manners: map[string]manner{"bob": {busy: true, through: true}},
	rules:   []rule{direction("sendrecv", 1, 2, 7, 8, 12, 14, 16, 18), empty(3, 4, 5, 6, 9, 15, 19)},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(6) },
			func() error { return s.hear() },
			func() error { return s.call("alice", dialled("redial-when-free")) },
			func() error { return s.until(9) },
			func() error { return s.told("alice") },
			func() error { return s.until(11) },
			func() error { return s.leave("bob") },
			func() error { return s.until(19) },
			func() error { return s.hear("alice: bob", "bob: alice") },
		)
	},
}

// voice is the server when it says something.
const voice = "server"
