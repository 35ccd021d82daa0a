package ua

import (
	"errors"
	"time"

	"hookflash/dialog"
	"hookflash/sdp"
	"hookflash/sip"
	"hookflash/task"
)

// Limits of changes within a call.
const (
	maxTries   = 6                // times that a change is tried which met one of the far side's (491, 500)
	maxWaiting = 16               // changes that wait for the one before them
	maxBackoff = 10 * time.Second // that a Retry-After may ask for (RFC 3261 §14.2)
)

// ErrOver tells that the call ended.
var ErrOver = errors.New("ua: the call is over")

// modification is a change of the session that we ask for (RFC 3261 §14, RFC 3311).
type modification struct {
	prepare func()     // what is wanted of the call, just before the offer is made
	undo    func()     // when it was refused
	method  sip.Method // INVITE or UPDATE
	bare    bool       // without an offer: an INVITE asks for one, an UPDATE only refreshes
	offer   string     // somebody else's description, "": ours
	// soliciting: the offer that the far side is asked for is somebody else's to answer.
	soliciting bool
	identifies bool // an UPDATE that tells with whom the far side talks (Identify)
	patient    bool // a response that ends the dialog is the asker's business (probe)
	solicited  *Solicited
	done       func(r Response)
	tries      int
	// Of the last try: RSeq of the last reliable response, and whether one said all about the session.
	rseq    uint32
	settled bool
	problem error // with what it said
}

// describes tells whether it says something of the session, or asks for that: what the far side asks for has to wait then.
func (m *modification) describes() bool { return m != nil && (m.method == sip.INVITE || !m.bare) }

// ends tells whether a refusal of it ends the call (RFC 5057 §5.1). What only tells with whom the far side talks is no reason to
// hang up on a telephone whose connection is gone for a moment (480).
func (m *modification) ends(code int) bool {
	if m.identifies {
		return code == 481 || code == 408
	}
	return !m.patient && fatal(code) && (m.method == sip.INVITE || code != 405 && code != 501)
}

// modify asks for a change, after those that wait already.
func (c *Call) modify(m *modification) {
	if c.State == Over || len(c.waiting) >= maxWaiting {
		m.done(Response{Code: 481})
		return
	}
	c.waiting = append(c.waiting, m)
	if c.solicited != nil {
		c.solicited.Drop() // and then it begins
		return
	}
	c.advance()
}

// advance begins the next change, when nothing else is on its way.
func (c *Call) advance() {
	c.dropKnown()
	if c.State == Over || c.modifying != nil || c.backoff != nil || len(c.waiting) == 0 || c.ok != nil || c.solicited != nil || c.relaying != nil {
		return
	}
	m := c.waiting[0]
	d, n := c.leg()
	if d == nil || c.State != Talking && (m.method != sip.UPDATE || !standing(n)) {
		return // once the call is answered
	}
	c.waiting = c.waiting[1:]
	c.modifying = m
	m.tries++
	m.rseq, m.settled, m.problem = 0, false, nil
	if m.prepare != nil {
		m.prepare()
	}
	x := &exchange{agent: c.agent, dialog: d, method: m.method}
	x.fields = append([]field{{sip.HeaderContact, c.contact()}}, c.agent.abilities()...)
	x.fields = append(x.fields, c.wishTimer()...)
	if m.identifies {
		x.fields = append(x.fields, c.identification())
	}
	c.describeChange(m, x, n)
	x.done = func(r Response) { c.changed(m, x, r) }
	x.progress = func(progress *sip.Message) { c.changing(m, x, progress) }
	x.start()
}

// describeChange gives a change what it says of the session.
func (c *Call) describeChange(m *modification, x *exchange, n *sdp.Negotiation) {
	switch {
	case m.soliciting:
		x.fields = withoutReliable(x.fields)
	case m.offer != "":
		x.body, _ = n.Pass(m.offer, c.agent.settings.MediaAddress)
	case !m.bare:
		_ = c.openMedia() // without a port the stream is turned down
		x.body = n.Offer(c.wish())
	}
	x.contentType = typeOf(x.body)
}

// changing takes a provisional response to a change: one to a re-INVITE may be reliable, and say what
// becomes of the session (RFC 3262 §5, RFC 6141 §3.1).
func (c *Call) changing(m *modification, x *exchange, progress *sip.Message) {
	c.agent.table.Expire(c.agent.now, x.client, ReinviteLimit)
	n := c.negotiationOf(x.dialog)
	if n == nil || m.method != sip.INVITE || !isReliable(progress) || !follows(&m.rseq, progress) {
		return
	}
	answer := ""
	if description, _ := descriptionOf(progress); description != "" && !m.settled {
		if m.bare {
			answer, m.problem = c.answerOffer(n, progress)
			m.settled = true
		} else if m.offer != "" {
			m.problem, m.settled = c.passes(m.offer, description), true
		} else if agreed, err := n.Accept(description); err == nil {
			m.settled = true
			c.agree(agreed, description)
		}
	}
	c.sendPRACK(x.dialog, m.rseq, progress, answer)
}

// standing tells whether an offer was answered, and no other one made since.
func standing(n *sdp.Negotiation) bool {
	_, ok := n.Agreed()
	return ok && !n.Pending()
}

// changed takes what became of a change that we asked for.
func (c *Call) changed(m *modification, x *exchange, r Response) {
	n := c.negotiationOf(x.dialog)
	if c.modifying == m {
		c.modifying = nil
	}
	if n != nil && r.OK() && m.soliciting && !m.settled && c.solicits(x, r.Message, c.advance) {
		c.dialogRefreshed(x.dialog, r.Message)
		c.startTimer(dialog.AcceptTimer(r.Message))
		m.solicited = c.solicited
		m.done(r)
		if len(c.waiting) > 0 {
			c.solicited.Drop()
		}
		return
	}
	switch {
	case n == nil:
		if r.OK() && m.method == sip.INVITE {
			c.agent.acknowledge(x.dialog, acknowledgement{sequence: x.sequence, signed: x.signed})
		}
		if c.State != Over { // a fork that was not chosen
			m.done(Response{Code: 481})
		}
	case r.OK():
		c.dialogRefreshed(x.dialog, r.Message)
		r = c.settle(m, x, r)
		if c.State == Talking {
			c.startTimer(dialog.AcceptTimer(r.Message))
		}
		m.done(r)
	default:
		if !m.bare {
			n.Withdraw()
		}
		if m.undo != nil {
			m.undo()
		}
		if wait, again := c.again(m, r); again {
			c.waiting = append([]*modification{m}, c.waiting...)
			c.backoff = c.agent.after(wait, func() {
				c.backoff = nil
				c.advance()
			})
			return
		}
		m.done(r)
		if m.ends(r.Code) && c.State == Talking {
			c.gone(r.Code)
		}
	}
	c.advance()
}

func (c *Call) dialogRefreshed(d *dialog.Dialog, m *sip.Message) {
	d.Refresh(m)
	c.learn(m)
}

// again tells whether a change that was refused is tried once more, and when: RFC 3261 §14.1 and
// §14.2, RFC 4028 §7.3.
func (c *Call) again(m *modification, r Response) (wait time.Duration, again bool) {
	if r.Message == nil || m.tries >= maxTries {
		return 0, false
	}
	switch r.Code {
	case 491:
		return c.glareWait(), true
	case 422:
		return 0, m.tries < MaxTries && c.longer(r.Message)
	case 500:
		later, err := sip.ParseRetryAfter(r.Message.Header(sip.HeaderRetryAfter))
		wait = time.Duration(later.Seconds) * time.Second
		return wait, err == nil && wait <= maxBackoff
	}
	return 0, false
}

// settle takes the 2xx of a change.
func (c *Call) settle(m *modification, x *exchange, r Response) Response {
	c.signalled(r.Message)
	n := c.negotiationOf(x.dialog)
	answer := ""
	var err error
	switch {
	case m.settled:
		err = m.problem
	case m.bare && m.method == sip.INVITE:
		answer, err = c.answerOffer(n, r.Message)
	case m.offer != "":
		description, _ := descriptionOf(r.Message)
		err = c.passes(m.offer, description)
	case !m.bare:
		var agreed sdp.Stream
		description, _ := descriptionOf(r.Message)
		if agreed, err = n.Accept(description); err == nil {
			c.agree(agreed, description)
		}
	}
	if m.method == sip.INVITE {
		c.sendAck(x, answer)
	}
	if err == nil {
		return r
	}
	n.Withdraw()
	if m.undo != nil {
		m.undo()
	}
	if m.bare {
		c.fail(488, "Not Acceptable Here") // RFC 3261 §13.2.2.4
	}
	return Response{Code: 488, Message: r.Message}
}

// glareWait is how long a change waits that met one of the far side's (RFC 3261 §14.1): the
// owner of the Call-ID longer, in units of 10 ms.
func (c *Call) glareWait() time.Duration {
	const unit = 10 * time.Millisecond
	if c.Incoming {
		return time.Duration(c.agent.table.Uint64()%201) * unit
	}
	return 2100*time.Millisecond + time.Duration(c.agent.table.Uint64()%191)*unit
}

func (c *Call) abandonModifications() {
	pending := c.waiting
	if c.modifying != nil {
		pending = append([]*modification{c.modifying}, pending...)
	}
	c.modifying, c.waiting, c.backoff = nil, nil, nil
	for _, m := range pending {
		m.done(Response{Code: 481})
	}
}

// await runs something that ends with a Response, and waits for that.
func await(t *task.Task, start func(done func(Response))) Response {
	answer := task.NewQueue[Response](1)
	start(func(r Response) { answer.Put(r) })
	t.First(answer)
	r, _ := answer.Take()
	return r
}

// change asks for a modification and waits for its end.
func (c *Call) change(t *task.Task, m *modification) error {
	if c.State == Over {
		return ErrOver
	}
	return await(t, func(done func(Response)) {
		m.done = done
		c.modify(m)
	}).Err()
}

// Reinvite describes the session anew, with a Contact that says what has changed (isfocus).
func (c *Call) Reinvite(t *task.Task) error {
	return c.change(t, &modification{method: sip.INVITE})
}

// Renegotiate has the far side make an offer of all that it can (RFC 3261 §14.1).
func (c *Call) Renegotiate(t *task.Task) error {
	return c.change(t, &modification{method: sip.INVITE, bare: true})
}

// Update describes the session anew by UPDATE: also before the call is answered, as soon as the
// first offer was answered reliably (RFC 3311 §5.1).
func (c *Call) Update(t *task.Task) error { return c.change(t, &modification{method: sip.UPDATE}) }

// idle tells that no change is asked for.
func (c *Call) idle() bool { return c.modifying == nil && len(c.waiting) == 0 }

// allows tells that the far side said that it takes a method.
func (c *Call) allows(method sip.Method) bool { return c.allowed != "" && c.Allows(method) }
