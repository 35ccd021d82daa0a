package sim

import (
	"strings"

	"hookflash/sip"
)

// Ask sends one request within the call's dialog, the first early one while none is
// established, with further header fields. Without a dialog, or after its
// end, nothing is sent.
func (c *Call) Ask(method sip.Method, fields ...string) *Answer {
	answer := &Answer{}
	c.phone.do(func() {
		dialog := c.dialog
		if dialog == nil && len(c.dialogs) > 0 {
			dialog = c.dialogs[0]
		}
		if dialog == nil || dialog.state == over {
			return
		}
		r := dialog.request(method, func(m *sip.Message, code int) {
			if code >= 200 {
				answer.Code, answer.Response = code, m
			}
		})
		r.fields = fields
		c.phone.start(r)
	})
	return answer
}

// progressReliably sends a 183 and repeats it until its PRACK comes (RFC 3262 §3).
func (c *Call) progressReliably() {
	p, s := c.phone, c.server
	c.earlier = c.callee(s)
	c.earlier.state = early
	s.respond(183, []string{"Require: 100rel", "RSeq: 1"}, "")
	text := s.last
	stop := p.repeat(timerT1, 0, func() { p.send(s.back(), text, 0) })
	limit := p.after(timeout, func() { c.reject(500) })
	c.proceed = func() {
		stop()
		p.stop(limit)
		c.proceed = nil
	}
}

// leaveEarly ends the dialog of a reliable response when the call fails.
func (c *Call) leaveEarly() {
	if c.proceed != nil {
		c.proceed()
	}
	if c.earlier != nil {
		c.earlier.end()
	}
}

// receivePRACK lets an incoming call go on (RFC 3262 §3).
func (c *Call) receivePRACK(s *serverTransaction) {
	if c.proceed == nil || !strings.HasPrefix(s.packet.Message.Header(sip.HeaderRAck), "1 ") {
		s.respond(481, nil, "")
		return
	}
	s.respond(200, nil, "")
	c.proceed()
	c.follow()
}

// acknowledgeProgress sends the PRACK of a reliable response, once (RFC 3262 §4).
func (c *Call) acknowledgeProgress(m *sip.Message) {
	number := m.Header(sip.HeaderRSeq)
	dialog := c.dialogWith(m.ToTag())
	if dialog == nil || number == "" || dialog.reliable == number || !m.HasToken(sip.HeaderRequire, "100rel") {
		return
	}
	dialog.reliable = number
	r := dialog.request(sip.PRACK, func(*sip.Message, int) {})
	r.fields = []string{"RAck: " + number + " " + m.Header(sip.HeaderCSeq)}
	c.phone.start(r)
}
