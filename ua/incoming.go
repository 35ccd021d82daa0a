package ua

import (
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/transaction"
)

// AnswerLimit is how long a call that came in may wait for its answer: then it is refused with 480.
// An Expires of the INVITE may make that shorter (487, RFC 3261 §13.3.1).
const AnswerLimit = 5 * time.Minute

// stillRinging is how often the caller is told again, so that no proxy gives up (RFC 3261 §13.3.1.1).
const stillRinging = time.Minute

// maxInvites is how many INVITEs are remembered to tell merged ones.
const maxInvites = MaxCalls

// inviteKey is what two INVITEs have in common that are one which was forked on its way to us.
type inviteKey struct {
	callID, tag string
	sequence    uint32
}

// invited takes an INVITE that makes a call.
func (a *Agent) invited(p machine.Packet, server *transaction.Server) {
	m := p.Message
	key := inviteKey{m.CallID(), m.FromTag(), m.CSeq()}
	if a.invites[key] {
		a.respond(server, sip.Answer{Code: 482}) // RFC 3261 §8.2.2.2
		return
	}
	a.remember(key)
	c, old, problem := a.admit(p)
	if problem != nil {
		a.respond(server, sip.Answer{Code: problem.Code, Reason: problem.Reason}, a.problemFields(problem)...)
		return
	}
	c.server = server
	server.Context, server.Unproven = c, false
	a.enter(c.dialog, c)
	a.table.Defer(a.now, server)
	c.due = a.after(min(stillRinging, c.patience()), c.waited)
	c.tell(Event{Kind: Incoming, Text: c.Target})
	switch {
	case old.replaced != nil && old.far:
		a.handlers.ReplaceFar(c, old.replaced)
	case old.replaced != nil:
		a.handlers.Replace(c, old.replaced)
	case old.joined != nil && old.far:
		a.handlers.JoinFar(c, old.joined)
	case old.joined != nil:
		a.handlers.Join(c, old.joined)
	case a.handlers.Invite != nil:
		a.handlers.Invite(c)
	default:
		c.Reject(sip.Answer{Code: 480})
	}
}

// remember keeps an INVITE in mind for as long as another copy of it may be on its way.
func (a *Agent) remember(key inviteKey) {
	if len(a.invites) >= maxInvites {
		return
	}
	key.callID, key.tag = strings.Clone(key.callID), strings.Clone(key.tag)
	a.invites[key] = true
	a.after(transaction.TimerB, func() { delete(a.invites, key) })
}

// patience is how long the call may go on waiting for its answer.
func (c *Call) patience() time.Duration {
	limit := AnswerLimit
	if seconds, ok := c.request.Number(sip.HeaderExpires); ok {
		limit = min(limit, time.Duration(seconds)*time.Second)
	}
	return c.Began.Add(limit).Sub(c.agent.now)
}

// waited tells the caller once more that the call waits, or that it was in vain.
func (c *Call) waited() {
	left := c.patience()
	switch {
	case left <= 0 && c.request.Has(sip.HeaderExpires) && c.Began.Add(AnswerLimit).After(c.agent.now):
		c.Reject(sip.Answer{Code: 487})
		return
	case left <= 0:
		c.Reject(sip.Answer{Code: 480})
		return
	}
	c.due = c.agent.after(min(stillRinging, left), c.waited)
	if c.progress.answer.Code != 0 {
		c.sendProgress(c.progress)
	}
}

// earlier is the call that another one is about.
type earlier struct {
	replaced, joined *Call
	far              bool // it is named as its far end
}

// admit makes the call of an INVITE, or says how it is refused.
func (a *Agent) admit(p machine.Packet) (*Call, earlier, *sip.StatusError) {
	m := p.Message
	var old earlier
	if a.calls.count >= MaxCalls {
		return nil, old, &sip.StatusError{Code: 486}
	}
	if uri, err := sip.ParseURI(m.RequestURI()); err != nil || !uri.IsSIP() {
		return nil, old, &sip.StatusError{Code: 416, Err: err}
	}
	replaced, there, problem := dialog.Replaces(m, a.finder(p))
	if problem != nil {
		return nil, old, problem
	}
	if there {
		old.replaced, old.far = a.namedBy(replaced)
	}
	joined, there, problem := dialog.Join(m, false, a.finder(p))
	if problem != nil {
		return nil, old, problem
	}
	if there {
		old.joined, old.far = a.namedBy(joined)
	}
	if _, _, problem = dialog.AnswerTimer(m, 0, dialog.MinInterval); problem != nil {
		return nil, old, problem
	}
	d, err := dialog.Answer(m, a.token())
	if err != nil || d.Target == "" {
		return nil, old, &sip.StatusError{Code: 400, Reason: "Contact, From or Record-Route", Err: err}
	}
	c := a.newCall()
	c.Incoming, c.dialog, c.request, c.sequence = true, d, m, m.CSeq()
	c.Target, c.direct = strings.Clone(m.RequestURI()), !a.trusted(p)
	if problem := c.examine(m); problem != nil {
		c.State = Over
		a.calls.remove(c)
		return nil, old, problem
	}
	c.Remote, c.Shown = a.party(m, a.trusted(p)), a.party(m, false)
	c.MaxForwards = dialog.MaxForwards
	if hops, ok := m.Number(sip.HeaderMaxForwards); ok {
		c.MaxForwards = int(min(hops, dialog.MaxForwards))
	}
	c.Privacy = strings.Clone(m.Header(sip.HeaderPrivacy))
	c.ReferredBy = strings.Clone(m.Header(sip.HeaderReferredBy))
	c.minSE = dialog.MinSE(m)
	c.learn(m)
	c.signalled(m)
	return c, old, nil
}

// examine checks the offer before anybody is disturbed; no port is taken for that.
func (c *Call) examine(m *sip.Message) *sip.StatusError {
	description, problem := descriptionOf(m)
	if problem != nil {
		return problem
	}
	if c.offerless = description == ""; c.offerless {
		return nil
	}
	trial := c.negotiation
	local := c.local()
	local.Port = 9
	if c.agent.settings.Secure != sdp.None {
		local.Crypto = c.agent.keys()
	}
	if _, _, err := trial.Answer(description, local); err != nil {
		return refusal(err)
	}
	return nil
}

// succeeded tells whether another call is taking this one's place.
func (c *Call) succeeded() bool { return c.Successor != nil && c.Successor.State != Over }

// Ring tells the caller that somebody is called to the phone.
func (c *Call) Ring() { c.Progress(sip.Answer{Code: 180}) }

// Progress sends a provisional response of 101 to 199, reliably where that is required or wished
// for (RFC 3262 §3). While nobody answers, the last one is repeated every minute.
func (c *Call) Progress(answer sip.Answer, more ...Field) {
	_ = c.proceed(queued{answer: answer}, more)
}

// Early is Progress with a session description: from now on the caller hears the call's room. It
// is the answer to the caller's offer, or, where that made none, an offer of ours, which only a
// reliable response can carry (RFC 3262 §5).
func (c *Call) Early(answer sip.Answer, more ...Field) error {
	if c.server == nil || c.State == Over {
		return ErrNotRinging
	}
	if c.offerless && !c.mustBeReliable() && !c.request.HasToken(sip.HeaderSupported, "100rel") {
		return ErrOffer
	}
	if err := c.openMedia(); err != nil {
		return err
	}
	description, err := c.describeEarly()
	if err != nil {
		return err
	}
	return c.proceed(queued{answer: answer, description: description}, more)
}

func (c *Call) describeEarly() (string, error) {
	if _, ok := c.negotiation.Agreed(); ok {
		return c.described, nil // unreliable responses say it again
	}
	if c.negotiation.Pending() {
		return "", ErrOffer
	}
	if c.offerless {
		return c.negotiation.Offer(c.wish()), nil
	}
	offer, _ := descriptionOf(c.request)
	answer, agreed, err := c.negotiation.Answer(offer, c.local())
	if err != nil {
		return "", err
	}
	c.set(agreed)
	if !c.mustBeReliable() {
		c.described = answer
	}
	return answer, nil
}

func (c *Call) proceed(p queued, more []Field) error {
	if c.server == nil || c.State == Over || p.answer.Code <= 100 || p.answer.Code > 199 {
		return ErrNotRinging
	}
	c.State = Alerting
	p.answer.ToTag = c.dialog.LocalTag
	p.fields = append([]field{{sip.HeaderContact, c.contact()}}, c.agent.abilities()...)
	for _, f := range more {
		p.fields = append(p.fields, field{f.Name, f.Value})
	}
	c.sendProgress(p)
	c.progress = p
	if c.described == "" {
		c.progress.description = "" // a reliable one says it once
	}
	return nil
}

func (c *Call) sendProgress(p queued) {
	if c.mustBeReliable() || c.offerless && p.description != "" {
		c.sendReliably(p)
		return
	}
	c.agent.respondDescribed(c.server, p.answer, p.description, p.fields...)
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

// Redirect sends the caller elsewhere (RFC 3261 §21.3): code is 300 to 399, 302 or 305 mostly. A proxy that follows it may
// send the same INVITE here again, which is no merged one then.
func (c *Call) Redirect(code int, targets ...string) {
	if c.request != nil {
		delete(c.agent.invites, inviteKey{c.request.CallID(), c.request.FromTag(), c.sequence})
	}
	var fields []Field
	for _, target := range targets {
		fields = append(fields, Field{sip.HeaderContact, "<" + target + ">"})
	}
	c.Reject(sip.Answer{Code: code}, fields...)
}
