package ua

import (
	"time"

	"hookflash/sip"
	"hookflash/transaction"
)

// reliable is a provisional response of ours that waits for its PRACK (RFC 3262 §3).
type reliable struct {
	data     []byte
	rseq     uint32
	interval time.Duration
	giveUp   time.Time
	timer    *timer
	waiting  []queued // provisional responses that wait their turn
}

type queued struct {
	answer sip.Answer
	fields []field
}

// maxQueued is how many provisional responses may wait for the PRACK of one before them.
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
func (c *Call) sendReliably(answer sip.Answer, fields []field) {
	a := c.agent
	if c.reliable != nil {
		if len(c.reliable.waiting) < maxQueued {
			c.reliable.waiting = append(c.reliable.waiting, queued{answer, fields})
		}
		return
	}
	if c.rseq == 0 {
		c.rseq = uint32(a.table.Uint64()>>34) + 1
	} else {
		c.rseq++
	}
	fields = append(fields, field{sip.HeaderRequire, "100rel"}, field{sip.HeaderRSeq, decimal(c.rseq)})
	a.respond(c.server, answer, fields...)
	sent := a.out.Sends[len(a.out.Sends)-1]
	c.reliable = &reliable{data: sent.Data, rseq: c.rseq, interval: transaction.T1, giveUp: a.now.Add(transaction.TimerB)}
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
	if err != nil || r == nil || rack.RSeq != r.rseq || rack.CSeq != c.request.CSeq() || rack.Method != sip.INVITE {
		a.respond(server, sip.Answer{Code: 481})
		return
	}
	r.stop(a)
	c.reliable = nil
	a.respond(server, sip.Answer{Code: 200})
	for i, next := range r.waiting {
		c.sendReliably(next.answer, next.fields)
		if c.reliable != nil {
			c.reliable.waiting = r.waiting[i+1:]
			return
		}
	}
}

// reliably acknowledges a reliable provisional response, and tells whether it is to be looked at: it
// is no copy and none is missing before it (RFC 3262 §4).
func (c *Call) reliably(f *fork, m *sip.Message) bool {
	if !m.HasToken(sip.HeaderRequire, "100rel") || !m.Has(sip.HeaderRSeq) {
		return true
	}
	rseq, err := sip.ParseRSeq(m.Header(sip.HeaderRSeq))
	if err != nil || f.sequence != 0 && rseq != f.sequence+1 {
		return false
	}
	f.sequence = rseq
	body := ""
	if c.offerless && isSDP(m) && !f.answered {
		body = c.answerEarly(f, m)
	}
	rack := sip.RAck{RSeq: rseq, CSeq: m.CSeq(), Method: sip.INVITE}
	x := &exchange{agent: c.agent, dialog: f.dialog, method: sip.PRACK}
	f.dialog.Sequence = max(f.dialog.Sequence, m.CSeq())
	x.fields = []field{{sip.HeaderRAck, string(rack.Append(nil))}}
	if body != "" {
		x.contentType, x.body = sdpType, body
	}
	x.start()
	return true
}

// answerEarly answers the offer of a reliable provisional response in its PRACK (RFC 3262 §5).
func (c *Call) answerEarly(f *fork, m *sip.Message) string {
	if c.openMedia() != nil {
		return ""
	}
	answer, agreed, err := f.negotiation.Answer(m.Body(), c.local())
	if err != nil {
		return ""
	}
	f.answered = true
	c.set(agreed)
	return answer
}

// early takes the session description of a provisional response: of a reliable one it is the
// answer, of another one it tells where early media comes from.
func (c *Call) early(f *fork, m *sip.Message) {
	if c.offerless || f.answered {
		return
	}
	trial := f.negotiation
	agreed, err := trial.Accept(m.Body())
	if err != nil {
		return
	}
	if m.HasToken(sip.HeaderRequire, "100rel") {
		f.negotiation, f.answered = trial, true
	}
	c.set(agreed)
}
