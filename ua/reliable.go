package ua

import (
	"strings"
	"time"

	"hookflash/dialog"
	"hookflash/sip"
	"hookflash/transaction"
)

// reliable is a provisional response of ours that waits for its PRACK (RFC 3262 §3).
type reliable struct {
	data      []byte
	rseq      uint32
	described bool // it carried an offer or an answer: the 2xx waits for its PRACK
	offered   bool // an offer: the PRACK has the answer
	interval  time.Duration
	giveUp    time.Time
	timer     *timer
	waiting   []queued // provisional responses that wait their turn
}

// queued is a provisional response to be sent.
type queued struct {
	answer      sip.Answer
	description string
	fields      []field
}

// maxQueued is how many provisional responses may wait for the PRACK of one before them; more are
// dropped.
const maxQueued = 8

func (r *reliable) stop(a *Agent) {
	if r != nil {
		a.stop(r.timer)
	}
}

func (c *Call) mustBeReliable() bool {
	if c.request.HasToken(sip.HeaderRequire, "100rel") {
		return true
	}
	return c.agent.settings.Reliable && c.request.HasToken(sip.HeaderSupported, "100rel")
}

// sendReliably sends a provisional response until it is acknowledged; a second one waits for the
// first (RFC 3262 §3).
func (c *Call) sendReliably(p queued) {
	a := c.agent
	if c.reliable != nil {
		if len(c.reliable.waiting) < maxQueued {
			c.reliable.waiting = append(c.reliable.waiting, p)
		}
		return
	}
	if c.rseq == 0 {
		c.rseq = uint32(a.table.Uint64()>>34) + 1
	} else {
		c.rseq++
	}
	fields := append(p.fields[:len(p.fields):len(p.fields)], field{sip.HeaderRequire, "100rel"}, field{sip.HeaderRSeq, decimal(c.rseq)})
	a.respondDescribed(c.server, p.answer, p.description, fields...)
	sent := a.out.Sends[len(a.out.Sends)-1]
	c.reliable = &reliable{
		data: sent.Data, rseq: c.rseq, described: p.description != "", offered: p.description != "" && c.negotiation.Pending(),
		interval: transaction.T1, giveUp: a.now.Add(transaction.TimerB),
	}
	c.reliable.timer = a.after(transaction.T1, c.progressAgain)
}

func (c *Call) progressAgain() {
	a, r := c.agent, c.reliable
	if !a.now.Before(r.giveUp) {
		c.reliable = nil
		c.Reject(sip.Answer{Code: 504}) // RFC 3262 §3: a 5xx
		return
	}
	a.transmit(c.server.Flow, r.data)
	r.interval *= 2
	r.timer = a.after(min(r.interval, r.giveUp.Sub(a.now)), c.progressAgain)
}

// provisionallyAcknowledged takes a PRACK.
func (c *Call) provisionallyAcknowledged(m *sip.Message, server *transaction.Server) {
	a, r := c.agent, c.reliable
	rack, err := sip.ParseRAck(m.Header(sip.HeaderRAck))
	if err != nil || !c.Incoming || rack.RSeq != c.rseq || rack.RSeq == c.pracked || rack.CSeq != c.sequence || rack.Method != sip.INVITE {
		a.respond(server, sip.Answer{Code: 481})
		return
	}
	c.pracked = c.rseq
	r.stop(a)
	c.reliable = nil
	if !c.prackDescribed(r, m, server) {
		return
	}
	if c.answering {
		c.answering = false
		_ = c.Answer() // who asked for it was told that it would be
		return
	}
	if r == nil || c.server == nil || len(r.waiting) == 0 {
		return // the final response did not wait for it
	}
	c.sendReliably(r.waiting[0])
	c.reliable.waiting = r.waiting[1:]
}

// prackDescribed answers a PRACK, with what it says of the session (RFC 3262 §5): the answer to our
// offer, or an offer, whose answer the 200 carries. It is false when the call failed over that.
func (c *Call) prackDescribed(r *reliable, m *sip.Message, server *transaction.Server) bool {
	a := c.agent
	description, problem := descriptionOf(m)
	if r != nil && r.offered {
		agreed, err := c.negotiation.Accept(description)
		if err != nil {
			a.respond(server, sip.Answer{Code: 488})
			c.Reject(sip.Answer{Code: 488})
			return false
		}
		c.set(agreed)
		a.respond(server, sip.Answer{Code: 200})
		return true
	}
	if problem != nil || description == "" {
		// What can't be read is not taken for an offer; the PRACK counts all the same.
		a.respond(server, sip.Answer{Code: 200})
		return true
	}
	answer := ""
	_, stands := c.negotiation.Agreed()
	if stands && !c.negotiation.Pending() {
		before := c.negotiation
		text, agreed, err := c.negotiation.Answer(description, c.local())
		if err != nil {
			c.negotiation = before
			a.respond(server, sip.Answer{Code: 488})
			return true
		}
		c.set(agreed)
		answer = text
		if c.described != "" {
			c.described = text
		}
	}
	a.respondDescribed(server, sip.Answer{Code: 200}, answer)
	return true
}

// reliably acknowledges a reliable provisional response, and tells whether it is to be looked at: it
// is no copy and none is missing before it (RFC 3262 §4).
func (c *Call) reliably(f *fork, m *sip.Message) bool {
	if !isReliable(m) {
		return true
	}
	if !follows(&f.sequence, m) {
		return false
	}
	answer := ""
	var problem error
	if description, _ := descriptionOf(m); c.offerless && !f.answered && description != "" {
		f.answered = true
		answer, problem = c.answerOffer(&f.negotiation, m)
	}
	f.dialog.Sequence = max(f.dialog.Sequence, m.CSeq())
	c.sendPRACK(f.dialog, f.sequence, m, answer)
	if problem != nil {
		c.Cancel()
		return false
	}
	return true
}

func isReliable(m *sip.Message) bool {
	return m.HasToken(sip.HeaderRequire, "100rel") && m.Has(sip.HeaderRSeq)
}

// follows tells whether a reliable response is the one after the last, and notes its RSeq.
func follows(last *uint32, m *sip.Message) bool {
	rseq, err := sip.ParseRSeq(m.Header(sip.HeaderRSeq))
	if err != nil || *last != 0 && rseq != *last+1 {
		return false
	}
	*last = rseq
	return true
}

func (c *Call) sendPRACK(d *dialog.Dialog, rseq uint32, m *sip.Message, answer string) {
	rack := sip.RAck{RSeq: rseq, CSeq: m.CSeq(), Method: sip.INVITE}
	x := &exchange{agent: c.agent, dialog: d, method: sip.PRACK}
	x.fields = []field{{sip.HeaderRAck, string(rack.Append(nil))}}
	x.contentType, x.body = typeOf(answer), answer
	x.start()
}

// early takes the session description of a provisional response: of a reliable one it is the
// answer, of another one it tells where early media comes from.
func (c *Call) early(f *fork, m *sip.Message) {
	description, err := descriptionOf(m)
	if c.offerless || f.answered || err != nil || description == "" {
		return
	}
	if c.foreign {
		f.answered, c.theirs = isReliable(m), strings.Clone(description)
		return
	}
	trial := f.negotiation
	agreed, problem := trial.Accept(description)
	if problem != nil {
		return
	}
	if isReliable(m) {
		f.negotiation, f.answered = trial, true
	}
	c.EarlyMedia = true
	c.set(agreed)
}
