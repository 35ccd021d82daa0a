package flow

// assistedForwardingUnconditional: the server calls Bob on behalf of Alice, and that call is forwarded.
var assistedForwardingUnconditional = Flow{
	Name: forwardingUnconditional.Name, Title: forwardingUnconditional.Title, Section: forwardingUnconditional.Section,
	Columns: forwardingUnconditional.Columns, Assisted: true,
	Arrows: `
		F1  alice   server  INVITE
		F2  server  alice   181
		F3  server  gateway INVITE
		F4  gateway server  180
		F5  server  alice   180
		F6  gateway server  200
		F7  server  gateway ACK
		F8  server  alice   200
		F9  alice   server  ACK
		F10 alice   server  BYE
		F11 server  alice   200
		F12 server  gateway BYE
		F13 gateway server  200`,
	calls:   "1-2 5 8-11; 3-4 6-7 12-13",
	manners: forwardingUnconditional.manners,
	rules:   []rule{undiverted(1), diverted("bob", 302, 3), direction("sendrecv", 1, 3, 6, 8), empty(7, 9)},
	routing: forwardingUnconditional.routing,
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(9) },
			func() error { return s.hear("alice: gateway", "gateway: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(13) },
			func() error { return s.hear() },
		)
	},
}

var assistedForwardingBusy = Flow{
	Name: forwardingBusy.Name, Title: forwardingBusy.Title, Section: forwardingBusy.Section, Columns: forwardingBusy.Columns,
	Assisted: true,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 486
		F4  server bob    ACK
		F5  server alice  181
		F6  server carol  INVITE
		F7  carol  server 180
		F8  server alice  180
		F9  carol  server 200
		F10 server carol  ACK
		F11 server alice  200
		F12 alice  server ACK
		F13 alice  server BYE
		F14 server alice  200
		F15 server carol  BYE
		F16 carol  server 200`,
	calls:   "1 5 8 11-14; 2-4 6-7 9-10 15-16",
	manners: forwardingBusy.manners,
	rules:   []rule{undiverted(1, 2), diverted("bob", 486, 6), direction("sendrecv", 1, 2, 6, 9, 11), empty(4, 10, 12)},
	routing: forwardingBusy.routing,
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(12) },
			func() error { return s.hear("alice: carol", "carol: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(16) },
			func() error { return s.hear() },
		)
	},
}

// assistedForwardingNoAnswer: that Carol's phone rings is told Alice by the same 180 as before.
var assistedForwardingNoAnswer = Flow{
	Name: forwardingNoAnswer.Name, Title: forwardingNoAnswer.Title, Section: forwardingNoAnswer.Section,
	Columns: forwardingNoAnswer.Columns, Assisted: true,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 180
		F4  server alice  180
		F5  server bob    CANCEL
		F6  bob    server 200
		F7  bob    server 487
		F8  server bob    ACK
		F9  server alice  181
		F10 server carol  INVITE
		F11 carol  server 180
		F12 carol  server 200
		F13 server carol  ACK
		F14 server alice  200
		F15 alice  server ACK
		F16 alice  server BYE
		F17 server alice  200
		F18 server carol  BYE
		F19 carol  server 200`,
	calls:   "1 4 9 14-17; 2-3 5-8 10-13 18-19",
	manners: forwardingNoAnswer.manners,
	rules:   []rule{undiverted(1, 2), diverted("bob", 408, 10), direction("sendrecv", 1, 2, 10, 12, 14), empty(5, 8, 13, 15)},
	routing: forwardingNoAnswer.routing,
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(15) },
			func() error { return s.hear("alice: carol", "carol: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(19) },
			func() error { return s.hear() },
		)
	},
}

var assistedFindMe = Flow{
	Name: findMe.Name, Title: findMe.Title, Section: findMe.Section, Columns: findMe.Columns, Assisted: true,
	Arrows: `
		F1  alice  server INVITE
		F2  server b1     INVITE
		F3  b1     server 180
		F4  server alice  180
		F5  server b1     CANCEL
		F6  b1     server 200
		F7  b1     server 487
		F8  server b1     ACK
		F9  server b2     INVITE
		F10 b2     server 480
		F11 server b2     ACK
		F12 server b3     INVITE
		F13 b3     server 486
		F14 server b3     ACK
		F15 server b4     INVITE
		F16 b4     server 180
		F17 b4     server 200
		F18 server b4     ACK
		F19 server alice  200
		F20 alice  server ACK
		F21 b4     server BYE
		F22 server b4     200
		F23 server alice  BYE
		F24 alice  server 200`,
	calls:   "1 4 19-20 23-24; 2-3 5-18 21-22",
	manners: findMe.manners,
	rules:   []rule{anotherDialog(3, 16, 17), direction("sendrecv", 1, 2, 9, 12, 15, 17, 19), empty(5, 8, 11, 14, 18, 20)},
	routing: findMe.routing,
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(20) },
			func() error { return s.hear("alice: b4", "b4: alice") },
			func() error { return s.hangUp("b4", "alice") },
			func() error { return s.until(24) },
			func() error { return s.hear() },
		)
	},
}
