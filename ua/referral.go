package ua

import (
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/event/refer"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/transaction"
)

// ReferralLimit is how long a referral may take: then its subscription ends, whatever came of it.
const ReferralLimit = RingLimit + time.Minute

// reportAgain is how long a final report that was not taken waits for its next try.
const reportAgain = time.Second

// MaxReferrals is how many REFERs of one dialog are followed at a time; more get 486.
const MaxReferrals = 4

// Referral is a REFER that came in (RFC 3515). Whoever handles it accepts or refuses it, and then
// tells what comes of it until that is final.
type Referral struct {
	Address    string // Request-URI: by which of its addresses the agent was asked
	Target     string // the URI of Refer-To, with what it carries
	Method     sip.Method
	Replaces   sip.DialogID // of the target; zero: none
	ReferredBy string       // what an INVITE that follows it says of it (RFC 3892)
	From       Party
	Call       *Call // within whose dialog it came, or that it named (RFC 4538); nil: none

	agent     *Agent
	server    *transaction.Server
	notifying *notifying
	silent    bool // no subscription
	unwanted  bool // as Refer-Sub asked (RFC 4488), and is told
}

// notifying is the subscription that a REFER made, on our side.
type notifying struct {
	heard task.Queue[int] // the codes that NOTIFYs got
	usage *usage
	event string
	ended bool
	timer *timer
}

// Agent is whom it was sent to.
func (r *Referral) Agent() *Agent { return r.agent }

// referred takes a REFER.
func (a *Agent) referred(p machine.Packet, server *transaction.Server, c *Call) {
	m := p.Message
	r, problem := a.referral(p, c)
	tag := ""
	if m.ToTag() == "" {
		tag = a.token()
	}
	if problem != nil {
		a.respond(server, sip.Answer{Code: problem.Code, Reason: problem.Reason, ToTag: tag})
		return
	}
	r.server = server
	a.handlers.Refer(r)
}

func (a *Agent) referral(p machine.Packet, c *Call) (*Referral, *sip.StatusError) {
	m := p.Message
	count := 0
	for range m.Values(sip.HeaderReferTo) {
		count++
	}
	to, err := sip.ParseAddress(m.Header(sip.HeaderReferTo))
	if count != 1 || err != nil {
		return nil, &sip.StatusError{Code: 400, Reason: "One readable Refer-To is needed"} // RFC 3515 §2.4.2
	}
	if c == nil {
		c = a.targetDialog(m)
		if !a.mayRefer(p, c) {
			return nil, &sip.StatusError{Code: 403}
		}
	} else if !a.alongside(c.dialog, p) && !a.authorized(p) {
		return nil, &sip.StatusError{Code: 403}
	}
	if u := a.dialogs[dialog.Of(m)]; u != nil && u.referrals >= MaxReferrals {
		return nil, &sip.StatusError{Code: 486, Reason: "Too many referrals"}
	}
	if !to.URI.IsSIP() {
		return nil, &sip.StatusError{Code: 416}
	}
	r := &Referral{agent: a, Call: c, From: a.party(m, a.trusted(p)), Target: strings.Clone(to.Text), Method: to.URI.Method()}
	r.Address = strings.Clone(m.RequestURI())
	id, there, err := to.URI.Replaces()
	if there && err != nil {
		return nil, &sip.StatusError{Code: 400, Reason: "Malformed Replaces"}
	}
	r.Replaces = id
	r.ReferredBy = strings.Clone(m.Header(sip.HeaderReferredBy))
	if r.ReferredBy == "" {
		r.ReferredBy = "<" + r.From.URI + ">"
	}
	wanted, err := sip.ParseReferSub(m.Header(sip.HeaderReferSub))
	r.unwanted = err == nil && !wanted
	r.silent = r.unwanted || m.HasToken(sip.HeaderRequire, "nosub") // RFC 7614 §4
	return r, nil
}

// mayRefer tells whether who sends a REFER outside of any dialog may have us call somebody. Where nobody
// else decides that, it is whose phone this is, from another device or a page, or with whom the call is that
// it names: being a user of the domain is not enough to make other people's phones call.
func (a *Agent) mayRefer(p machine.Packet, named *Call) bool {
	if !a.authorized(p) {
		return false
	}
	who := a.party(p.Message, true).URI
	return a.handlers.Authorize != nil || who == a.settings.AOR || named != nil && named.isWith(who)
}

// isWith tells whether somebody is at the other end: as whom we called, or who our server says has answered.
func (c *Call) isWith(who string) bool {
	return who == c.Remote.URI || c.Answerer.Asserted && who == c.Answerer.URI
}

// targetDialog is the call that a REFER outside of its dialog names (RFC 4538 §4), nil for none. That is no
// right to anything: who sent the REFER has shown that otherwise.
func (a *Agent) targetDialog(m *sip.Message) *Call {
	id, err := sip.ParseTargetDialog(m.Header(sip.HeaderTargetDialog))
	if err != nil {
		return nil
	}
	// The sender's local tag is our remote one.
	if u := a.dialogs[dialog.ID{CallID: id.CallID, LocalTag: id.RemoteTag, RemoteTag: id.LocalTag}]; u != nil {
		return u.call
	}
	return nil
}

// Accept answers 200 (RFC 7647 §3) and tells 100 Trying.
func (r *Referral) Accept() {
	a := r.agent
	answer, fields := sip.Answer{Code: 200}, []field{{sip.HeaderContact, a.contact("")}}
	if r.unwanted {
		fields = append(fields, field{sip.HeaderReferSub, "false"})
	}
	m := r.server.Request
	u := a.dialogs[dialog.Of(m)]
	if u == nil && !r.silent {
		u = a.answerDialog(m)
		if u == nil {
			a.respond(r.server, sip.Answer{Code: 400, Reason: "Contact or Record-Route", ToTag: a.token()})
			return
		}
	}
	if m.ToTag() == "" {
		answer.ToTag = a.token()
		if u != nil {
			answer.ToTag = u.dialog.LocalTag
		}
	}
	event := refer.EventOf(m.CSeq())
	a.respond(r.server, answer, fields...)
	r.server = nil
	if r.Call != nil {
		r.Call.referral = r
	}
	if r.silent {
		return
	}
	r.notifying = &notifying{usage: u, event: string(event.Append(nil))}
	u.referrals++
	r.notifying.timer = a.after(ReferralLimit, func() { r.notify(refer.Status(408), "timeout") })
	r.Tell(refer.Trying)
}

// Latest tells whether no other REFER about the same call was accepted since.
func (r *Referral) Latest() bool { return r.Call != nil && r.Call.referral == r }

// Heard waits until the referrer has answered the last report, and no longer than such an answer can
// take. Without a subscription there is nothing to wait for.
func (r *Referral) Heard(t *task.Task) {
	if n := r.notifying; n != nil && !n.ended {
		t.First(&n.heard, t.After(transaction.TimerB))
		n.heard.Take()
	}
}

// Refuse answers with a code of 300 to 699.
func (r *Referral) Refuse(code int) {
	answer := sip.Answer{Code: code}
	if r.server.Request.ToTag() == "" {
		answer.ToTag = r.agent.token()
	}
	r.agent.respond(r.server, answer)
}

// Tell reports what came of the referral; a final fragment ends it. A fragment with identifiers is
// cut to its status line unless our server vouches for the referrer.
func (r *Referral) Tell(f refer.Fragment) { r.notify(f, "noresource") }

func (r *Referral) notify(f refer.Fragment, reason string) {
	n := r.notifying
	if n == nil || n.ended {
		return
	}
	if !r.From.Asserted {
		f = refer.Fragment{Code: f.Code, Reason: f.Reason}
	}
	state := sip.SubscriptionState{State: "active", Expires: uint32(ReferralLimit / time.Second), HasExpires: true}
	if f.Final() {
		state = sip.SubscriptionState{State: "terminated", Reason: reason}
		n.end(r.agent)
	}
	r.send(f, state, 1)
}

// send sends a report. The final one, which may have been overtaken by another request (500, RFC 3261 §12.2.2), is
// sent again.
func (r *Referral) send(f refer.Fragment, state sip.SubscriptionState, try int) {
	n, a := r.notifying, r.agent
	x := &exchange{agent: a, dialog: n.usage.dialog, method: sip.NOTIFY}
	x.fields = []field{
		{sip.HeaderContact, a.contact("")},
		{sip.HeaderEvent, n.event},
		{sip.HeaderSubscriptionState, string(state.Append(nil))},
	}
	x.contentType, x.body = refer.ContentType, string(f.Append(nil))
	x.done = func(answer Response) {
		n.heard.Put(answer.Code)
		switch {
		case ends(answer.Code):
			n.end(a)
		case !answer.OK() && f.Final() && try < MaxTries:
			a.after(reportAgain, func() { r.send(f, state, try+1) })
		}
	}
	x.start()
}

// ends tells whether a failed NOTIFY ends its subscription (RFC 5057 §5.1, RFC 6665 §4.2.2); what is
// wrong with one NOTIFY alone does not.
func ends(code int) bool { return fatal(code) || code == 405 || code == 489 || code == 501 }

func (n *notifying) end(a *Agent) {
	if n.ended {
		return
	}
	n.ended = true
	a.stop(n.timer)
	n.usage.referrals--
	a.leave(n.usage)
}
