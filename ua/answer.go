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
	// ErrUnacknowledgedOffer tells that a reliable provisional response waits for its PRACK.
	ErrOffer = errors.New("ua: no offer can be made or answered now")
)

// confirming is a 2xx of ours that waits for its ACK (RFC 3261 §13.3.1.4).
type confirming struct {
	data     []byte
	flow     machine.Flow
	sequence uint32
	offered  bool // it carried our offer: the ACK has the answer
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

// Answer accepts a call that came in.
func (c *Call) Answer() error {
	if c.server == nil || c.State == Over {
		return ErrNotRinging
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
	c.server = nil
	c.reliable.stop(a)
	c.reliable = nil
	c.dialog.State = dialog.Confirmed
	c.State, c.Answered = Talking, a.now
	c.confirm(server, body, offered, fields)
	c.startTimer(timer)
	c.attendEstablished()
	c.tell(Event{Kind: Established, Code: 200, Reason: "OK"})
	return nil
}

// describe is the body of a 2xx to the first INVITE: our answer, or the offer where the INVITE had none.
func (c *Call) describe() (body string, offered bool, err error) {
	if agreed, ok := c.negotiation.Agreed(); ok { // by a reliable provisional response
		c.set(agreed)
		return "", false, nil
	}
	if c.offerless {
		return c.negotiation.Offer(c.local()), true, nil
	}
	answer, agreed, err := c.negotiation.Answer(c.request.Body(), c.local())
	if err != nil {
		return "", false, err
	}
	c.set(agreed)
	return answer, false, nil
}

// confirm sends a 2xx to an INVITE, again and again until its ACK comes.
func (c *Call) confirm(server *transaction.Server, body string, offered bool, fields []field) {
	a := c.agent
	contentType := ""
	if body != "" {
		contentType = sdpType
	}
	flow, sequence := server.Flow, server.Request.CSeq()
	a.respondBody(server, sip.Answer{Code: 200, ToTag: c.dialog.LocalTag}, contentType, body, fields...)
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
		c.hangUp(field{sip.HeaderReason, `SIP;cause=408;text="ACK is missing"`})
		return
	}
	a.transmit(c.ok.flow, c.ok.data)
	c.ok.interval = min(2*c.ok.interval, transaction.T2)
	c.ok.timer = a.after(min(c.ok.interval, c.ok.giveUp.Sub(a.now)), c.confirmAgain)
}

const sdpType = "application/sdp"

func isSDP(m *sip.Message) bool {
	media, err := sip.ParseContentType(m.Header(sip.HeaderContentType))
	return err == nil && media.Is(sdpType)
}

// local is what the agent can do on an audio line, without a port.
func (a *Agent) local() sdp.Local {
	return sdp.Local{
		Address: a.settings.MediaAddress, Codecs: a.settings.Codecs, Events: a.settings.Events,
		PacketTime: 20 * time.Millisecond, Secure: a.settings.Secure,
	}
}

// local is what the call can do now.
func (c *Call) local() sdp.Local {
	l := c.agent.local()
	l.Port, l.Crypto = c.port, c.crypto
	switch {
	case c.Held && c.HeldByThem:
		l.Direction = sdp.Inactive // RFC 3264 §8.4
	case c.Held:
		l.Direction = sdp.SendOnly
	}
	return l
}
