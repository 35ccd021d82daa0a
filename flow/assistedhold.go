package flow

import "hookflash/service/order"

// assisted are the flows in which the server stands between phones that lack REFER, Replaces and Join: two dialogs a
// call, and codes that are pressed instead. They end where the RFC's do.
var assisted = []Flow{
	assistedCallHold, assistedConsultationHold, assistedMusicOnHold,
	assistedTransferUnattended, assistedTransferAttended, assistedTransferInstantMessaging,
	assistedForwardingUnconditional, assistedForwardingBusy, assistedForwardingNoAnswer,
	assistedThirdPartyAdded, assistedThirdPartyJoins, assistedFindMe, assistedIncomingScreening, assistedOutgoingScreening,
	assistedPark, assistedPickup, assistedRedial, assistedClick,
}

// holdMusic is what those hear whom somebody holds.
const holdMusic = "music"

// assistedCallHold: the server answers who holds by itself, and plays music to the other.
var assistedCallHold = Flow{
	Name: callHold.Name, Title: callHold.Title, Section: callHold.Section, Columns: callHold.Columns,
	Assisted: true, sound: holdMusic,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 180
		F4  server alice  180
		F5  bob    server 200
		F6  server bob    ACK
		F7  server alice  200
		F8  alice  server ACK
		F9  bob    server INVITE
		F10 server bob    200
		F11 bob    server ACK
		F12 bob    server INVITE
		F13 server bob    200
		F14 bob    server ACK
		F15 alice  server BYE
		F16 server alice  200
		F17 server bob    BYE
		F18 bob    server 200`,
	calls: "1 4 7-8 15-16; 2-3 5-6 9-14 17-18",
	rules: []rule{
		direction("sendrecv", 1, 2, 5, 7), direction("sendonly", 9), direction("recvonly", 10), direction("sendrecv", 12, 13),
		feature("+sip.rendering", "no", 9), rising(2, 10, 13), rising(5, 9, 12), empty(6, 8, 11, 14),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(8) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.act("bob", "hold", "alice", nil) },
			func() error { return s.until(11) },
			func() error { return s.hear("alice: music") },
			func() error { return s.act("bob", "resume", "alice", nil) },
			func() error { return s.until(14) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(18) },
		)
	},
}

// assistedConsultationHold: the call with Carol is one of its own, which the server stands in as well.
var assistedConsultationHold = Flow{
	Name: consultationHold.Name, Title: consultationHold.Title, Section: consultationHold.Section, Columns: consultationHold.Columns,
	Assisted: true, sound: holdMusic,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 180
		F4  server alice  180
		F5  bob    server 200
		F6  server bob    ACK
		F7  server alice  200
		F8  alice  server ACK
		F9  bob    server INVITE
		F10 server bob    200
		F11 bob    server ACK
		F12 bob    server INVITE
		F13 server carol  INVITE
		F14 carol  server 180
		F15 server bob    180
		F16 carol  server 200
		F17 server carol  ACK
		F18 server bob    200
		F19 bob    server ACK
		F20 bob    server BYE
		F21 server bob    200
		F22 server carol  BYE
		F23 carol  server 200
		F24 bob    server INVITE
		F25 server bob    200
		F26 bob    server ACK
		F27 alice  server BYE
		F28 server alice  200
		F29 server bob    BYE
		F30 bob    server 200`,
	calls: "1 4 7-8 27-28; 2-3 5-6 9-11 24-26 29-30; 12 15 18-21; 13-14 16-17 22-23",
	rules: []rule{
		direction("sendrecv", 1, 2, 5, 7), direction("sendonly", 9), direction("recvonly", 10),
		direction("sendrecv", 12, 13, 16, 18, 24, 25), rising(2, 10, 25), rising(5, 9, 24), empty(6, 8, 11, 17, 19, 26),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(8) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.act("bob", "hold", "alice", nil) },
			func() error { return s.until(11) },
			func() error { return s.hear("alice: music") },
			func() error {
				return s.act("bob", "consult", "alice", func(r *order.Request) { r.Target = s.uri("carol") })
			},
			func() error { return s.until(19) },
			func() error { return s.hear("alice: music", "bob: carol", "carol: bob") },
			func() error { return s.hangUp("bob", "carol") },
			func() error { return s.until(23) },
			func() error { return s.act("bob", "resume", "alice", nil) },
			func() error { return s.until(26) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.hangUp("alice", "bob") },
			func() error { return s.until(30) },
		)
	},
}

// assistedMusicOnHold: Bob presses the code for it, and takes Alice back by the same.
var assistedMusicOnHold = Flow{
	Name: musicOnHold.Name, Title: musicOnHold.Title, Section: musicOnHold.Section, Columns: []string{"alice", through, "bob"},
	Assisted: true, sound: holdMusic,
	Arrows: `
		F1  alice  server INVITE
		F2  server bob    INVITE
		F3  bob    server 180
		F4  server alice  180
		F5  bob    server 200
		F6  server bob    ACK
		F7  server alice  200
		F8  alice  server ACK`,
	calls: "1 4 7-8; 2-3 5-6",
	rules: []rule{direction("sendrecv", 1, 2, 5, 7), empty(6, 8)},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(8) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.press("bob", code("hold")) },
			func() error { return s.hear("alice: music") },
			func() error { return s.press("bob", code("hold")) },
			func() error { return s.hear("alice: bob", "bob: alice") },
		)
	},
}
