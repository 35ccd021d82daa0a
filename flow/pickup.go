package flow

import (
	"hookflash/config"
	"hookflash/directory"
	"hookflash/event/dialoginfo"
	"hookflash/service/order"
)

// callPickup is RFC 5359 §2.16: Bill takes the call that rings at Bob, of the same pickup group, whose phone tells him of it.
// F7 has the tag that Bob's phone has, and F12 the branch of its INVITE. Where the server is between, it answers the
// CANCEL and acknowledges the 487 by itself.
var callPickup = Flow{
	Name: "call-pickup", Title: "Call Pickup", Section: "2.16", Columns: []string{"alice", through, "bob", "bill"},
	needs: order.Lacks{Replaces: true},
	Arrows: `
		F1  alice bob   INVITE
		F2  bob   alice 180
		F3  bill  bob   SUBSCRIBE
		F4  bob   bill  200
		F5  bob   bill  NOTIFY
		F6  bill  bob   200
		F7  bill  alice INVITE
		F8  alice bill  200
		F9  alice bob   CANCEL
		F10 bob   alice 200
		F11 bob   alice 487
		F12 alice bob   ACK
		F13 bill  alice ACK
		F14 alice bill  BYE
		F15 bill  alice 200`,
	Wants: "bill is in a pickup group with bob: he may see what rings at bob and take it",
	apart: "9-10 | 9 11-12 | 13", makes: "9 10 12", calls: "1-2 9-12; 3-6; 7-8 13-15",
	manners: map[string]manner{"bob": {never: true, mates: []string{"bill"}}},
	rules: []rule{
		direction("sendrecv", 1, 7, 8), toPhone(3), asks(true, 3), grants(3, 4), within(4, 5, 6), versions(5),
		tells(dialoginfo.Early, "terminated", 5), identifies(2, dialoginfo.Recipient, 5),
		names(inReplaces, 2, true, 7), earlyOnly(7), requires("replaces", 7), empty(9, 10, 11, 12, 13),
	},
	routing: func(_ *stage, c *config.Config) error {
		c.Groups = append(c.Groups, directory.Group{Name: "office", Members: []string{"bob", "bill"}, Pickup: true})
		return nil
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(2) },
			func() error { return s.hear() },
			func() error {
				return s.act("bill", "pickup", "", func(r *order.Request) { r.Target = s.contact("bob") })
			},
			func() error { return s.until(13) },
			func() error { return s.hear("alice: bill", "bill: alice") },
			func() error { return s.hangUp("alice", "bill") },
			func() error { return s.until(15) },
			func() error { return s.hear() },
		)
	},
}
