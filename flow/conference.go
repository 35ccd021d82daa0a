package flow

import (
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/ua"
)

// thirdPartyAdded is RFC 5359 §2.10: Bob becomes the focus of his call with Alice, adds Carol, and mixes.
var thirdPartyAdded = Flow{
	Name: "conference-third-party-added", Title: "3-Way Conference - Third Party Is Added", Section: "2.10",
	Columns: []string{"alice", through, "bob", "carol"},
	Arrows: `
		F1  alice bob   INVITE
		F2  bob   alice 180
		F3  bob   alice 200
		F4  alice bob   ACK
		F5  bob   alice INVITE
		F6  alice bob   200
		F7  bob   alice ACK
		F8  bob   carol INVITE
		F9  carol bob   180
		F10 carol bob   200
		F11 bob   carol ACK`,
	calls: "1-7; 8-11",
	rules: []rule{
		direction("sendrecv", 1, 3, 5, 6, 8, 10), without("isfocus", 1, 2, 3), feature("isfocus", "", 5, 8), empty(4, 7, 11),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(4) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error {
				return s.act("bob", "conference", "alice", func(r *order.Request) { r.Target = s.uri("carol") })
			},
			func() error { return s.until(11) },
			func() error { return s.hear("alice: bob, carol", "bob: alice, carol", "carol: alice, bob") },
		)
	},
}

// thirdPartyJoins is RFC 5359 §2.11. Carol learned of the dialog by other means than SIP, and is Bob's
// assistant, so that the server lets her.
var thirdPartyJoins = Flow{
	Name: "conference-third-party-joins", Title: "3-Way Conference - Third Party Joins", Section: "2.11",
	needs:      order.Lacks{Join: true},
	Columns:    []string{"alice", through, "bob", "carol"},
	Assistants: map[string][]string{"bob": {"carol"}},
	Arrows: `
		F1  alice bob   INVITE
		F2  bob   alice 180
		F3  bob   alice 200
		F4  alice bob   ACK
		F5  carol bob   INVITE
		F6  bob   carol 180
		F7  bob   alice INVITE
		F8  alice bob   200
		F9  bob   alice ACK
		F10 bob   carol 200
		F11 carol bob   ACK`,
	calls: "1-4 7-9; 5-6 10-11",
	rules: []rule{
		names(inJoin, 3, false, 5), without("isfocus", 3), feature("isfocus", "", 6, 7, 10),
		direction("sendrecv", 1, 3, 5, 7, 8, 10), empty(4, 9, 11),
	},
	play: func(s *stage) error {
		var target string
		var dialog sip.DialogID
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(4) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error {
				return s.with("bob", "alice", func(c *ua.Call) {
					d := c.Dialog()
					target = c.Agent().ContactURI()
					dialog = sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag}
				})
			},
			func() error {
				return s.act("carol", "join", "", func(r *order.Request) { r.Target, r.Dialog = target, dialog })
			},
			func() error { return s.until(11) },
			func() error { return s.hear("alice: bob, carol", "bob: alice, carol", "carol: alice, bob") },
		)
	},
}
