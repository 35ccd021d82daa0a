package ua

import (
	"strings"

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
	case c.ok != nil && c.ok.first:
		// RFC 3261 §15: who was called sends no BYE before the ACK is there. Nobody talks any more.
		c.ok.hangUp = true
		c.unattend()
		c.closeMedia()
	default:
		c.hangUp(Event{})
	}
}

// hangUp sends a BYE. The call is over at once: what the BYE brings changes nothing (RFC 3261
// §15.1.1).
func (c *Call) hangUp(e Event, fields ...field) {
	x := &exchange{agent: c.agent, dialog: c.dialog, method: sip.BYE, fields: fields}
	c.over(e)
	x.start()
}

// fail hangs up for a reason that both sides are told (RFC 3326).
func (c *Call) fail(code int, text string) {
	reason := sip.Cause{Protocol: "SIP", Code: code, Text: text}
	c.hangUp(Event{Code: code, Reason: text}, field{sip.HeaderReason, string(reason.Append(nil))})
}

// hungUp takes a BYE within a dialog of the call (RFC 3261 §15.1.2).
func (c *Call) hungUp(m *sip.Message, server *transaction.Server) {
	a := c.agent
	a.respond(server, sip.Answer{Code: 200})
	if c.outgoing != nil {
		// An early dialog of several; the INVITE still waits for its final response.
		if f := c.forkWith(m.FromTag()); f != nil {
			c.dropFork(f)
		}
		return
	}
	if c.server != nil { // the caller gave up an early dialog (RFC 3261 §15)
		c.refuse(sip.Answer{Code: 487})
	}
	c.HungUp = true
	c.over(causeOf(m))
}

// causeOf is the end of a call as the Reason of a request explains it (RFC 3326).
func causeOf(m *sip.Message) Event {
	for value := range m.Values(sip.HeaderReason) {
		cause, err := sip.ParseReason(value)
		if err != nil || !strings.EqualFold(cause.Protocol, "SIP") {
			continue
		}
		e := Event{Code: cause.Code, Reason: strings.Clone(cause.Text)}
		if e.Reason == "" && e.Code != 0 {
			e.Reason = sip.Reason(e.Code)
		}
		return e
	}
	return Event{}
}

// gone ends a call whose far side does not know it any more (RFC 3261 §12.2.1.2, RFC 5057 §5). The BYE is
// for whoever keeps an account of the call on the way.
func (c *Call) gone(code int) {
	if c.State == Over {
		return
	}
	c.hangUp(Event{Code: code, Reason: sip.Reason(code)})
}

// fatal tells whether a failure of a re-INVITE ends the INVITE's use of a dialog (RFC 5057 §5.1), as
// does no answer at all.
func fatal(code int) bool {
	switch code {
	case 404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 501, 502, 604:
		return true
	}
	return false
}
