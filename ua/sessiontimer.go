package ua

import (
	"time"

	"hookflash/dialog"
	"hookflash/sip"
)

// sessionWish is the interval we wish for; 0: none.
func (c *Call) sessionWish() time.Duration { return max(0, c.agent.settings.SessionInterval) }

// wishTimer asks for a session timer (RFC 4028 §7.1, §7.4).
func (c *Call) wishTimer() []field {
	if c.sessionWish() == 0 {
		return nil
	}
	expires := sip.SessionExpires{Seconds: seconds(max(c.sessionWish(), dialog.MinInterval, c.minSE))}
	switch c.timer.Refresher {
	case dialog.Ours:
		expires.Refresher = "uac"
	case dialog.Theirs:
		expires.Refresher = "uas"
	case dialog.Nobody:
	}
	fields := []field{{sip.HeaderSessionExpires, string(expires.Append(nil))}}
	if c.minSE > 0 {
		fields = append(fields, field{sip.HeaderMinSE, decimal(seconds(c.minSE))})
	}
	return fields
}

func seconds(d time.Duration) uint32 { return uint32(d / time.Second) }

// timerFields are what a 2xx says about the session timer (RFC 4028 §9).
func timerFields(request *sip.Message, value string) []field {
	if value == "" {
		return nil
	}
	fields := []field{{sip.HeaderSessionExpires, value}}
	if request.HasToken(sip.HeaderSupported, "timer") {
		fields = append(fields, field{sip.HeaderRequire, "timer"})
	}
	return fields
}

// longer takes the Min-SE of a 422 (RFC 4028 §7.3); false when it says nothing new.
func (c *Call) longer(m *sip.Message) bool {
	least := dialog.MinSE(m)
	if c.sessionWish() == 0 || least <= max(c.minSE, c.sessionWish()) {
		return false
	}
	c.minSE = least
	return true
}

// startTimer takes the timer that was agreed for the session that was refreshed just now.
func (c *Call) startTimer(timer dialog.SessionTimer) {
	a := c.agent
	c.timer, c.refreshed = timer, a.now
	c.touch()
	a.stop(c.due)
	c.due = nil
	if at := timer.Deadline(a.now); !at.IsZero() {
		c.due = a.after(at.Sub(a.now), c.sessionDue)
	}
}

// sessionDue refreshes the session, or ends it when the far side did not. An UPDATE does without a
// description of what has not changed (RFC 4028 §7.4).
func (c *Call) sessionDue() {
	if c.timer.Refresher == dialog.Theirs {
		c.expired()
		return
	}
	refresh := &modification{method: sip.INVITE}
	if c.allows(sip.UPDATE) {
		refresh.method, refresh.bare = sip.UPDATE, true
	} else if c.relay != nil {
		refresh.offer = c.negotiation.Sent() // nothing has changed
	}
	c.due = c.agent.after(max(time.Second, c.timer.End(c.refreshed).Sub(c.agent.now)), c.expired)
	refresh.done = func(Response) {} // a success set the next one, without it the session runs out
	c.modify(refresh)
}

func (c *Call) expired() { c.fail(408, "Session timer expired") }
