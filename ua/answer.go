package ua

import (
	"errors"
	"time"

	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/transaction"
)

// Errors of answering a call.
var (
	ErrNotRinging = errors.New("ua: the call does not wait for an answer")
	ErrOffer      = errors.New("ua: no offer can be made or answered now")
)

// confirming is a 2xx of ours that waits for its ACK (RFC 3261 §13.3.1.4).
type confirming struct {
	data     []byte
	flow     machine.Flow
	sequence uint32
	first    bool // of the call
	offered  bool // it carried our offer: the ACK has the answer
	passed   bool // which was somebody else's description
	hangUp   bool // as soon as the ACK is there
	interval time.Duration
	giveUp   time.Time
	timer    *timer
}

func (o *confirming) stop(a *Agent) {
	if o != nil {
		a.stop(o.timer)
	}
}

// Answer accepts a call that came in. While the session description of a provisional response waits
// for its PRACK, so does the answer (RFC 3262 §3).
func (c *Call) Answer() error {
	if c.server == nil || c.State == Over {
		return ErrNotRinging
	}
	if c.reliable != nil && c.reliable.described {
		c.answering = true
		return nil
	}
	a := c.agent
	timer, value, problem := dialog.AnswerTimer(c.request, c.sessionWish(), dialog.MinInterval)
	if problem != nil {
		c.Reject(sip.Answer{Code: problem.Code})
		return problem
	}
	if err := c.openMedia(); err != nil {
		c.Reject(sip.Answer{Code: 500, Reason: "No media port"})
		return err
	}
	body, offered, err := c.describe()
	if err != nil {
		problem := refusal(err)
		c.Reject(sip.Answer{Code: problem.Code, Reason: problem.Reason})
		return err
	}
	fields := append([]field{{sip.HeaderContact, c.contact()}}, a.abilities()...)
	fields = append(fields, timerFields(c.request, value)...)
	server := c.server
	c.server, c.request, c.progress, c.described = nil, nil, queued{}, ""
	c.reliable.stop(a)
	c.reliable = nil
	c.dialog.State = dialog.Confirmed
	c.State, c.Answered = Talking, a.now
	c.confirm(server, body, offered, fields)
	c.ok.first = true
	c.startTimer(timer)
	c.attendEstablished()
	c.tell(Event{Kind: Established, Code: 200, Reason: "OK"})
	return nil
}

// describe is the body of a 2xx to the first INVITE: our answer, or the offer where the INVITE had none.
func (c *Call) describe() (body string, offered bool, err error) {
	if agreed, ok := c.negotiation.Agreed(); ok { // by a provisional response
		c.set(agreed)
		return c.described, false, nil
	}
	if c.offerless {
		return c.negotiation.Offer(c.wish()), true, nil
	}
	offer, _ := descriptionOf(c.request)
	answer, agreed, err := c.negotiation.Answer(offer, c.local())
	if err != nil {
		return "", false, err
	}
	c.agree(agreed, offer)
	return answer, false, nil
}

// confirm sends a 2xx to an INVITE, again and again until its ACK comes.
func (c *Call) confirm(server *transaction.Server, body string, offered bool, fields []field) {
	a := c.agent
	flow, sequence := server.Flow, server.Request.CSeq()
	a.respondDescribed(server, sip.Answer{Code: 200, ToTag: c.dialog.LocalTag}, body, fields...)
	sent := a.out.Sends[len(a.out.Sends)-1]
	c.ok.stop(a)
	c.ok = &confirming{
		data: sent.Data, flow: flow, sequence: sequence, offered: offered,
		interval: transaction.T1, giveUp: a.now.Add(transaction.TimerB),
	}
	c.ok.timer = a.after(c.ok.interval, c.confirmAgain)
}

func (c *Call) confirmAgain() {
	a := c.agent
	if !a.now.Before(c.ok.giveUp) {
		c.ok = nil
		c.fail(408, "ACK is missing")
		return
	}
	a.transmit(c.ok.flow, c.ok.data)
	c.ok.interval = min(2*c.ok.interval, transaction.T2)
	c.ok.timer = a.after(min(c.ok.interval, c.ok.giveUp.Sub(a.now)), c.confirmAgain)
}

// local is what the agent can do on an audio line, without a port.
func (a *Agent) local() sdp.Local {
	return sdp.Local{
		Address: a.settings.MediaAddress, Codecs: a.settings.Codecs, Events: a.settings.Events,
		PacketTime: 20 * time.Millisecond, Mux: true, Secure: a.settings.Secure,
	}
}

// local is what the call takes of an offer.
func (c *Call) local() sdp.Local {
	l := c.agent.local()
	l.Port, l.Crypto = c.port, c.crypto
	if c.Held {
		l.Direction = sdp.SendOnly
	}
	return l
}

// wish is what the call offers: of a stream that the far side holds, holding leaves nothing (RFC
// 3264 §8.4).
func (c *Call) wish() sdp.Local {
	l := c.local()
	switch {
	case c.Held && c.HeldByThem:
		l.Direction = sdp.Inactive
	case c.Source:
		l.Direction = sdp.SendOnly
	}
	return l
}
