package ua

import (
	"time"

	"hookflash/dialog"
	"hookflash/sip"
)

// sessionWish is the interval we wish for; 0: none.
func (c *Call) sessionWish() time.Duration { return max(0, c.agent.settings.SessionInterval) }

// wishTimer asks for a session timer (RFC 4028 §7.1).
func (c *Call) wishTimer() []field {
	wish := max(c.sessionWish(), c.minSE)
	if c.sessionWish() == 0 {
		return nil
	}
	expires := sip.SessionExpires{Seconds: uint32(wish / time.Second)}
	switch c.timer.Refresher {
	case dialog.Ours:
		expires.Refresher = "uac"
	case dialog.Theirs:
		expires.Refresher = "uas"
	case dialog.Nobody:
	}
	fields := []field{{sip.HeaderSessionExpires, string(expires.Append(nil))}}
	if c.minSE > 0 {
		fields = append(fields, field{sip.HeaderMinSE, decimal(uint32(c.minSE / time.Second))})
	}
	return fields
}

// timerFields are what a 2xx says about the session timer (RFC 4028 §9).
func timerFields(request *sip.Message, value string) []field {
	if value == "" {
		return nil
	}
	fields := []field{{sip.HeaderSessionExpires, value}}
	expires, err := sip.ParseSessionExpires(value)
	if err == nil && expires.Refresher == "uac" && request.HasToken(sip.HeaderSupported, "timer") {
		fields = append(fields, field{sip.HeaderRequire, "timer"})
	}
	return fields
}

// longer takes the Min-SE of a 422 (RFC 4028 §7.3).
func (c *Call) longer(m *sip.Message) bool {
	least, err := sip.ParseSessionExpires(m.Header(sip.HeaderMinSE))
	if err != nil || c.outgoing == nil {
		return false
	}
	c.minSE = time.Duration(least.Seconds) * time.Second
	kept := c.outgoing.fields[:0]
	for _, f := range c.outgoing.fields {
		if f.header != sip.HeaderSessionExpires && f.header != sip.HeaderMinSE {
			kept = append(kept, f)
		}
	}
	c.outgoing.fields = append(kept, c.wishTimer()...)
	return true
}

// startTimer takes the timer that was agreed for the session that was refreshed just now.
func (c *Call) startTimer(timer dialog.SessionTimer) {
	a := c.agent
	c.timer, c.refreshed = timer, a.now
	a.stop(c.due)
	c.due = nil
	if at := timer.Deadline(a.now); !at.IsZero() {
		c.due = a.after(at.Sub(a.now), c.sessionDue)
	}
}

// sessionDue refreshes the session, or ends it when the far side did not.
func (c *Call) sessionDue() {
	if c.timer.Refresher == dialog.Theirs {
		c.hangUp(field{sip.HeaderReason, `SIP;cause=408;text="Session timer expired"`})
		return
	}
	c.modify(&modification{done: func(r Response) {
		if !r.OK() && c.State == Talking {
			// RFC 4028 §10: the session ends when it can't be refreshed in time.
			a := c.agent
			left := c.refreshed.Add(c.timer.Interval - min(c.timer.Interval/3, 32*time.Second)).Sub(a.now)
			c.due = a.after(max(left, time.Second), func() {
				c.hangUp(field{sip.HeaderReason, `SIP;cause=408;text="Session timer expired"`})
			})
		}
	}})
}
