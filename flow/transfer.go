package flow

import (
	"errors"
	"time"

	"hookflash/service/order"
	"hookflash/service/transfer"
	"hookflash/ua"
)

// transferUnattended is RFC 5359 §2.4: Alice, whom Bob called, hands him over to Carol and hangs up at once; she
// still hears what came of it. REFER is answered 200 (RFC 7647).
var transferUnattended = Flow{
	Name: "transfer-unattended", Title: "Transfer - Unattended", Section: "2.4", Columns: []string{"alice", through, "bob", "carol"},
	needs: order.Lacks{Refer: true},
	Arrows: `
		F1  bob   alice INVITE
		F2  alice bob   180
		F3  alice bob   200
		F4  bob   alice ACK
		F5  alice bob   REFER
		F6  bob   alice 200
		F7  bob   alice NOTIFY
		F8  alice bob   200
		F9  alice bob   BYE
		F10 bob   alice 200
		F11 bob   carol INVITE
		F12 carol bob   180
		F13 carol bob   200
		F14 bob   carol ACK
		F15 bob   alice NOTIFY
		F16 alice bob   200`,
	calls: "1-10 15-16; 11-14",
	rules: []rule{
		referTo("carol", 5), referredBy("alice", 5, 11),
		reports(100, "active", 7), reports(200, "terminated", 15),
		direction("sendrecv", 1, 3, 11, 13), empty(4, 14),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("bob", "alice") },
			func() error { return s.until(4) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error {
				return s.act("alice", "transfer", "bob", func(r *order.Request) { r.Target, r.AtOnce = s.uri("carol"), true })
			},
			func() error { return s.until(16) },
			func() error { return s.hear("bob: carol", "carol: bob") },
		)
	},
}

// transferAttended is RFC 5359 §2.5: Bob holds Alice, asks Carol, holds her, and has Alice replace him there.
var transferAttended = Flow{
	Name: "transfer-attended", Title: "Transfer - Attended", Section: "2.5", Columns: []string{"alice", through, "bob", "carol"},
	needs: order.Lacks{Replaces: true, Refer: true},
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
		F11 bob   carol ACK
		F12 bob   carol INVITE
		F13 carol bob   200
		F14 bob   carol ACK
		F15 bob   alice REFER
		F16 alice bob   200
		F17 alice bob   NOTIFY
		F18 bob   alice 200
		F19 alice carol INVITE
		F20 carol alice 200
		F21 alice carol ACK
		F22 carol bob   BYE
		F23 bob   carol 200
		F24 alice bob   NOTIFY
		F25 bob   alice 200
		F26 bob   alice BYE
		F27 alice bob   200`,
	calls: "1-7 15-18 24-27; 8-14 22-23; 19-21",
	rules: []rule{
		direction("sendrecv", 1, 3, 8, 10, 19, 20),
		direction("sendonly", 5, 12), direction("recvonly", 6, 13), feature("+sip.rendering", "no", 5, 12),
		rising(1, 6), rising(3, 5), rising(8, 12), rising(10, 13), empty(4, 7, 11, 14, 21),
		referTo("carol", 15), referredBy("bob", 15, 19),
		names(inReferTo, 10, false, 15), names(inReplaces, 10, false, 19), requires("replaces", 19),
		reports(100, "active", 17), reports(200, "terminated", 24),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(4) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error { return s.act("bob", "hold", "alice", nil) },
			func() error { return s.until(7) },
			func() error { return s.hear() },
			func() error { return s.call("bob", "carol") },
			func() error { return s.until(11) },
			func() error { return s.hear("bob: carol", "carol: bob") },
			func() error { return s.act("bob", "hold", "carol", nil) },
			func() error { return s.until(14) },
			func() error { return s.hear() },
			func() error {
				return s.act("bob", "attended", "alice", func(r *order.Request) { r.Other = s.other(r.Agent, "carol") })
			},
			func() error { return s.until(27) },
			func() error { return s.hear("alice: carol", "carol: alice") },
		)
	},
}

// other is a second call of the same phone, within a step of it.
func (s *stage) other(a *ua.Agent, name string) *ua.Call {
	for _, c := range a.Calls() {
		if c.Remote.URI == s.uri(name) {
			return c
		}
	}
	return nil
}

// transferInstantMessaging is RFC 5359 §2.6, with the tags of its F5 and F7 the right way round.
var transferInstantMessaging = Flow{
	Name: "transfer-instant-messaging", Title: "Transfer - Instant Messaging", Section: "2.6",
	needs:   order.Lacks{Replaces: true},
	Columns: []string{"alice", through, "bob", "carol"},
	Arrows: `
		F1  alice bob   INVITE
		F2  bob   alice 180
		F3  bob   alice 200
		F4  alice bob   ACK
		F5  bob   carol MESSAGE
		F6  carol bob   200
		F7  carol alice INVITE
		F8  alice carol 200
		F9  carol alice ACK
		F10 alice bob   BYE
		F11 bob   alice 200`,
	calls: "1-4 10-11; 5-6; 7-9",
	rules: []rule{
		names(inText, 3, true, 5), names(inReplaces, 3, true, 7), requires("replaces", 7),
		direction("sendrecv", 1, 3, 7, 8), empty(4, 9),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(4) },
			func() error { return s.hear("alice: bob", "bob: alice") },
			func() error {
				return s.act("bob", "message-transfer", "alice", func(r *order.Request) { r.Target = s.uri("carol") })
			},
			func() error { return s.until(6) },
			func() error {
				offer, err := s.people["carol"].letter()
				if err != nil {
					return err
				}
				return s.act("carol", "take-over", "", func(r *order.Request) { r.Target = offer })
			},
			func() error { return s.until(11) },
			func() error { return s.hear("alice: carol", "carol: alice") },
		)
	},
}

var (
	errNoOffer    = errors.New("no message with a URI to follow came")
	errNoReplaces = errors.New("its URI has no Replaces")
)

// letter is the URI that a message offered a call under.
func (p *person) letter() (string, error) {
	select {
	case text := <-p.letters:
		if uri := transfer.Offered(text); uri != "" {
			return uri, nil
		}
	case <-time.After(patience):
	}
	return "", errNoOffer
}
