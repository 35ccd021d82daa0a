package flow

import "errors"

// clickAgent is the column of who acts for Bob's page, an agent in the server: "Bob's PC".
const clickAgent = "click"

// clickToDial is RFC 5359 §2.18: on a page Bob asks for Carol, and his phone calls her. The REFER goes to that phone alone.
var clickToDial = Flow{
	Name: "click-to-dial", Title: "Click to Dial", Section: "2.18",
	Columns: []string{clickAgent, through, "bob", "carol"}, agent: clickAgent,
	Arrows: `
		F1 click bob   REFER
		F2 bob   click 200
		F3 bob   carol INVITE
		F4 carol bob   180
		F5 carol bob   200
		F6 bob   carol ACK`,
	calls: "1-2; 3-6",
	rules: []rule{
		referTo("carol", 1), silent(1, 2), supports("norefersub", 1), vouched("bob", 1), referredBy("bob", 3),
		direction("sendrecv", 3, 5), empty(1, 2, 6),
	},
	play: func(s *stage) error {
		return s.steps(
			func() error { return errors.New("not yet") },
			func() error { return s.until(6) },
			func() error { return s.hear("bob: carol", "carol: bob") },
		)
	},
}
