package flow

// assistedClick: the phone takes no REFER, and so the server calls it, then Carol, and connects them (RFC 3725 §4.4).
var assistedClick = Flow{
	Name: clickToDial.Name, Title: clickToDial.Title, Section: clickToDial.Section,
	Columns: clickToDial.Columns, Assisted: true, agent: clickAgent, page: true,
	Arrows: `
		F1  click bob   REFER
		F2  bob   click 405
		F3  click bob   INVITE
		F4  bob   click 180
		F5  bob   click 200
		F6  click bob   ACK
		F7  click carol INVITE
		F8  carol click 180
		F9  carol click 200
		F10 click bob   INVITE
		F11 bob   click 200
		F12 click bob   ACK
		F13 click carol ACK`,
	apart: "6 12 | 7-9 13", calls: "1-2; 3-6 10-12; 7-9 13",
	rules: []rule{referTo("carol", 1), silent(1), vouched("bob", 1), empty(1, 2, 7, 12), direction("sendrecv", 9, 10, 11, 13)},
	play: func(s *stage) error {
		return s.steps(
			func() error { return s.click("bob", "carol") },
			func() error { return s.until(13) },
			func() error { return s.hear("bob: carol", "carol: bob") },
		)
	},
}
