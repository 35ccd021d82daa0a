package ua

import (
	"net/netip"
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/transaction"
)

// State says how far a call is.
type State uint8

const (
	// Trying: the INVITE went out, and nobody rings yet. Left by Cancel and by any response above 100.
	Trying State = iota + 1
	// Alerting: somebody's phone rings, ours when the call came in. Left by the final response.
	Alerting
	// Talking: answered. Holding does not change it. Left by a BYE from either side.
	Talking
	// Over: nothing is sent any more but what retransmissions ask for.
	Over
)

// Party is who is at the other end.
type Party struct {
	URI  string // without parameters of From and To
	Name string // without quotes, "" without one
	// Asserted tells that our server vouches for it (RFC 3325), rather than the caller.
	Asserted bool
}

// Call is one call, with all dialogs that its INVITE made.
type Call struct {
	Number   uint64 // the first is 1
	Incoming bool
	State    State
	Remote   Party
	// Shown is who the INVITE of a call that came in says it is from, and Privacy what its Privacy, or that
	// of the 2xx to one that went out, asks for (RFC 3323): who passes the call on passes both on.
	Shown   Party
	Privacy string
	// MaxForwards is that of the INVITE of a call that came in.
	MaxForwards int
	// Target is the Request-URI of the INVITE.
	Target string
	// Began is when the INVITE went out or came in, Answered when its 2xx did.
	Began, Answered time.Time
	// Room is where its stream is heard.
	Room graph.Room
	// Held tells that we hold the far side, HeldByThem that it holds us.
	Held, HeldByThem bool
	// Focus makes our Contact say isfocus (RFC 4579).
	Focus bool
	// Address is the URI of our Contact, as that of a room; "": the agent's. It is of the agent's own addresses.
	Address string
	// Source makes our offers sendonly: something is played to the far side, and nobody listens to it (RFC 7088 §2.1).
	// An offer of the far side's is answered as far as it goes.
	Source bool
	// Background: a service makes it for another call of ours, such as the one to the music that its far side hears. Nobody
	// is told of it, nobody talks in it, and Agent.Calls leaves it out.
	Background bool
	// HungUp tells that the far side ended it by a BYE.
	HungUp bool
	// EarlyMedia tells that a provisional response described the session: what the far side plays is heard before it answers.
	EarlyMedia bool
	// Answerer is who answered an outgoing call, as our server vouches for it (RFC 3325); zero where it does not say.
	Answerer Party
	// Told is whom the far side was told last that it talks with, by our INVITE or by Identify; the zero value: it was told
	// nothing but whom it has called itself. Who answers on somebody's behalf sets it.
	Told Party
	// ReferredBy is what the INVITE said (RFC 3892), "" for nothing.
	ReferredBy string
	// Successor is the call that takes this one's place (RFC 3891), nil for none. While it lasts no other can.
	Successor *Call

	agent    *Agent
	dialog   *dialog.Dialog
	forks    []*fork
	outgoing *exchange           // our INVITE, until its final response
	server   *transaction.Server // their INVITE, until ours
	request  *sip.Message        // their INVITE, until ours
	sequence uint32              // CSeq of their INVITE
	cancel   bool                // CANCEL was asked for, or sent
	direct   bool                // it does not go through our server, which knows nothing of it
	progress queued              // what they were told last, repeated while it rings

	negotiation sdp.Negotiation
	offerless   bool       // the INVITE had no offer: the 2xx makes one, the ACK answers
	source      netip.Addr // of their signalling; the zero value: nobody knows
	stream      graph.Node
	port        uint16
	crypto      []sdp.Crypto
	sounds      []graph.Node // that are repeated to the far side
	muted       bool         // nobody in the room hears the far side
	moved       bool         // its port is not the one that the far side knows

	referral *Referral  // the last one that was accepted about it
	meeting  graph.Room // that it was taken out of when it was held; 0: none

	supported, allowed string // what the far side said

	ack         []byte // the ACK to the last 2xx, sent again for each copy
	ackFlow     machine.Flow
	ackSequence uint32
	ok          *confirming // our 2xx, until its ACK
	met         bool        // our first 2xx was acknowledged
	reliable    *reliable   // our provisional response, until its PRACK
	rseq        uint32      // of the last one
	pracked     uint32      // of the last one whose PRACK came
	described   string      // our answer, where an unreliable provisional response carried it
	answering   bool        // as soon as the PRACK is there

	timer     dialog.SessionTimer
	refreshed time.Time
	due       *timer // before the answer: of ringing; then of the session timer
	minSE     time.Duration

	theirs     string     // the far side's last description
	foreign    bool       // our first offer was somebody else's description
	soliciting bool       // the ACK to the offer of the first 2xx waits for somebody else's answer
	solicited  *Solicited // an offer that waits for that
	relay      Relay      // who answers the far side's offers, nil: we do
	relaying   *relaying  // one that is being answered so

	partner   Party         // whom Identify was given last
	modifying *modification // our re-INVITE or UPDATE
	waiting   []*modification
	backoff   *timer // before which none begins

	next, previous *Call // of the agent's

	watching []*task.Queue[Event]
	reports  *task.Queue[Report] // of who keeps many calls, nil for nobody
	preserve func()              // keeps what Save gives; nil: nobody does
	refusal  *sip.Message        // the final response that ended an outgoing call
}

// Dialog is what a Replaces, Join or Target-Dialog of others is made from; the zero value before
// there is a dialog.
func (c *Call) Dialog() dialog.Dialog {
	if c.dialog == nil {
		return dialog.Dialog{}
	}
	return *c.dialog
}

// Agent is whose call it is.
func (c *Call) Agent() *Agent { return c.agent }

// Request is the INVITE that came in, nil for an outgoing call and once it was answered.
func (c *Call) Request() *sip.Message { return c.request }

// Refusal is the final response that ended an outgoing call, nil where none did.
func (c *Call) Refusal() *sip.Message { return c.refusal }

// Stream is the node of its audio, 0 while there is none.
func (c *Call) Stream() graph.Node { return c.stream }

// Supports tells whether the far side said that it knows an extension (RFC 3261 §20.37).
func (c *Call) Supports(option string) bool { return listed(c.supported, option) }

// Allows tells whether the far side said that it takes a method; it is believed to when it said
// nothing (RFC 3261 §20.5).
func (c *Call) Allows(method sip.Method) bool {
	return c.allowed == "" || listed(c.allowed, string(method))
}

func listed(list, word string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(item), word) {
			return true
		}
	}
	return false
}

// learn notes what the far side says it can.
func (c *Call) learn(m *sip.Message) {
	if m.Has(sip.HeaderSupported) {
		c.supported = joined(m, sip.HeaderSupported)
	}
	if m.Has(sip.HeaderAllow) {
		c.allowed = joined(m, sip.HeaderAllow)
	}
}

func joined(m *sip.Message, h sip.Header) string {
	var values []string
	for value := range m.Values(h) {
		values = append(values, value)
	}
	return strings.Clone(strings.Join(values, ","))
}

// newCall enters a call into the agent.
func (a *Agent) newCall() *Call {
	a.calling++
	c := &Call{agent: a, Number: a.calling, Began: a.now, State: Trying}
	c.negotiation = sdp.NewNegotiation(a.table.Uint64()>>2, uint64(a.now.Unix()))
	c.Room = graph.Room(a.Node())
	a.calls.add(c)
	return c
}

// over ends the call on our side: its dialogs, its media, its timers.
func (c *Call) over(e Event) {
	if c.State == Over {
		return
	}
	a := c.agent
	c.solicited.abandon()
	c.abandonRelay()
	c.State = Over
	a.stop(c.due)
	a.stop(c.backoff)
	c.ok.stop(a)
	c.reliable.stop(a)
	c.unattend()
	c.closeMedia()
	for len(c.forks) > 0 {
		c.dropFork(c.forks[0])
	}
	a.forget(c.dialog, c)
	a.calls.remove(c)
	c.request = nil
	c.abandonModifications()
	e.Kind = Ended
	c.tell(e)
}

// enter makes a dialog known.
func (a *Agent) enter(d *dialog.Dialog, c *Call) *usage {
	u := a.dialogs[d.ID]
	if u == nil {
		u = &usage{dialog: d}
		a.dialogs[d.ID] = u
	}
	if c != nil {
		u.call, u.dialog = c, d
	}
	return u
}

// forget ends the call's use of a dialog. What else uses it goes on (RFC 5057).
func (a *Agent) forget(d *dialog.Dialog, c *Call) {
	if a.release(d, c) {
		a.ended.add(d.ID)
	}
}

// release takes a dialog from a call, and tells whether it was the call's.
func (a *Agent) release(d *dialog.Dialog, c *Call) bool {
	u := a.dialogs[d.ID]
	if u == nil || u.call != c {
		return false
	}
	u.call = nil
	a.leave(u)
	return true
}

// leave takes a dialog out when nobody uses it any more.
func (a *Agent) leave(u *usage) {
	if u.call == nil && u.referrals == 0 && len(u.subscriptions) == 0 {
		u.dialog.State = dialog.Ended
		delete(a.dialogs, u.dialog.ID)
	}
}

// answerDialog makes the dialog of a request other than INVITE; nil when it can't make one.
func (a *Agent) answerDialog(m *sip.Message) *usage {
	d, err := dialog.Answer(m, a.token())
	if err != nil || d.Target == "" {
		return nil
	}
	d.State = dialog.Confirmed
	return a.enter(d, nil)
}

// party reads who sent a message: what our server asserts, else From.
func (a *Agent) party(m *sip.Message, trusted bool) Party {
	from, _ := sip.ParseAddress(m.From())
	p := Party{URI: strings.Clone(from.Text), Name: strings.Clone(from.Name())}
	if !trusted {
		return p
	}
	asserted, err := m.AssertedIdentity(sip.HeaderPAssertedIdentity)
	if err != nil || !asserted.HasSIP && !asserted.HasTel {
		return p
	}
	who := asserted.SIP
	if !asserted.HasSIP {
		who = asserted.Tel
	}
	vouched := Party{URI: strings.Clone(who.Text), Name: strings.Clone(who.Name()), Asserted: true}
	if vouched.Name == "" && who.URI.Equal(from.URI) {
		vouched.Name = p.Name // how somebody calls themselves, beside the address that is certain
	}
	return vouched
}
