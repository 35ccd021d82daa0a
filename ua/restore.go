package ua

import (
	"errors"
	"time"

	"hookflash/dialog"
	"hookflash/sdp"
	"hookflash/sip"
)

// What becomes of calls that stood in the process before.
const (
	// probeAfter is when the first of them is asked whether it still stands, and probeEach how much later each further one.
	probeAfter = 200 * time.Millisecond
	probeEach  = 10 * time.Millisecond
	// A far side that can't be reached is asked again: its connection went with the process before (RFC 5626 §4.5).
	probeAgain = 10 * time.Second
	probeTries = 6
)

// Errors of Restore.
var (
	ErrSaved  = errors.New("ua: not what was saved of a call")
	ErrDialog = errors.New("ua: the dialog is there already")
)

// Restore makes an established call of what Save gave in the process before, within a step: its dialog goes on, its stream is
// open again on the port it had and is sent as it was agreed, with a new SSRC. Soon after, the far side is asked for a refresh,
// by UPDATE or re-INVITE: a call that it does not know any more ends (Event Ended with its code), and so does one
// whose far side can't be reached for a minute. Where somebody else has the port, a re-INVITE names another one.
//
// Who hears it is up to the caller: it is in a room of its own. With SRTP the far side is not heard once it has sent 65536
// packets, until it is given new keys: how often their numbers went round is not kept (RFC 3711 §3.3.1). Errors: ErrSaved,
// ErrDialog, ErrTooManyCalls.
func (a *Agent) Restore(s Saved) (*Call, error) {
	n, err := sdp.Restore(s.Session)
	d := s.Dialog
	switch {
	case err != nil, d.CallID == "", d.LocalTag == "", d.RemoteTag == "", d.State != dialog.Confirmed, len(d.Route) > dialog.MaxRoutes, d.Target == "":
		return nil, ErrSaved
	case a.dialogs[d.ID] != nil:
		return nil, ErrDialog
	case a.calls.count >= MaxCalls:
		return nil, ErrTooManyCalls
	}
	c := a.newCall()
	c.State, c.Incoming, c.met = Talking, s.Incoming, true
	c.Remote, c.Shown, c.Answerer, c.Told, c.Privacy, c.MaxForwards = s.Remote, s.Shown, s.Answerer, s.Told, s.Privacy, s.MaxForwards
	c.Target, c.Began, c.Answered = s.Target, s.Began, s.Answered
	c.Held, c.HeldByThem, c.Focus, c.Source, c.Background = s.Held, s.HeldByThem, s.Focus, s.Source, s.Background
	c.muted, c.direct, c.Address, c.ReferredBy = s.Muted, s.Direct, s.Address, s.ReferredBy
	c.supported, c.allowed, c.theirs, c.source = s.Supported, s.Allowed, s.Theirs, s.Signalled
	c.negotiation, c.crypto = n, s.Crypto
	c.timer, c.refreshed, c.minSE = s.Timer, s.Refreshed, s.MinSE
	c.dialog = &d
	a.enter(&d, c)
	c.reopen(s.Port)
	a.restored++
	c.due = a.after(probeAfter+time.Duration(a.restored%1000)*probeEach, func() { c.probe(1) })
	return c, nil
}

// reopen opens the stream on the port it had.
func (c *Call) reopen(port uint16) {
	agreed, stands := c.negotiation.Agreed()
	if port == 0 || !stands || agreed.Rejected || !c.agent.Ports.Claim(port) {
		c.moved = port != 0
		return
	}
	c.openOn(port)
	c.set(agreed)
}

// probe asks the far side whether a call that was restored stands, which refreshes its session, and has it know of another
// port.
func (c *Call) probe(try int) {
	m := &modification{method: sip.INVITE, patient: true}
	if c.allows(sip.UPDATE) && !c.moved {
		m.method, m.bare = sip.UPDATE, true
	}
	if c.timer.Refresher != dialog.Nobody {
		end := c.timer.End(c.refreshed).Sub(c.agent.now)
		c.agent.stop(c.due)
		c.due = c.agent.after(max(probeAgain*probeTries, end), c.expired)
	}
	m.done = func(r Response) {
		switch {
		case r.OK():
			c.moved = false
			c.watched(Event{Kind: Found})
		case c.State != Talking:
		case lost(r.Code), try >= probeTries:
			c.gone(r.Code)
		default:
			c.agent.after(probeAgain, func() {
				if c.State == Talking {
					c.probe(try + 1)
				}
			})
		}
	}
	c.modify(m)
}

// lost tells a response by which a call that was restored is over at once: others may tell that its far side has yet to
// connect again.
func lost(code int) bool {
	switch code {
	case 404, 408, 410, 481, 604:
		return true
	}
	return false
}

// stray acknowledges the 2xx to a re-INVITE that the process before had sent: else its sender would hang up. What it answers
// is settled by the next offer.
func (a *Agent) stray(m *sip.Message) {
	if a.restored == 0 || m.Method() != sip.INVITE || m.StatusCode() < 200 || m.StatusCode() >= 300 {
		return
	}
	if u := a.dialogs[dialog.OfResponse(m)]; u != nil && u.call != nil && u.call.State == Talking && m.CSeq() <= u.dialog.Sequence {
		a.acknowledge(u.dialog, acknowledgement{sequence: m.CSeq()})
	}
}
