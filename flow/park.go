package flow

import (
	"slices"

	"hookflash/event/dialoginfo"
	"hookflash/service/order"
)

const (
	parkServer = "park" // the column of the park server, an agent in the server
	slot       = "701"  // where the call is parked
)

// callPark is RFC 5359 §2.15: Bob parks Alice, and Carol takes her. The SUBSCRIBE goes to the park server, not to Bob as
// in the RFC's F16, and F20 where the document leads.
var callPark = Flow{
	Name: "call-park", Title: "Call Park", Section: "2.15",
	needs:   order.Lacks{Replaces: true, Refer: true},
	Columns: []string{"alice", through, "bob", parkServer, "carol"}, agent: parkServer,
	Arrows: `
		F1  alice bob   INVITE
		F2  bob   alice 180
		F3  bob   alice 200
		F4  alice bob   ACK
		F5  bob   park  REFER
		F6  park  bob   200
		F7  park  bob   NOTIFY
		F8  bob   park  200
		F9  park  alice INVITE
		F10 alice park  200
		F11 park  alice ACK
		F12 alice bob   BYE
		F13 bob   alice 200
		F14 park  bob   NOTIFY
		F15 bob   park  200
		F16 carol park  SUBSCRIBE
		F17 park  carol 200
		F18 park  carol NOTIFY
		F19 carol park  200
		F20 carol alice INVITE
		F21 alice carol 200
		F22 carol alice ACK
		F23 alice park  BYE
		F24 park  alice 200`,
	Wants: "sip:park@DOMAIN;orbit=" + slot + " parks whom it is referred to, by an INVITE with Replaces, and tells carol the dialog",
	apart: "12-13 | 14-15", calls: "1-4 12-13; 5-8 14-15; 9-11 23-24; 16-19; 20-22",
	rules: slices.Concat([]rule{
		direction("sendrecv", 1, 3, 20, 21),
		referTo("alice", 5), referredBy("bob", 5, 9), vouched(parkServer, 9),
		names(inReferTo, 3, true, 5), names(inReplaces, 3, true, 9), requires("replaces", 9, 20), names(inReplaces, 10, false, 20),
		reports(100, "active", 7), reports(200, "terminated", 14), tellsDialog(10, 14),
		asks(true, 16), grants(16, 17), within(17, 18, 19), versions(18),
		tells(dialoginfo.Confirmed, "terminated", 18), identifies(10, dialoginfo.Initiator, 18), empty(4, 11, 22),
	}, automatic(9)),
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(4) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.act("bob", "park", "alice", func(r *order.Request) { r.Target = slot }) },
			func() error { return s.until(15) },
			func() error { return s.hear("alice: park") },
			func() error { return s.act("carol", "unpark", "", func(r *order.Request) { r.Target = slot }) },
			func() error { return s.until(24) },
			func() error { return s.hear("alice: carol", "carol: alice") },
		)
	},
}
