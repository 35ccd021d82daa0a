package sim

import (
	"time"

	"hookflash/sip"
)

// States of a client transaction (RFC 3261 §17.1, RFC 6026).
const (
	clientCalling    = iota // sent, and sent again; left by the first response
	clientProceeding        // a provisional response came
	clientCompleted         // a final response came; absorbs its copies
	clientAccepted          // a 2xx to INVITE came; more may follow
)

// clientTransaction is one attempt at a request.
type clientTransaction struct {
	phone   *Phone
	request *request
	sent    request // as this attempt went out: the next one changes the request
	key     string
	text    string
	ticket  uint64
	state   int
	final   int // the code that completed it
	resend  func()
	timeout *alarm
}

func clientKey(branch string, method sip.Method) string { return branch + " " + string(method) }

// begin opens a client transaction for the latest attempt at a request.
func (p *Phone) begin(r *request) *clientTransaction {
	p.tickets++
	c := &clientTransaction{phone: p, request: r, sent: *r, key: clientKey(r.branch, r.method), text: r.text(p), ticket: p.tickets}
	p.clients[c.key] = c
	p.send(r.flow, c.text, c.ticket)
	c.resend = func() {}
	if !p.config.Transport.Reliable() {
		limit := timerT2
		if r.method == sip.INVITE {
			limit = 0 // Timer A just doubles
		}
		c.resend = p.repeat(timerT1, limit, func() { p.send(r.flow, c.text, c.ticket) })
	}
	c.timeout = p.after(timeout, func() { c.fail(408) })
	return c
}

// fail ends the transaction without a response.
func (c *clientTransaction) fail(code int) {
	c.terminate()
	c.request.done(nil, code)
}

func (c *clientTransaction) terminate() {
	c.resend()
	c.phone.stop(c.timeout)
	delete(c.phone.clients, c.key)
}

// linger keeps the transaction to absorb copies.
func (c *clientTransaction) linger(state int, wait time.Duration) {
	c.state = state
	c.resend()
	c.phone.stop(c.timeout)
	if c.phone.config.Transport.Reliable() && state == clientCompleted {
		wait = 0
	}
	if wait == 0 {
		c.terminate()
		return
	}
	c.timeout = c.phone.after(wait, c.terminate)
}

// receiveResponse finds the transaction of a response.
func (p *Phone) receiveResponse(m *sip.Message) {
	vias := 0
	for range m.Values(sip.HeaderVia) {
		vias++
	}
	if vias != 1 {
		p.complain("a response with %d Via values: %d to %s", vias, m.StatusCode(), m.Method())
		return
	}
	c := p.clients[clientKey(m.Branch(), m.Method())]
	if c == nil {
		return // a copy that came late
	}
	if r := &c.sent; m.CallID() != r.callID || m.From() != r.from || m.CSeq() != r.number {
		p.complain("%d to %s: From, Call-ID or CSeq are not the request's", m.StatusCode(), m.Method())
	}
	if m.StatusCode() > 100 && m.ToTag() == "" {
		p.complain("%d to %s has no tag in To", m.StatusCode(), m.Method())
	}
	if c.sent.method == sip.INVITE {
		c.receiveInvite(m)
		return
	}
	c.receiveOther(m)
}

// receiveInvite is RFC 3261 §17.1.1 with the Accepted state of RFC 6026.
func (c *clientTransaction) receiveInvite(m *sip.Message) {
	code := m.StatusCode()
	switch {
	case code < 200 && c.state <= clientProceeding:
		if c.state == clientCalling {
			c.state = clientProceeding
			c.resend()
			c.phone.stop(c.timeout)
		}
		c.request.done(m, code)
	case code < 200:
	case code < 300 && c.state == clientCompleted:
		c.phone.complain("%d after %d to the same INVITE", code, c.final)
	case code < 300:
		if c.state != clientAccepted {
			c.final = code
			c.linger(clientAccepted, timeout)
		}
		c.request.done(m, code)
	case c.state == clientAccepted:
		c.phone.complain("%d after %d to the same INVITE", code, c.final)
	default:
		c.phone.send(c.sent.flow, c.sent.ack(c.phone, m), 0)
		if c.state == clientCompleted {
			if code != c.final {
				c.phone.complain("%d after %d to the same INVITE", code, c.final)
			}
			return
		}
		c.final = code
		c.linger(clientCompleted, timerD)
		c.complete(m)
	}
}

// receiveOther is RFC 3261 §17.1.2.
func (c *clientTransaction) receiveOther(m *sip.Message) {
	code := m.StatusCode()
	switch {
	case c.state == clientCompleted:
	case code < 200:
		if c.state == clientCalling && !c.phone.config.Transport.Reliable() {
			// Timer E goes on at T2.
			c.resend()
			c.resend = c.phone.repeat(timerT2, timerT2, func() { c.phone.send(c.request.flow, c.text, c.ticket) })
		}
		c.state = clientProceeding
	default:
		c.final = code
		c.linger(clientCompleted, timerT4)
		c.complete(m)
	}
}

// complete answers a challenge or tells whoever asked.
func (c *clientTransaction) complete(m *sip.Message) {
	if !c.phone.answerChallenge(c.request, m) {
		c.request.done(m, m.StatusCode())
	}
}
