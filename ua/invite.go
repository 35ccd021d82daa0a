package ua

import (
	"errors"
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/sdp"
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
	ErrInsecure     = errors.New("ua: a sips URI needs TLS to the server")
)

// Invitation is a call to be placed.
type Invitation struct {
	// Target is a sip or sips URI. Of what it carries as header fields, Replaces alone counts: all
	// others are dropped (RFC 5359 §2.6 as corrected).
	Target     string
	From       Party        // who calls, where that is somebody else than the agent; zero: the agent
	Replaces   sip.DialogID // zero: none
	Join       sip.DialogID // zero: none
	ReferredBy string       // value of Referred-By, "" for none
	Subject    string
	Offerless  bool       // the far side makes the offer (RFC 3725)
	Solicit    bool       // Offerless, and somebody else answers: Call.Solicited waits for that once the call is established
	Offer      string     // somebody else's description to offer, "": ours; then Call.Description is what answers it
	NoMedia    bool       // an offer without m= lines (RFC 3725 §4.4)
	Focus      bool       // Contact says isfocus
	Address    string     // as of Call
	Room       graph.Room // where its stream is heard; 0: a room of its own
	// OnHold offers sendonly from the beginning.
	OnHold bool
	// Source and Background are as of Call.
	Source, Background bool
	// Require names option tags that the far side must know.
	Require string
	Fields  []Field
	// MaxForwards is for a call on behalf of another one, so that calls which lead to each other end
	// (RFC 3261 §16.6 step 3): one less than the other had. Zero: 70.
	MaxForwards int
}

// Field is one more header field.
type Field struct {
	Name  sip.Header
	Value string
}

// Invite places a call.
func (a *Agent) Invite(i Invitation) (*Call, error) {
	if a.calls.count >= MaxCalls {
		return nil, ErrTooManyCalls
	}
	target, err := i.normalize()
	if err != nil {
		return nil, err
	}
	draft := a.draft(target)
	if draft.Secure && !a.secured() {
		return nil, ErrInsecure
	}
	c := a.newCall()
	if i.Room != 0 {
		c.Room = i.Room
	}
	c.Target, c.Focus, c.Held, c.offerless, c.soliciting = target, i.Focus, i.OnHold, i.Offerless || i.Solicit, i.Solicit
	c.Remote, c.Told = Party{URI: withoutParams(target)}, i.tells(Party{URI: a.settings.AOR, Name: a.settings.Display})
	c.Source, c.Background, c.Address = i.Source, i.Background, i.Address
	draft.ID = dialog.ID{CallID: a.token() + "@" + a.settings.Local.Addr().String(), LocalTag: a.token()}
	if i.From.URI != "" {
		draft.Local = i.From.Address()
	}
	draft.Hops = uint8(min(max(i.MaxForwards, 0), dialog.MaxForwards))
	c.dialog = draft
	c.direct = !a.flowOf(draft.NextHop()).SamePeer(a.settings.Outbound)
	c.tell(Event{Kind: Calling})
	if err := c.sendInvite(i); err != nil {
		c.over(Event{Code: 500, Reason: err.Error()})
		return nil, err
	}
	return c, nil
}

// secured tells whether nobody listens on the way to the server.
func (a *Agent) secured() bool {
	transport := a.settings.Outbound.Transport
	return transport == machine.TLS || transport == machine.WSS || transport == machine.Inside
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
	uri, _ := sip.ParseURI(target)
	d.Route, d.Secure = a.registration.route, uri.IsSecure()
	return d
}

func (a *Agent) from() string { return Party{URI: a.settings.AOR, Name: a.settings.Display}.Address() }

// Address is the value of From, To or P-Asserted-Identity, without a tag.
func (p Party) Address() string {
	if p.Name == "" {
		return "<" + p.URI + ">"
	}
	return sip.Quote(p.Name) + " <" + p.URI + ">"
}

func (c *Call) sendInvite(i Invitation) error {
	a := c.agent
	x := &exchange{agent: a, dialog: c.dialog, method: sip.INVITE, call: c, progress: c.progressed, done: c.invited}
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
	if i.From.Asserted {
		x.fields = append(x.fields, field{sip.HeaderPAssertedIdentity, i.From.Address()}) // RFC 3325 §9.1
	}
	for _, f := range i.Fields {
		x.fields = append(x.fields, field{f.Name, f.Value})
	}
	x.fields = append(x.fields, c.wishTimer()...)
	if err := c.describeInvite(&i, x); err != nil {
		return err
	}
	c.outgoing = x
	x.start()
	return nil
}

// progressed takes a provisional response.
func (c *Call) progressed(m *sip.Message) {
	a, x := c.agent, c.outgoing
	if c.State == Over || x == nil {
		return
	}
	if c.cancel {
		c.sendCancel()
		return
	}
	a.table.Expire(a.now, x.client, max(time.Second, c.Began.Add(RingLimit).Sub(a.now)))
	if m.StatusCode() == 100 {
		return
	}
	c.signalled(m)
	f := c.forkOf(m)
	if f != nil && !c.reliably(f, m) {
		return // a copy, or out of order
	}
	if m.StatusCode() == 199 { // RFC 6228 §4: this fork is done
		if f != nil {
			c.dropFork(f)
		}
		return
	}
	if f != nil {
		c.early(f, m)
	}
	if c.State == Trying {
		c.State = Alerting
		c.learn(m)
		c.tell(Event{Kind: Ringing, Code: m.StatusCode(), Reason: strings.Clone(m.Reason())})
		return
	}
	c.watched(Event{Kind: Ringing, Call: c.Number, Code: m.StatusCode(), Reason: strings.Clone(m.Reason())})
}

// invited takes what became of the INVITE.
func (c *Call) invited(r Response) {
	x := c.outgoing
	switch {
	case r.OK():
		c.accepted(x, r.Message)
	case c.State == Over:
	case c.cancel:
		c.over(Event{Code: 487, Reason: sip.Reason(487)})
	case r.Code == 422 && r.Message != nil && x.tries < MaxTries && c.longer(r.Message):
		x.replace(c.wishTimer(), sip.HeaderSessionExpires, sip.HeaderMinSE)
		x.start()
	case r.Code == 305 && r.Message != nil && c.throughProxy(r.Message):
	default:
		e := Event{Code: r.Code, Reason: sip.Reason(r.Code)}
		if r.Message != nil {
			e.Reason, e.Text = strings.Clone(r.Message.Reason()), c.agent.explained(r.Message)
			e.Later = laterOf(r.Message)
			c.refusal = r.Message
		}
		c.over(e)
	}
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
	c.signalled(m)
	if c.State == Over || c.cancel {
		// RFC 3261 §9.1: it crossed our CANCEL.
		c.dropFork(f)
		a.acknowledge(f.dialog, acknowledgement{sequence: x.sequence, signed: x.signed})
		a.hangUpFork(f.dialog)
		c.over(Event{Code: 487, Reason: sip.Reason(487)})
		return
	}
	c.choose(f)
	if !c.soliciting || !c.solicits(x, m, c.advance) {
		answer, problem := c.conclude(m, f.answered)
		c.sendAck(x, answer)
		if problem != nil {
			c.fail(488, "Not Acceptable Here")
			return
		}
	}
	c.learn(m)
	c.State, c.Answered = Talking, a.now
	c.Remote = c.answeredBy(m)
	c.Privacy = strings.Clone(m.Header(sip.HeaderPrivacy))
	if who := a.party(m, !c.direct); who.Asserted {
		c.Answerer = who
	}
	c.startTimer(dialog.AcceptTimer(m))
	c.attendEstablished()
	c.tell(Event{Kind: Established, Code: m.StatusCode(), Reason: strings.Clone(m.Reason())})
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
	description, _ := descriptionOf(m)
	if c.foreign {
		if description == "" && answered {
			description = c.theirs
		}
		return "", c.passes(c.negotiation.Sent(), description)
	}
	if agreed, ok := c.negotiation.Agreed(); ok && answered { // by a reliable provisional response
		c.set(agreed)
		return "", nil
	}
	if c.offerless {
		return c.answerOffer(&c.negotiation, m)
	}
	agreed, err := c.negotiation.Accept(description)
	if err == nil {
		c.agree(agreed, description)
	}
	return "", err
}

// answerOffer answers an offer that can't be refused, since a response made it: one that can't be
// taken is answered by turning the stream down (RFC 6337 §5.2.4), and the call is to be ended.
func (c *Call) answerOffer(n *sdp.Negotiation, m *sip.Message) (answer string, problem error) {
	if err := c.openMedia(); err != nil {
		return "", err
	}
	description, _ := descriptionOf(m)
	answer, agreed, problem := n.Answer(description, c.local())
	if problem != nil {
		none := c.local()
		none.Port = 0
		answer, _, _ = n.Answer(description, none)
		return answer, problem
	}
	c.agree(agreed, description)
	return answer, nil
}

// sendAck sends the ACK to a 2xx and keeps it for the copies of that.
func (c *Call) sendAck(x *exchange, answer string) {
	c.ack, c.ackFlow = c.agent.acknowledge(c.dialog, acknowledgement{x.sequence, answer, x.signed})
	c.ackSequence = x.sequence
}

// answeredAgain takes a further 2xx: a copy, or of another fork, which is hung up (RFC 3261
// §13.2.2.4).
func (a *Agent) answeredAgain(m *sip.Message) {
	id := dialog.OfResponse(m)
	if u := a.dialogs[id]; u != nil && u.call != nil && u.call.solicited != nil && u.call.solicited.sent.sequence == m.CSeq() {
		return // its ACK waits for the answer
	}
	if u := a.dialogs[id]; u != nil && u.call != nil && u.call.ack != nil {
		if u.call.ackSequence == m.CSeq() {
			a.transmit(u.call.ackFlow, u.call.ack)
		}
		return
	}
	d, err := dialog.OfAnswer(m)
	if err != nil || d.Target == "" {
		return
	}
	a.acknowledge(d, acknowledgement{sequence: m.CSeq()})
	if !a.ended.has(id) { // else its BYE was sent, or came
		a.ended.add(d.ID)
		a.hangUpFork(d)
	}
}

// hangUpFork ends the dialog of a 2xx that nobody wants.
func (a *Agent) hangUpFork(d *dialog.Dialog) {
	x := &exchange{agent: a, dialog: d, method: sip.BYE}
	x.start()
}

// branch is that of a request that makes no transaction.
func (a *Agent) branch() string {
	return string(transaction.AppendBranch(nil, a.table.NewNumber(), ""))
}
