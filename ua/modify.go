package ua

import (
	"errors"
	"time"

	"hookflash/dialog"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/transaction"
)

// Limits of changes within a call.
const (
	maxGlare   = 5  // times that a change which met one of the far side's is tried (491)
	maxWaiting = 16 // changes that wait for the one before them
)

// ErrOver tells that the call ended.
var ErrOver = errors.New("ua: the call is over")

// modification is a change of the session that we ask for (RFC 3261 §14, RFC 3311).
type modification struct {
	prepare func()                      // what is wanted of the call, just before the offer is made
	undo    func()                      // when it was refused
	method  sip.Method                  // INVITE or UPDATE
	bare    bool                        // without an offer: it asks for one
	fields  []field                     //
	body    string                      // instead of our own offer: somebody else's (RFC 7088)
	answer  func(m *sip.Message) string // the body of the ACK, of a bare one
	done    func(r Response)
	glares  int
}

// modify asks for a change, after those that wait already.
func (c *Call) modify(m *modification) {
	switch {
	case c.State != Talking || len(c.waiting) >= maxWaiting:
		m.done(Response{Code: 481})
		return
	case m.method == "":
		m.method = sip.INVITE
	}
	c.waiting = append(c.waiting, m)
	c.advance()
}

// advance begins the next change, when nothing else is on its way.
func (c *Call) advance() {
	if c.State != Talking || c.modifying != nil || len(c.waiting) == 0 || c.ok != nil || c.theirs {
		return
	}
	m := c.waiting[0]
	c.waiting = c.waiting[1:]
	c.modifying = m
	if m.prepare != nil {
		m.prepare()
	}
	x := &exchange{agent: c.agent, dialog: c.dialog, method: m.method}
	x.fields = append([]field{{sip.HeaderContact, c.contact()}}, c.agent.abilities()...)
	x.fields = append(append(x.fields, c.wishTimer()...), m.fields...)
	if !m.bare {
		x.contentType, x.body = sdpType, c.negotiation.Offer(c.local())
	}
	x.done = func(r Response) { c.changed(m, x, r) }
	x.start()
}

// changed takes what became of a change that we asked for.
func (c *Call) changed(m *modification, x *exchange, r Response) {
	a := c.agent
	switch {
	case c.State == Over:
		if r.OK() && m.method == sip.INVITE {
			a.acknowledge(c.dialog, x.sequence, "")
		}
	case r.OK():
		c.modifying = nil
		r = c.settle(m, x, r)
		c.startTimer(dialog.AcceptTimer(r.Message))
		m.done(r)
		c.advance()
	case r.Code == 491 && m.glares < maxGlare:
		c.negotiation.Withdraw()
		c.undone(m)
		m.glares++
		a.after(c.glareWait(), func() {
			if c.modifying == m {
				c.modifying = nil
				c.waiting = append([]*modification{m}, c.waiting...)
				c.advance()
			}
		})
	default:
		c.modifying = nil
		if !m.bare {
			c.negotiation.Withdraw()
		}
		c.undone(m)
		m.done(r)
		if fatal(r.Code) {
			c.gone(r.Code)
			return
		}
		c.advance()
	}
}

func (c *Call) undone(m *modification) {
	if m.undo != nil {
		m.undo()
	}
}

// settle takes the 2xx of a change.
func (c *Call) settle(m *modification, x *exchange, r Response) Response {
	c.dialog.Refresh(r.Message)
	c.learn(r.Message)
	answer := ""
	var err error
	if m.bare {
		answer = m.answer(r.Message)
	} else {
		agreed, problem := c.negotiation.Accept(r.Message.Body())
		if err = problem; err == nil {
			c.set(agreed)
		}
	}
	if m.method == sip.INVITE {
		c.sendAck(x.sequence, answer)
	}
	if err != nil {
		c.negotiation.Withdraw()
		c.undone(m)
		return Response{Code: 488, Message: r.Message}
	}
	return r
}

// glareWait is how long a change waits that met one of the far side's (RFC 3261 §14.1): the
// owner of the Call-ID longer, in units of 10 ms.
func (c *Call) glareWait() time.Duration {
	if c.Incoming {
		return time.Duration(c.agent.table.Uint64()%200) * 10 * time.Millisecond
	}
	return 2100*time.Millisecond + time.Duration(c.agent.table.Uint64()%190)*10*time.Millisecond
}

func (c *Call) abandonModifications() {
	pending := c.waiting
	if c.modifying != nil {
		pending = append([]*modification{c.modifying}, pending...)
	}
	c.modifying, c.waiting = nil, nil
	for _, m := range pending {
		m.done(Response{Code: 481})
	}
}

// modified takes a re-INVITE or UPDATE.
func (c *Call) modified(m *sip.Message, server *transaction.Server) {
	a := c.agent
	switch {
	case c.ok != nil || c.theirs || c.server != nil && m.Method() == sip.INVITE:
		// RFC 3261 §14.2: one of theirs is not finished.
		a.respond(server, sip.Answer{Code: 500}, field{sip.HeaderRetryAfter, decimal(uint32(a.table.Uint64() % 10))})
		return
	case c.modifying != nil || c.negotiation.Pending():
		a.respond(server, sip.Answer{Code: 491})
		return
	case c.State != Talking && m.Body() != "":
		a.respond(server, sip.Answer{Code: 500}, field{sip.HeaderRetryAfter, "1"})
		return
	}
	timer, value, problem := dialog.AnswerTimer(m, c.sessionWish(), dialog.MinInterval)
	if problem == nil && m.Body() != "" && !isSDP(m) {
		problem = &sip.StatusError{Code: 415}
	}
	if problem != nil {
		a.respond(server, sip.Answer{Code: problem.Code}, problemFields(problem)...)
		return
	}
	body, offered, err := c.reanswer(m)
	if err != nil {
		problem := refusal(err)
		a.respond(server, sip.Answer{Code: problem.Code, Reason: problem.Reason})
		return
	}
	c.dialog.Refresh(m)
	c.learn(m)
	fields := append([]field{{sip.HeaderContact, c.contact()}}, a.abilities()...)
	fields = append(fields, timerFields(m, value)...)
	if m.Method() == sip.INVITE {
		c.confirm(server, body, offered, fields)
	} else {
		a.respondBody(server, sip.Answer{Code: 200}, typeOf(body), body, fields...)
	}
	if value != "" {
		c.startTimer(timer)
	}
}

func typeOf(body string) string {
	if body == "" {
		return ""
	}
	return sdpType
}

// reanswer is the body of the 2xx to a change that the far side asked for.
func (c *Call) reanswer(m *sip.Message) (body string, offered bool, err error) {
	if m.Body() == "" {
		if m.Method() == sip.UPDATE {
			return "", false, nil
		}
		return c.negotiation.Offer(c.local()), true, nil
	}
	body, agreed, err := c.negotiation.Answer(m.Body(), c.local())
	if err == nil {
		c.set(agreed)
	}
	return body, false, err
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
	if c.State != Talking {
		return ErrOver
	}
	return await(t, func(done func(Response)) {
		m.done = done
		c.modify(m)
	}).Err()
}
