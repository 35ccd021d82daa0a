package flow

import (
	"slices"

	"hookflash/service/order"
)

// musicServer is the column of the music server, an agent in the server.
const musicServer = "music"

// musicOnHold is RFC 5359 §2.3: Bob holds Alice and refers the music server to her, which takes his place; he takes her
// back by an INVITE that takes its place. What the music server told him names that dialog.
var musicOnHold = Flow{
	Name: "music-on-hold", Title: "Music on Hold", Section: "2.3",
	needs:   order.Lacks{Replaces: true, Refer: true},
	Columns: []string{"alice", through, "bob", musicServer}, agent: musicServer,
	Arrows: `
		F1  alice bob   INVITE
		F2  bob   alice 180
		F3  bob   alice 200
		F4  alice bob   ACK
		F5  bob   alice INVITE
		F6  alice bob   200
		F7  bob   alice ACK
		F8  bob   music REFER
		F9  music bob   200
		F10 music bob   NOTIFY
		F11 bob   music 200
		F12 music alice INVITE
		F13 alice music 200
		F14 music alice ACK
		F15 alice bob   BYE
		F16 bob   alice 200
		F17 music bob   NOTIFY
		F18 bob   music 200
		F19 bob   alice INVITE
		F20 alice bob   200
		F21 bob   alice ACK
		F22 alice music BYE
		F23 music alice 200`,
	Wants: "sip:music@DOMAIN plays music to whom it is referred to, by an INVITE with Replaces, and tells the referrer the dialog",
	apart: "15-16 | 17-18", calls: "1-7 15-16; 8-11 17-18; 12-14 22-23; 19-21",
	rules: slices.Concat([]rule{
		direction("sendrecv", 1, 3, 19, 20), direction("sendonly", 5, 12), direction("recvonly", 6, 13),
		feature("+sip.rendering", "no", 5), without("+sip.rendering", 19), rising(1, 6), rising(3, 5),
		referTo("alice", 8), referredBy("bob", 8, 12), vouched(musicServer, 12),
		names(inReferTo, 3, true, 8), names(inReplaces, 3, true, 12), requires("replaces", 12), names(inReplaces, 13, false, 19),
		reports(100, "active", 10), reports(200, "terminated", 17), tellsDialog(13, 17), empty(4, 7, 14, 21),
	}, automatic(12)),
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(4) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.act("bob", "hold", "alice", nil) },
			func() error { return s.until(7) },
			func() error { return s.hear() },
			func() error { return s.act("bob", "music", "alice", nil) },
			func() error { return s.until(18) },
			func() error { return s.hear("alice: music") },
			func() error { return s.act("bob", "resume", "", func(r *order.Request) { r.Target = s.uri("alice") }) },
			func() error { return s.until(23) },
			func() error { return s.hear("alice: bob", "bob: alice") },
		)
	},
}
