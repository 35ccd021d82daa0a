package ua

import (
	"time"

	"hookflash/dialog"
	"hookflash/event/refer"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/transaction"
)

// maxReports is how many reports of a referral may be unread.
const maxReports = 32

// Reference is a REFER to be sent.
type Reference struct {
	Target   string       // a URI
	Replaces sip.DialogID // that the call to it carries, as its callee knows it; zero: none
	// RequireReplaces has the call fail where Replaces is not known.
	RequireReplaces bool
	// Silent asks for no subscription (RFC 4488).
	Silent bool
	// From is who asks, where that is somebody else than the agent (of Agent.Refer only); zero: the agent.
	From Party
	// ReferredBy is the value of Referred-By; "": From, or the agent.
	ReferredBy string
}

// Referring is a REFER that was accepted.
type Referring struct {
	// Reports are the fragments as they come; a final one is the last.
	Reports *task.Queue[refer.Fragment]

	agent  *Agent
	dialog *dialog.Dialog
	sent   *exchange
	until  time.Time // nothing is waited for any longer
	over   bool
}

// Refer asks the far side to call somebody else (RFC 3515), and waits for its answer.
func (c *Call) Refer(t *task.Task, wish Reference) (*Referring, error) {
	if c.State != Talking {
		return nil, ErrOver
	}
	r, response := c.agent.refer(t, c.dialog, wish)
	return r.answered(response)
}

func (a *Agent) refer(t *task.Task, d *dialog.Dialog, wish Reference) (*Referring, Response) {
	x := &exchange{agent: a, dialog: d, method: sip.REFER}
	target := "<" + wish.Target + ">"
	if wish.Replaces.CallID != "" {
		target = wish.Target + "?Replaces=" + sip.EscapeHeader(string(wish.Replaces.AppendReplaces(nil)))
		if wish.RequireReplaces {
			target += "&Require=replaces"
		}
		target = "<" + target + ">"
	}
	x.fields = []field{{sip.HeaderReferTo, target}, {sip.HeaderReferredBy, a.referrer(wish)}, {sip.HeaderContact, a.contact("")}}
	if wish.From.Asserted {
		x.fields = append(x.fields, field{sip.HeaderPAssertedIdentity, wish.From.Address()}) // RFC 3325 §9.1
	}
	x.fields = append(x.fields, a.abilities()...)
	if wish.Silent {
		x.fields = append(x.fields, field{sip.HeaderReferSub, "false"})
	}
	r := &Referring{
		agent: a, dialog: d, Reports: task.NewQueue[refer.Fragment](maxReports), sent: x, until: a.now.Add(ReferralLimit + transaction.TimerB),
	}
	a.referring = append(a.referring, r) // a NOTIFY may come before the 200
	response := await(t, func(done func(Response)) {
		x.done = done
		x.start()
	})
	return r, response
}

// referrer is the value of Referred-By (RFC 3892).
func (a *Agent) referrer(wish Reference) string {
	switch {
	case wish.ReferredBy != "":
		return wish.ReferredBy
	case wish.From.URI != "":
		return "<" + wish.From.URI + ">"
	}
	return "<" + a.settings.AOR + ">"
}

// Next waits for the next report; ok is false when there will be none.
func (r *Referring) Next(t *task.Task) (report refer.Fragment, ok bool) {
	if report, ok := r.Reports.Take(); ok {
		return report, true
	}
	if r.over || t.First(r.Reports, t.After(max(0, r.until.Sub(t.Now())))) != 0 {
		return refer.Fragment{}, false
	}
	return r.Reports.Take()
}

// Close ends our interest in the referral.
func (r *Referring) Close() {
	r.over = true
	for i, other := range r.agent.referring {
		if other == r {
			r.agent.referring = append(r.agent.referring[:i], r.agent.referring[i+1:]...)
			return
		}
	}
}

// reported takes a NOTIFY of the refer package; false when it is about no REFER of ours.
func (a *Agent) reported(p machine.Packet, server *transaction.Server) bool {
	m := p.Message
	event, err := sip.ParseEvent(m.Header(sip.HeaderEvent))
	if err != nil {
		return false
	}
	r := a.referringFor(m, event)
	if r == nil {
		return false
	}
	if !a.alongside(r.dialog, p) {
		a.respond(server, sip.Answer{Code: 403})
		return true
	}
	r.belong(m)
	a.respond(server, sip.Answer{Code: 200})
	fragment, err := refer.Parse(m.Body())
	if err == nil {
		r.Reports.Put(fragment)
	}
	state, _ := sip.ParseSubscriptionState(m.Header(sip.HeaderSubscriptionState))
	if state.State != "terminated" {
		return true
	}
	if err != nil || !fragment.Final() {
		r.Reports.Put(refer.Status(408))
	}
	r.Close()
	return true
}

// referringFor finds the REFER that a NOTIFY is about. Where one alone is open in the dialog, the NOTIFY need not
// name it (RFC 3515 §2.4.6).
func (a *Agent) referringFor(m *sip.Message, event sip.Event) *Referring {
	var open []*Referring
	for _, r := range a.referring {
		if r.dialog.CallID == m.CallID() && r.dialog.LocalTag == m.ToTag() && (r.dialog.RemoteTag == "" || r.dialog.RemoteTag == m.FromTag()) {
			open = append(open, r)
		}
	}
	for _, r := range open {
		if refer.Matches(event, r.sent.sequence, len(open) == 1) {
			return r
		}
	}
	return nil
}

// alongside tells whether a request within a dialog came the way that ours in it go, so that it is no
// stranger who learned the dialog's identifiers.
func (a *Agent) alongside(d *dialog.Dialog, p machine.Packet) bool {
	return a.trusted(p) || p.Flow.SamePeer(a.flowOf(d.NextHop()))
}
