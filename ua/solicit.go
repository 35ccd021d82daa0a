package ua

import (
	"strings"
	"time"

	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/task"
)

// SolicitLimit is how long an offer that was asked for waits for its answer: then it is answered by a description of
// ours. Whoever made it gives the ACK up at 32 s (RFC 3261 §13.3.1.4).
const SolicitLimit = 20 * time.Second

// Solicited is an offer that the far side was asked for (RFC 7088 §2.1, RFC 3725 §4.4). The ACK waits for its answer. A
// further change of ours does not wait as long: then the offer is Dropped.
type Solicited struct {
	Offer string // as it came

	call *Call
	sent *exchange
	over func() // what goes on then
	due  *timer
}

// Solicit has the far side make an offer, by a re-INVITE without one, that somebody else is to answer: Answer or Drop
// tells that. A refusal leaves the call as it was.
func (c *Call) Solicit(t *task.Task) (*Solicited, error) {
	return c.solicit(t, &modification{method: sip.INVITE, bare: true, soliciting: true})
}

// SolicitHold is Solicit that puts the far side on hold: the re-INVITE says so, and Drop leaves it on hold in silence.
func (c *Call) SolicitHold(t *task.Task) (*Solicited, error) {
	var before bool
	s, err := c.solicit(t, &modification{
		method: sip.INVITE, bare: true, soliciting: true,
		prepare: func() { before, c.Held = c.Held, true },
		undo:    func() { c.Held = before },
	})
	if err != nil {
		return nil, err
	}
	if !before {
		c.unattend()
		c.leaveMeeting()
		c.tell(Event{Kind: HeldByUs})
	}
	return s, nil
}

func (c *Call) solicit(t *task.Task, m *modification) (*Solicited, error) {
	if err := c.change(t, m); err != nil {
		return nil, err
	}
	if m.solicited != nil {
		return m.solicited, nil
	}
	return nil, ErrOffer // a reliable provisional response made the offer, and was answered by us
}

// Solicited is the offer that waits for its answer, nil for none: that of an Invitation with Solicit, too.
func (c *Call) Solicited() *Solicited { return c.solicited }

// Waits tells whether the offer still waits for its answer.
func (s *Solicited) Waits() bool { return s.call.solicited == s }

// solicits keeps the offer of a 2xx until somebody answers it; false when there is none.
func (c *Call) solicits(x *exchange, m *sip.Message, over func()) bool {
	description, _ := descriptionOf(m)
	if description == "" {
		return false
	}
	s := &Solicited{Offer: strings.Clone(description), call: c, sent: x, over: over}
	s.due = c.agent.after(SolicitLimit, s.Drop)
	c.solicited = s
	return true
}

// Answer sends the answer that somebody else made. An error, after which the offer still waits: ErrOver, or that it is no
// answer to that offer.
func (s *Solicited) Answer(description string) error {
	c := s.call
	if c.solicited != s {
		return ErrOver
	}
	if err := fits(s.Offer, description); err != nil {
		return err
	}
	answer, err := c.negotiation.Pass(description, c.agent.settings.MediaAddress)
	if err != nil {
		return err
	}
	c.passing(s.Offer)
	s.finish(answer)
	return nil
}

// fits tells whether a description may answer an offer (RFC 3264 §6).
func fits(offer, answer string) error {
	one, err := sdp.Parse(offer)
	if err != nil {
		return err
	}
	other, err := sdp.Parse(answer)
	if err != nil {
		return err
	}
	if len(one.Media) != len(other.Media) {
		return sdp.ErrUnmatched
	}
	return nil
}

// Drop answers the offer by a description of ours, as the call stands. One that can't be taken ends the call.
func (s *Solicited) Drop() {
	c := s.call
	if c.solicited != s {
		return
	}
	if c.openMedia() == nil {
		if answer, agreed, err := c.negotiation.Answer(s.Offer, c.local()); err == nil {
			c.agree(agreed, s.Offer)
			s.finish(answer)
			return
		}
	}
	s.abandon()
	c.fail(488, "Not Acceptable Here") // RFC 3261 §13.2.2.4
}

// abandon turns everything down that was offered, as the call ends.
func (s *Solicited) abandon() {
	if s == nil || s.call.solicited != s {
		return
	}
	none := s.call.local()
	none.Port = 0
	answer, _, _ := s.call.negotiation.Answer(s.Offer, none)
	s.over = nil
	s.finish(answer)
}

func (s *Solicited) finish(answer string) {
	c := s.call
	c.agent.stop(s.due)
	c.solicited = nil
	c.sendAck(s.sent, answer)
	if s.over != nil {
		s.over()
	}
}
