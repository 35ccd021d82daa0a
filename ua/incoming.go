package ua

import (
	"errors"
	"strings"

	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/transaction"
)

// invited takes an INVITE that makes a call.
func (a *Agent) invited(p machine.Packet, server *transaction.Server) {
	c, problem := a.admit(p)
	if problem != nil {
		a.respond(server, sip.Answer{Code: problem.Code, Reason: problem.Reason, ToTag: a.token()}, problemFields(problem)...)
		return
	}
	c.server = server
	server.Context = c
	a.enter(c.dialog, c)
	a.table.Defer(a.now, server)
	c.tell(Event{Kind: Incoming, Text: c.Target})
	switch {
	case c.replaces != nil:
		a.handlers.Replace(c, c.replaces)
	case c.joins != nil:
		a.handlers.Join(c, c.joins)
	case a.handlers.Invite != nil:
		a.handlers.Invite(c)
	default:
		c.Reject(sip.Answer{Code: 480})
	}
}

// admit makes the call of an INVITE, or says how it is refused.
func (a *Agent) admit(p machine.Packet) (*Call, *sip.StatusError) {
	m := p.Message
	if len(a.calls) >= MaxCalls {
		return nil, &sip.StatusError{Code: 486}
	}
	if a.merged(m) {
		return nil, &sip.StatusError{Code: 482}
	}
	replaced, there, problem := dialog.Replaces(m, a.finder(p))
	if problem != nil {
		return nil, problem
	}
	joined, joins, problem := dialog.Join(m, false, a.finder(p))
	if problem != nil {
		return nil, problem
	}
	_, _, problem = dialog.AnswerTimer(m, 0, dialog.MinInterval)
	if problem != nil {
		return nil, problem
	}
	d, err := dialog.Answer(m, a.token())
	if err != nil || d.Target == "" {
		return nil, &sip.StatusError{Code: 400, Reason: "Contact or Record-Route", Err: err}
	}
	c := a.newCall()
	c.Incoming, c.dialog, c.request, c.Target = true, d, m, m.RequestURI()
	if problem := c.examine(m); problem != nil {
		a.drop(c)
		return nil, problem
	}
	c.Remote = a.party(m, a.trusted(p))
	c.ReferredBy = strings.Clone(m.Header(sip.HeaderReferredBy))
	c.learn(m)
	if there {
		c.replaces = a.dialogs[replaced].call
	}
	if joins {
		c.joins = a.dialogs[joined].call
	}
	return c, nil
}

// drop takes out a call that never came to be.
func (a *Agent) drop(c *Call) {
	c.State = Over
	a.calls = a.calls[:len(a.calls)-1]
}

// merged tells an INVITE that came to us over another branch already (RFC 3261 §8.2.2.2).
func (a *Agent) merged(m *sip.Message) bool {
	for _, c := range a.calls {
		if r := c.request; r != nil && c.server != nil && r.CallID() == m.CallID() && r.FromTag() == m.FromTag() && r.CSeq() == m.CSeq() {
			return true
		}
	}
	return false
}

// examine checks the offer before anybody is disturbed; no port is taken for that.
func (c *Call) examine(m *sip.Message) *sip.StatusError {
	if m.Body() == "" {
		c.offerless = true
		return nil
	}
	if !isSDP(m) {
		return &sip.StatusError{Code: 415}
	}
	trial := c.negotiation
	local := c.agent.local()
	local.Port = 9
	if _, _, err := trial.Answer(m.Body(), local); err != nil {
		return refusal(err)
	}
	return nil
}

// refusal is the response to an offer that can't be taken.
func refusal(err error) *sip.StatusError {
	if errors.Is(err, sdp.ErrMalformed) || errors.Is(err, sdp.ErrLimit) {
		return &sip.StatusError{Code: 400, Reason: "Malformed session description", Err: err}
	}
	return &sip.StatusError{Code: 488, Err: err}
}

func problemFields(problem *sip.StatusError) []field {
	switch problem.Code {
	case 415:
		return []field{{sip.HeaderAccept, sdpType}}
	case 422:
		return []field{{sip.HeaderMinSE, "90"}}
	}
	return nil
}

// finder looks dialogs up for Replaces and Join.
func (a *Agent) finder(p machine.Packet) dialog.Finder {
	return func(id dialog.ID) (dialog.Standing, bool) {
		may := a.authorized(p)
		standing := dialog.Standing{
			Invite: true, MayReplace: may && a.handlers.Replace != nil, MayJoin: may && a.handlers.Join != nil,
		}
		for _, past := range a.ended {
			if past == id {
				standing.State = dialog.Ended
				return standing, true
			}
		}
		u := a.dialogs[id]
		if u == nil {
			return dialog.Standing{}, false
		}
		if u.call == nil {
			standing.Invite = false
			return standing, true
		}
		standing.State, standing.Initiator = u.dialog.State, !u.call.Incoming
		return standing, true
	}
}

// Ring tells the caller that somebody is called to the phone.
func (c *Call) Ring() { c.Progress(sip.Answer{Code: 180}) }

// Progress sends a provisional response of 101 to 199, reliably where that is required or wished
// for (RFC 3262 §3).
func (c *Call) Progress(answer sip.Answer, more ...Field) {
	if c.server == nil || c.State == Over {
		return
	}
	c.State = Alerting
	answer.ToTag = c.dialog.LocalTag
	fields := append([]field{{sip.HeaderContact, c.contact()}}, c.agent.abilities()...)
	for _, f := range more {
		fields = append(fields, field{f.Name, f.Value})
	}
	if c.mustBeReliable() {
		c.sendReliably(answer, fields)
		return
	}
	c.agent.respond(c.server, answer, fields...)
}

// Reject refuses the call with a response of 300 to 699.
func (c *Call) Reject(answer sip.Answer, more ...Field) {
	if c.server == nil || c.State == Over {
		return
	}
	var fields []field
	for _, f := range more {
		fields = append(fields, field{f.Name, f.Value})
	}
	c.refuse(answer, fields...)
	c.over(Event{Code: answer.Code, Reason: phrase(answer)})
}

func phrase(answer sip.Answer) string {
	if answer.Reason != "" {
		return answer.Reason
	}
	return sip.Reason(answer.Code)
}

func (c *Call) refuse(answer sip.Answer, fields ...field) {
	answer.ToTag = c.dialog.LocalTag
	server := c.server
	c.server = nil
	c.agent.respond(server, answer, fields...)
}

// Redirect sends the caller elsewhere (RFC 3261 §21.3): code is 300 to 399, 302 or 305 mostly.
func (c *Call) Redirect(code int, targets ...string) {
	var fields []Field
	for _, target := range targets {
		fields = append(fields, Field{sip.HeaderContact, "<" + target + ">"})
	}
	c.Reject(sip.Answer{Code: code}, fields...)
}
