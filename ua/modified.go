package ua

import (
	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/transaction"
)

// modified takes a re-INVITE or UPDATE within a dialog of the call.
func (c *Call) modified(d *dialog.Dialog, p machine.Packet, server *transaction.Server) {
	a, m := c.agent, p.Message
	c.signalled(m)
	n := c.negotiationOf(d)
	description, problem := descriptionOf(m)
	if code := c.busyWith(n, m, description); code != 0 {
		var fields []field
		if code == 500 {
			fields = []field{{sip.HeaderRetryAfter, decimal(uint32(a.table.Uint64() % 10))}}
		}
		a.respond(server, sip.Answer{Code: code}, fields...)
		return
	}
	timer, value, brief := dialog.AnswerTimer(m, c.sessionWish(), dialog.MinInterval)
	if problem == nil {
		problem = brief
	}
	if problem != nil {
		a.respond(server, sip.Answer{Code: problem.Code, Reason: problem.Reason}, a.problemFields(problem)...)
		return
	}
	if c.ok != nil {
		c.confirmed() // its sender has our 2xx; the ACK was lost or comes late (RFC 5407 §3.1.4)
		defer c.advance()
	}
	c.minSE = max(c.minSE, dialog.MinSE(m))
	fields := append([]field{{sip.HeaderContact, c.contact()}}, a.abilities()...)
	change := &relaying{dialog: d, server: server, timer: timer, fields: append(fields, timerFields(m, value)...), offer: description, who: a.party(m, a.trusted(p))}
	if c.relays(change) {
		return
	}
	body, offered, err := c.reanswer(n, m, description)
	if err != nil {
		problem := refusal(err)
		a.respond(server, sip.Answer{Code: problem.Code, Reason: problem.Reason}, a.problemFields(problem)...)
		return
	}
	c.accepts(change, body, offered)
}

// busyWith is the response to a change that can't be looked at now, 0 for one that can: RFC 3261
// §14.2, RFC 3311 §5.2.
func (c *Call) busyWith(n *sdp.Negotiation, m *sip.Message, description string) int {
	invite := m.Method() == sip.INVITE
	_, stands := n.Agreed()
	switch {
	case invite && c.outgoing != nil, (invite || description != "") && c.modifying.describes(), description != "" && n.Pending():
		return 491 // one of ours is under way
	case c.ok != nil && (c.ok.offered || c.ok.hangUp):
		return 491 // its ACK has an answer for us, or is our leave to hang up
	case c.solicited != nil && (invite || description != ""):
		return 491 // our ACK is to answer theirs
	case (invite || description != "") && c.relaying != nil, invite && c.server != nil, description != "" && !stands:
		return 500 // one of theirs is
	}
	return 0
}

// reanswer is the body of the 2xx to a change that the far side asked for.
func (c *Call) reanswer(n *sdp.Negotiation, m *sip.Message, description string) (body string, offered bool, err error) {
	switch {
	case description == "" && m.Method() == sip.UPDATE:
		return "", false, nil
	case description == "":
		return n.Offer(c.wish()), true, nil
	}
	body, agreed, err := n.Answer(description, c.local())
	if err == nil {
		c.agree(agreed, description)
	}
	return body, false, err
}
