package ua

import (
	"hookflash/sip"
	"hookflash/transaction"
)

// HangUp ends the call in the way its state asks for: BYE, CANCEL, or 480 (486 is for who is
// busy).
func (c *Call) HangUp() {
	switch {
	case c.State == Over:
	case c.server != nil:
		c.Reject(sip.Answer{Code: 480})
	case c.outgoing != nil:
		c.Cancel()
	case c.ok != nil:
		// RFC 3261 §15: who was called sends no BYE before the ACK is there.
		c.ok.hangUp = true
	default:
		c.hangUp()
	}
}

// hangUp sends a BYE. The call is over at once: what the BYE brings changes nothing (RFC 3261
// §15.1.1).
func (c *Call) hangUp(fields ...field) {
	x := &exchange{agent: c.agent, dialog: c.dialog, method: sip.BYE, fields: fields}
	c.over(Event{})
	x.start()
}

// hungUp takes a BYE (RFC 3261 §15.1.2).
func (c *Call) hungUp(m *sip.Message, server *transaction.Server) {
	a := c.agent
	a.respond(server, sip.Answer{Code: 200})
	if c.server != nil { // an early dialog: the caller gave up (RFC 3261 §15)
		c.refuse(sip.Answer{Code: 487})
	}
	code := 0
	cause, err := sip.ParseReason(m.TopValue(sip.HeaderReason))
	if err == nil {
		code = cause.Code
	}
	c.over(Event{Code: code, Reason: reasonOf(m)})
}

// gone ends a call whose far side does not know it any more (RFC 3261 §12.2.1.2, RFC 5057 §5).
func (c *Call) gone(code int) {
	if c.State == Over {
		return
	}
	d := c.dialog
	c.over(Event{Code: code, Reason: sip.Reason(code)})
	if code != 481 {
		x := &exchange{agent: c.agent, dialog: d, method: sip.BYE}
		x.start()
	}
}

// fatal tells whether a failure of a request ends the INVITE's use of a dialog (RFC 5057 §5.1).
func fatal(code int) bool {
	return code == 404 || code == 408 || code == 410 || code == 416 || code == 480 || code == 481 ||
		code == 482 || code == 483 || code == 484 || code == 485 || code == 502 || code == 604
}
