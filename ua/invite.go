package ua

import (
	"errors"
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/transaction"
)

// RingLimit is how long an outgoing call may ring before it is cancelled.
const RingLimit = 4 * time.Minute

// Errors of placing a call.
var (
	ErrTooManyCalls = errors.New("ua: too many calls")
	ErrNoPort       = errors.New("ua: no RTP port is free")
	ErrTarget       = errors.New("ua: not a sip or sips URI")
)

// Invitation is a call to be placed.
type Invitation struct {
	// Target is a sip or sips URI. Of what it carries as header fields, Replaces alone counts: all
	// others are dropped (RFC 5359 §2.6 as corrected).
	Target     string
	Replaces   sip.DialogID // zero: none
	Join       sip.DialogID // zero: none
	ReferredBy string       // value of Referred-By, "" for none
	Subject    string
	Offerless  bool       // the far side makes the offer (RFC 3725)
	Focus      bool       // Contact says isfocus
	Room       graph.Room // where its stream is heard; 0: a room of its own
	// OnHold offers sendonly from the beginning.
	OnHold bool
	// Require names option tags that the far side must know.
	Require string
	Fields  []Field
}

// Field is one more header field.
type Field struct {
	Name  sip.Header
	Value string
}

// Invite places a call.
func (a *Agent) Invite(i Invitation) (*Call, error) {
	if len(a.calls) >= MaxCalls {
		return nil, ErrTooManyCalls
	}
	target, err := i.normalize()
	if err != nil {
		return nil, err
	}
	c := a.newCall()
	if i.Room != 0 {
		c.Room = i.Room
	}
	c.Target, c.Focus, c.Held, c.offerless = target, i.Focus, i.OnHold, i.Offerless
	c.Remote = Party{URI: withoutParams(target)}
	draft := a.draft(target)
	draft.ID = dialog.ID{CallID: a.token() + "@" + a.settings.Local.Addr().String(), LocalTag: a.token()}
	c.dialog = draft
	c.tell(Event{Kind: Calling})
	if err := c.sendInvite(i); err != nil {
		c.over(Event{Code: 500, Reason: err.Error()})
		return nil, err
	}
	return c, nil
}

// normalize takes a Replaces out of the target's header fields.
func (i *Invitation) normalize() (string, error) {
	uri, err := sip.ParseURI(i.Target)
	if err != nil || !uri.IsSIP() {
		return "", ErrTarget
	}
	if id, there, err := uri.Replaces(); there {
		if err != nil {
			return "", err
		}
		i.Replaces = id
	}
	return sip.RequestURI(i.Target), nil
}

// withoutParams is a URI as people know it: a GRUU without what makes it one.
func withoutParams(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil {
		return text
	}
	uri.Params, uri.Headers = "", ""
	return uri.String()
}

// draft describes first requests to a target.
func (a *Agent) draft(target string) *dialog.Dialog {
	d := &dialog.Dialog{Local: a.from(), Remote: "<" + target + ">", Target: target, Initiator: true}
	d.Route = a.registration.route
	return d
}

func (a *Agent) from() string {
	if a.settings.Display == "" {
		return "<" + a.settings.AOR + ">"
	}
	return sip.Quote(a.settings.Display) + " <" + a.settings.AOR + ">"
}

func (c *Call) sendInvite(i Invitation) error {
	a := c.agent
	x := &exchange{agent: a, dialog: c.dialog, method: sip.INVITE, call: c, progress: c.progress, done: c.invited}
	x.fields = append(x.fields, field{sip.HeaderContact, c.contact()})
	x.fields = append(x.fields, a.abilities()...)
	if i.Replaces.CallID != "" {
		x.fields = append(x.fields, field{sip.HeaderReplaces, string(i.Replaces.AppendReplaces(nil))}, field{sip.HeaderRequire, "replaces"})
	}
	if i.Join.CallID != "" {
		x.fields = append(x.fields, field{sip.HeaderJoin, string(i.Join.AppendReplaces(nil))}, field{sip.HeaderRequire, "join"})
	}
	for _, optional := range []field{
		{sip.HeaderReferredBy, i.ReferredBy}, {sip.HeaderSubject, i.Subject}, {sip.HeaderRequire, i.Require},
	} {
		if optional.value != "" {
			x.fields = append(x.fields, optional)
		}
	}
	for _, f := range i.Fields {
		x.fields = append(x.fields, field{f.Name, f.Value})
	}
	x.fields = append(x.fields, c.wishTimer()...)
	if !i.Offerless {
		if err := c.openMedia(); err != nil {
			return err
		}
		x.contentType, x.body = sdpType, c.negotiation.Offer(c.local())
	}
	c.outgoing = x
	x.start()
	return nil
}

// progress takes a provisional response above 100.
func (c *Call) progress(m *sip.Message) {
	a := c.agent
	if c.cancel {
		c.sendCancel()
		return
	}
	if x := c.outgoing; x.client != nil {
		a.table.Expire(a.now, x.client, RingLimit)
	}
	f := c.forkOf(m)
	if f != nil && !c.reliably(f, m) {
		return // a copy, or out of order
	}
	if f != nil && m.Body() != "" && isSDP(m) {
		c.early(f, m)
	}
	if c.State == Trying && m.StatusCode() != 199 {
		c.State = Alerting
		c.learn(m)
		c.tell(Event{Kind: Ringing, Code: m.StatusCode(), Reason: m.Reason()})
	}
}

// forkOf is the early dialog of a response, nil when it makes none.
func (c *Call) forkOf(m *sip.Message) *fork {
	if m.ToTag() == "" {
		return nil
	}
	for _, f := range c.forks {
		if f.dialog.RemoteTag == m.ToTag() {
			f.dialog.Refresh(m)
			return f
		}
	}
	if len(c.forks) >= MaxForks {
		return nil
	}
	d, err := c.dialog.Fork(m)
	if err != nil {
		return nil
	}
	f := &fork{dialog: d, negotiation: c.negotiation}
	c.forks = append(c.forks, f)
	c.agent.enter(d, c)
	return f
}

// invited takes what became of the INVITE.
func (c *Call) invited(r Response) {
	x := c.outgoing
	switch {
	case r.OK():
		c.accepted(x, r.Message)
	case c.State == Over:
	case r.Code == 422 && r.Message != nil && x.tries < MaxTries && c.longer(r.Message):
		x.start()
	case r.Message == nil && c.cancel:
		c.over(Event{Code: 487})
	default:
		e := Event{Code: r.Code, Reason: sip.Reason(r.Code)}
		if r.Message != nil {
			e.Reason, e.Text = r.Message.Reason(), redirection(r.Message)
		}
		c.over(e)
	}
}

// redirection is the first Contact of a 3xx, "" without one.
func redirection(m *sip.Message) string {
	if m.StatusCode() >= 400 {
		return ""
	}
	return dialog.ContactOf(m)
}

// accepted takes the first 2xx to an INVITE.
func (c *Call) accepted(x *exchange, m *sip.Message) {
	a := c.agent
	c.outgoing = nil
	f := c.forkOf(m)
	if f == nil || f.dialog.Confirm(m) != nil {
		c.over(Event{Code: 500, Reason: "Unusable answer"})
		return
	}
	f.dialog.Sequence = max(f.dialog.Sequence, x.sequence)
	if c.State == Over || c.cancel {
		// RFC 3261 §9.1: it crossed our CANCEL.
		a.hangUpFork(f.dialog, x.sequence)
		c.over(Event{Code: 487})
		return
	}
	for _, other := range c.forks {
		if other != f {
			a.forget(other.dialog, c)
		}
	}
	c.forks, c.dialog, c.negotiation = nil, f.dialog, f.negotiation
	a.enter(c.dialog, c)
	answer, problem := c.conclude(m, f.answered)
	c.sendAck(x.sequence, answer)
	if problem != nil {
		c.hangUp(field{sip.HeaderReason, `SIP;cause=488;text="` + problem.Error() + `"`})
		return
	}
	c.learn(m)
	c.State, c.Answered = Talking, a.now
	c.Remote = c.answeredBy(m)
	c.startTimer(dialog.AcceptTimer(m))
	c.attendEstablished()
	c.tell(Event{Kind: Established, Code: m.StatusCode(), Reason: m.Reason()})
	c.advance()
}

// answeredBy is who answered: the one called, with the name that the 2xx gives.
func (c *Call) answeredBy(m *sip.Message) Party {
	p := c.Remote
	if to, err := sip.ParseAddress(m.To()); err == nil && to.Name() != "" {
		p.Name = strings.Clone(to.Name())
	}
	return p
}

// conclude ends the offer and answer of an outgoing call by its 2xx: it gives the answer that the
// ACK carries when the 2xx made the offer.
func (c *Call) conclude(m *sip.Message, answered bool) (answer string, problem error) {
	if c.offerless {
		if err := c.openMedia(); err != nil {
			return "", err
		}
		answer, agreed, err := c.negotiation.Answer(m.Body(), c.local())
		if err == nil {
			c.set(agreed)
		}
		return answer, err
	}
	if answered {
		if agreed, ok := c.negotiation.Agreed(); ok {
			c.set(agreed)
			return "", nil
		}
	}
	agreed, err := c.negotiation.Accept(m.Body())
	if err == nil {
		c.set(agreed)
	}
	return "", err
}

// sendAck sends the ACK to a 2xx and keeps it for the copies of that.
func (c *Call) sendAck(sequence uint32, answer string) {
	c.ack, c.ackFlow = c.agent.acknowledge(c.dialog, sequence, answer)
}

// answeredAgain takes a further 2xx: a copy, or of another fork, which is hung up (RFC 3261
// §13.2.2.4).
func (a *Agent) answeredAgain(m *sip.Message) {
	if u := a.dialogs[dialog.OfResponse(m)]; u != nil && u.call != nil && u.call.ack != nil {
		a.transmit(u.call.ackFlow, u.call.ack)
		return
	}
	for _, id := range a.ended {
		if id == dialog.OfResponse(m) {
			return // its BYE is on the way, or was answered
		}
	}
	draft := &dialog.Dialog{Local: m.From(), Remote: m.To(), ID: dialog.ID{CallID: m.CallID(), LocalTag: m.FromTag()}}
	if from, err := sip.ParseAddress(m.From()); err == nil {
		draft.Local = from.Display + "<" + from.Text + ">"
	}
	if to, err := sip.ParseAddress(m.To()); err == nil {
		draft.Remote = to.Display + "<" + to.Text + ">"
	}
	if extra, err := draft.Fork(m); err == nil && extra.Target != "" {
		extra.Sequence = m.CSeq()
		a.hangUpFork(extra, m.CSeq())
	}
}

// hangUpFork acknowledges a 2xx that nobody wants and ends its dialog.
func (a *Agent) hangUpFork(d *dialog.Dialog, sequence uint32) {
	a.acknowledge(d, sequence, "")
	a.ended = append(a.ended, d.ID)
	x := &exchange{agent: a, dialog: d, method: sip.BYE}
	x.start()
}

// number draws the branch of a request that makes no transaction.
func (a *Agent) branch() string {
	return string(transaction.AppendBranch(nil, a.table.NewNumber(), ""))
}
