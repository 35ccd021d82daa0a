package proxy

import (
	"time"

	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// receiveResponse is RFC 3261 §16.7. A response that matches nothing is dropped (RFC 6026 §8.9).
func (m *Machine) receiveResponse(now time.Time, p machine.Packet, out *machine.Output) {
	outcome, client, back := m.table.Response(now, p.Message, out)
	switch outcome {
	case transaction.Swallowed:
	case transaction.Stray:
		m.counts.StrayResponse++
	case transaction.Forward:
		out.Sends = append(out.Sends, machine.Send{To: back, Data: m.strip(p.Message, back)})
	case transaction.Deliver:
		if b, ok := client.Context.(*branch); ok {
			m.remember(now, b.context, p.Message, out)
			m.answeredFrom(b.context, p.Flow)
			m.answered(now, b, p.Message, out)
		}
	}
}

// answered takes one response of one branch.
func (m *Machine) answered(now time.Time, b *branch, response *sip.Message, out *machine.Output) {
	c := b.context
	code := response.StatusCode()
	if code >= 300 {
		m.release(&b.target.alternative)
		m.endCallee(b)
	}
	if b.superseded && code >= 300 {
		m.endedLate(now, b, out) // it spoke too late
		return
	}
	switch {
	case code < 200:
		m.provisional(now, b, response, out)
		return
	case code < 300:
		if !b.superseded {
			c.active--
		}
		m.succeeded(now, b, response, out)
	case code >= 600:
		c.active--
		c.decided = true // RFC 3261 §16.7 step 5: nobody else is asked
		c.failed(b)
		c.considerResponse(response)
		m.leaveOthers(now, c, out)
	default:
		c.active--
		c.failed(b)
		if !m.trunkChallenged(now, b, response, out) && !m.instead(now, b, response, out) && !m.handed(now, b, response) && !m.pointed(now, b, response, out) {
			c.considerResponse(response)
		}
	}
	m.forkNext(now, c, out)
}

// provisional: Timer C starts with the first one, and anew with any but a 100
// (RFC 3261 §16.7 step 2), which alone goes no further.
func (m *Machine) provisional(now time.Time, b *branch, response *sip.Message, out *machine.Output) {
	c := b.context
	if c.invite && !b.left && (response.StatusCode() > 100 || !b.heard) {
		b.heard = true
		m.table.Expire(now, b.client, m.settings.TimerC)
	}
	if b.leave && !b.left {
		m.leave(now, b, out)
		return
	}
	// RFC 4320 §4.1: no provisional response but 100 to another request than INVITE.
	if response.StatusCode() == 100 || !c.invite || c.server == nil || b.left {
		return
	}
	b.rang = b.rang || response.StatusCode() == 180
	m.says(b, response)
	b.rings(response)
	m.tellEarly(c, out)
	m.table.Respond(now, c.server, transaction.Response{Code: response.StatusCode(), Data: m.stripAnswer(response, c.source, b.target.flow, "")}, out)
}

// succeeded: the first 2xx ends the transaction and the other branches; every 2xx to an
// INVITE goes on (RFC 3261 §16.7 step 5).
func (m *Machine) succeeded(now time.Time, b *branch, response *sip.Message, out *machine.Output) {
	c := b.context
	first := c.server != nil
	c.decided = true
	if !c.invite {
		if first {
			m.finish(now, c, transaction.Response{Code: response.StatusCode(), Data: m.stripAnswer(response, c.source, b.target.flow, "")}, out)
		}
		if c.inDialog && c.request.Method() == sip.UPDATE {
			m.refreshed(now, c, response)
		}
		return
	}
	if !c.arrived.unproven() {
		m.table.Remember(now, b.client, c.source)
	}
	data := m.stripAnswer(response, c.source, b.target.flow, b.target.user)
	if first {
		m.finish(now, c, transaction.Response{Code: response.StatusCode(), Data: data}, out)
		m.leaveOthers(now, c, out)
	} else {
		out.Sends = append(out.Sends, machine.Send{To: c.source, Data: data})
	}
	if c.inDialog {
		m.refreshed(now, c, response)
	} else {
		m.established(now, b, response, out)
	}
}

// strip takes our Via off a response that goes on to a flow, and what only trusted hops
// may say.
func (m *Machine) strip(response *sip.Message, to machine.Flow) []byte {
	return m.stripAnswer(response, to, machine.Flow{}, "")
}

// stripAnswer is strip, and tells an agent of this process which user of ours it is whose phone answers (RFC 3325 §5):
// the agent goes by what that user may; and from where the phone answers.
func (m *Machine) stripAnswer(response *sip.Message, to, from machine.Flow, user string) []byte {
	e := m.bare(response)
	if to.Transport == machine.Inside {
		m.tellSource(e, from)
	}
	if to.Transport == machine.Inside && user != "" {
		m.value = append(append(append(append(append(m.value[:0], "<sip:"...), sip.EscapeUser(user)...), '@'), m.settings.Domains[0]...), '>')
		e.Add(sip.HeaderPAssertedIdentity, m.value)
	}
	if code := response.StatusCode(); code >= 200 && code < 300 && (response.Method() == sip.INVITE || response.Method() == sip.UPDATE) {
		if suffix, ok := branchSuffix(response); ok {
			m.answerSession(e, response, suffix)
		}
	}
	m.setLength(e, response, to)
	return e.Bytes()
}

// bare is a response without our Via, and without what only trusted hops may say.
func (m *Machine) bare(response *sip.Message) *sip.Edit {
	e := &m.edit
	e.Reset(response)
	e.RemoveTopValues(sip.HeaderVia, 1)
	e.RemoveIf(onlyTrusted)
	m.lowerSequence(e, response)
	return e
}

// finish sends a final response and lets go of the server transaction.
func (m *Machine) finish(now time.Time, c *responseContext, response transaction.Response, out *machine.Output) {
	server := c.server
	c.server = nil
	m.pend(c, -1)
	if c.routing != nil {
		m.stopRinging(c.routing)
	}
	if c.mergeKey != 0 && m.merged[c.mergeKey] == c {
		delete(m.merged, c.mergeKey)
	}
	if c.invite && !c.inDialog {
		m.inviting.remove(m.callHash(c.request.CallID()), c)
	}
	if response.Code >= 300 {
		m.releaseCaller(c)
		m.endCaller(c)
		m.tellFailed(c, response.Code, out)
		m.tellRefused(c, response.Code, out)
	}
	m.table.Respond(now, server, response, out)
}

// conclude sends the best response when no branch is active and no target is left
// (RFC 3261 §16.7 step 6).
func (m *Machine) conclude(now time.Time, c *responseContext, out *machine.Output) {
	if c.server == nil {
		return
	}
	switch {
	case c.cancelled && c.bestCode < 600 && c.bestCode != 487:
		c.best, c.bestCode = nil, 487 // RFC 3261 §9.2
	case c.bestCode == 0 || c.bestCode == 487 && c.routing != nil && c.routing.took && !c.cancelled:
		c.best, c.bestCode = nil, 480 // RFC 3261 §9.1: 487 is the answer to a CANCEL, and the caller sent none
	}
	if c.bestCode == 408 && !c.invite {
		// RFC 4320 §4.2: a 408 to another request than INVITE only adds to the storm.
		m.forget(now, c)
		return
	}
	data := m.bestResponse(c)
	m.finish(now, c, transaction.Response{Code: c.bestCode, Data: data}, out)
}

// forget ends a request that gets no answer at all.
func (m *Machine) forget(now time.Time, c *responseContext) {
	m.table.Forget(now, c.server)
	c.server = nil
	m.pend(c, -1)
	if c.mergeKey != 0 && m.merged[c.mergeKey] == c {
		delete(m.merged, c.mergeKey)
	}
}

func (m *Machine) bestResponse(c *responseContext) []byte {
	if c.bestCode == 503 {
		// RFC 3261 §16.7 step 6: a 503 speaks of that hop, not of us.
		c.best, c.bestCode = nil, 500
	}
	if c.best == nil {
		b := sip.NewResponse(c.request, c.source.Remote, sip.Answer{Code: c.bestCode, ToTag: m.localTag(c.request)})
		if info := m.failure(c, c.bestCode).CallInfo; info != "" {
			b.Add(sip.HeaderCallInfo, info)
		}
		return b.Empty()
	}
	e := m.bare(c.best)
	if !challenges(c.bestCode) {
		c.challenges = nil
	}
	for _, other := range c.challenges {
		for _, h := range [...]sip.Header{sip.HeaderWWWAuthenticate, sip.HeaderProxyAuthenticate} {
			for value := range other.FieldValues(h) {
				e.Add(h, []byte(value))
			}
		}
	}
	m.setCompletion(e, c, c.best)
	m.setLength(e, c.best, c.source)
	return e.Bytes()
}
