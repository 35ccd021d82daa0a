package flow

import (
	"hookflash/event/dialoginfo"
	"hookflash/service/order"
)

// automaticRedial is RFC 5359 §2.17: Bob is busy, and Alice's phone calls him again when he has no call any more. The
// versions of the documents rise, and F16 goes to Bob, with his tag.
var automaticRedial = Flow{
	Name: "automatic-redial", Title: "Automatic Redial", Section: "2.17", Columns: []string{"alice", through, "bob"},
	Arrows: `
		F1  alice bob   INVITE
		F2  bob   alice 486
		F3  alice bob   ACK
		F4  alice bob   SUBSCRIBE
		F5  bob   alice 200
		F6  bob   alice NOTIFY
		F7  alice bob   200
		F8  bob   alice NOTIFY
		F9  alice bob   200
		F10 alice bob   INVITE
		F11 bob   alice 180
		F12 bob   alice 200
		F13 alice bob   ACK
		F14 bob   alice NOTIFY
		F15 alice bob   200
		F16 alice bob   SUBSCRIBE
		F17 bob   alice 200
		F18 bob   alice NOTIFY
		F19 alice bob   200`,
	makes: "3", calls: "1-3; 4-9 14-19; 10-13",
	manners: map[string]manner{"bob": {busy: true}},
	rules: []rule{
		direction("sendrecv", 1, 10, 12), toPhone(4), asks(false, 4), grants(4, 5), asks(true, 16), grants(16, 17),
		within(5, 6, 7, 8, 9, 14, 15, 16, 17, 18, 19), versions(6, 8, 14, 18),
		tells(dialoginfo.Confirmed, "active", 6), tells(dialoginfo.Terminated, "active", 8),
		tells(dialoginfo.Confirmed, "active", 14), tells(dialoginfo.Confirmed, "terminated", 18), empty(2, 3, 13),
	},
	play: func(s *stage) error {
		var redialled func() error
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(3) },
			func() error { return s.hear() },
			func() error {
				redialled = s.begin("alice", "redial-when-free", "", func(r *order.Request) { r.Target = s.contact("bob") })
				return s.until(7)
			},
			func() error { return s.leave("bob") },
			func() error { return s.until(13) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.until(19) },
			func() error { return redialled() },
		)
	},
}
