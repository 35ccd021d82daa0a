package ua

import "hookflash/sip"

// HangUpFor is HangUp that tells the far side of an answered call why: by a code, such as that of the answer of somebody
// whom it was to be connected with (RFC 3326, RFC 3725 §6).
func (c *Call) HangUpFor(code int) {
	if c.State != Talking || c.ok != nil && c.ok.first {
		c.HangUp()
		return
	}
	reason := sip.Cause{Protocol: "SIP", Code: code, Text: sip.Reason(code)}
	c.hangUp(Event{}, field{sip.HeaderReason, string(reason.Append(nil))})
}
