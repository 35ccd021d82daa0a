package flow

import (
	"hookflash/config"
	"hookflash/directory"
	"hookflash/sip"
)

// findMe is RFC 5359 §2.12: Bob is looked for at four places in turn. At the first nobody answers, at the
// second nobody is logged in, the third is busy, and at the fourth he is.
var findMe = Flow{
	Name: "find-me", Title: "Find-Me", Section: "2.12", Columns: []string{"alice", through, "b1", "b2", "b3", "b4"},
	Arrows: `
		F1  alice  server INVITE
		F2  server b1     INVITE
		F3  server alice  100
		F4  b1     server 180
		F5  server alice  180
		F6  server b1     CANCEL
		F7  b1     server 200
		F8  b1     server 487
		F9  server b1     ACK
		F10 server b2     INVITE
		F11 b2     server 480
		F12 server b2     ACK
		F13 server b3     INVITE
		F14 b3     server 486
		F15 server b3     ACK
		F16 server b4     INVITE
		F17 b4     server 180
		F18 server alice  180
		F19 b4     server 200
		F20 server alice  200
		F21 alice  server ACK
		F22 server b4     ACK
		F23 b4     server BYE
		F24 server alice  BYE
		F25 alice  server 200
		F26 server b4     200`,
	Wants: "calls of bob ring at the accounts b1, for two seconds, b2, b3 and b4, one after the other",
	makes: "6 9 12 15", calls: "1-26",
	manners: map[string]manner{
		"b1": {never: true}, "b2": {refuses: sip.Answer{Code: 480, Reason: "Not Logged In"}}, "b3": {busy: true},
	},
	rules: []rule{
		anotherDialog(5, 18, 20), direction("sendrecv", 1, 2, 10, 13, 16, 19, 20), empty(6, 9, 12, 15, 21, 22),
	},
	routing: func(_ *stage, c *config.Config) error {
		user(c, "bob", func(r *directory.Routing) {
			for _, place := range []string{"b1", "b2", "b3"} {
				r.FindMe.Steps = append(r.FindMe.Steps, directory.Step{Targets: []directory.Target{to(place)}, For: rings})
			}
			r.FindMe.Steps = append(r.FindMe.Steps, directory.Step{Targets: []directory.Target{to("b4")}})
		})
		return nil
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.call("alice", "bob") },
			func() error { return s.until(22) },
			func() error { return s.hear("alice: b4", "b4: alice") },
			func() error { return s.hangUp("b4", "alice") },
			func() error { return s.until(26) },
			func() error { return s.hear() },
		)
	},
}
