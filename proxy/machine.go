package proxy

import (
	"math/rand/v2"
	"time"

	"github.com/dchest/siphash"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/sip"
	"hookflash/transaction"
)

// Machine is one shard of the proxy. Whoever steps it owns it for the step.
type Machine struct {
	settings *Settings
	views    Views
	table    *transaction.Table
	tokens   sealer
	hashKey  [2]uint64
	dialogs  dialogTable
	merged   map[uint64]*responseContext // requests under way, by what RFC 3261 §8.2.2.2 compares
	edit     sip.Edit                    // scratch of the step
	value    []byte                      // scratch of the step
	counts   Counts
	draining bool
	unkept   bool // during Unkept
	shunned  shunned
	// inquiries are the lookups under way, in the order of their deadlines; the first is
	// never over.
	inquiries []*inquiry
	ringing   ringing
	spare     *routing  // to be used again
	warrants  []warrant // in the order of their deadlines
	gateways  []gateway // hops of the trunks
	found     []foundPlace
	findNext  time.Time // when their names are looked up again
	referrals referrals
	letters   letters
	inviting  inviting
	watched   map[string][]string        // users, each with the agents that watch
	told      map[*responseContext][]leg // what they were told of INVITEs without final response
	source    uint64                     // names this machine in what it tells
	picked    *Ringing                   // what the next INVITE is to pick up
}

// Counts are totals since the start, for metrics.
type Counts struct {
	Calls, Answered, Ended   uint64 // INVITEs placed, answered 2xx, dialogs ended by BYE
	Rejected, Challenged     uint64
	Forwarded, StrayResponse uint64
	// MESSAGEs, and SUBSCRIBEs outside a dialog, that were let through or refused for their rate or size.
	Messages, MessagesRefused, SubscribesRefused uint64
}

// New makes a shard. seed is secret and new for each process and shard.
func New(settings *Settings, views Views, seed [32]byte, now time.Time) *Machine {
	m := &Machine{settings: settings, views: views, merged: make(map[uint64]*responseContext), gateways: gatewaysOf(settings)}
	if views.Lines == nil {
		m.views.Lines = ownLines{}
	}
	if views.Calls == nil {
		m.views.Calls = OwnCalls{}
	}
	m.table = transaction.NewTable(m, seed, now)
	var tokenSeed [32]byte
	for i := range 4 {
		value := m.table.Uint64()
		for j := range 8 {
			tokenSeed[8*i+j] = byte(value >> (8 * j))
		}
	}
	m.tokens = newSealer(settings.TokenKey, rand.NewChaCha8(tokenSeed))
	m.hashKey = hashKeyOf(settings.TokenKey)
	m.dialogs = newDialogTable(now, m.views.Calls)
	m.inviting, m.source = inviting{}, m.table.Uint64()
	m.watched, m.told = map[string][]string{}, map[*responseContext][]leg{}
	return m
}

// Configure gives the machine new settings; requests under way end under the old ones
// only as far as they were placed.
func (m *Machine) Configure(settings *Settings) {
	m.settings = settings
	m.gateways, m.findNext = gatewaysOf(settings), time.Time{}
}

// Drain makes the machine refuse what would begin something new; calls that stand go on.
func (m *Machine) Drain() { m.draining = true }

// Counts are the machine's totals.
func (m *Machine) Counts() Counts { return m.counts }

// Pending counts transactions that wait, records of ended ones, and calls kept in mind.
func (m *Machine) Pending() (servers, clients, spent, dialogs int) {
	servers, clients = m.table.Pending()
	return servers, clients, m.table.Spent(), m.dialogs.len()
}

// Merged counts the requests under way that a further copy would be recognised as
// (RFC 3261 §8.2.2.2).
func (m *Machine) Merged() int { return len(m.merged) }

// Ringing counts the requests whose phones ring for a limited time.
func (m *Machine) Ringing() int { return len(m.ringing) }

// Lookups counts the names that are being looked up.
func (m *Machine) Lookups() (count int) {
	for _, q := range m.inquiries {
		if !q.over {
			count++
		}
	}
	return count
}

// Next is the earliest deadline.
func (m *Machine) Next() time.Time {
	next := m.table.Next()
	if len(m.ringing) > 0 && (next.IsZero() || m.ringing[0].routing.until.Before(next)) {
		next = m.ringing[0].routing.until
	}
	if len(m.inquiries) > 0 && (next.IsZero() || m.inquiries[0].deadline.Before(next)) {
		return m.inquiries[0].deadline
	}
	return next
}

// Advance fires the timers that are due.
func (m *Machine) Advance(now time.Time, out *machine.Output) {
	m.table.Advance(now, out)
	m.rungOut(now, out)
	m.overdue(now, out)
	m.sweep(now, out)
}

// SendFailed takes note of a message that could not be sent.
func (m *Machine) SendFailed(now time.Time, ticket uint64, out *machine.Output) {
	m.table.Unsent(now, ticket, out)
}

// Unkept takes note of a message that did not leave, because what it had to wait for
// (machine.Send.Durable) could not be kept. The request goes nowhere else either: it must
// not take effect.
func (m *Machine) Unkept(now time.Time, ticket uint64, out *machine.Output) {
	m.unkept = true
	m.table.Unsent(now, ticket, out)
	m.unkept = false
}

// Absorb deals with a request that belongs to a transaction of ours: a retransmission
// or the ACK of a refusal. Callers ask before they spend work on credentials.
func (m *Machine) Absorb(now time.Time, p machine.Packet, out *machine.Output) bool {
	return p.Message.IsRequest() && m.table.Request(now, p, out) == transaction.Absorbed
}

// Receive takes a message that arrived. who is the sender of a request; it means nothing
// for a response, an ACK or a CANCEL.
func (m *Machine) Receive(now time.Time, p machine.Packet, who identity.Identity, out *machine.Output) {
	if !p.Message.IsRequest() {
		m.receiveResponse(now, p, out)
		return
	}
	if m.Absorb(now, p, out) {
		m.picked = nil
		return
	}
	if who.Durable > 0 {
		defer wait(out, len(out.Sends), len(out.Jobs), who.Durable)
	}
	r := request{p: p, who: who}
	switch p.Message.Method() {
	case sip.ACK:
		m.receiveACK(now, &r, out)
	case sip.CANCEL:
		m.receiveCancel(now, &r, out)
	default:
		m.receiveRequest(now, &r, out)
	}
	m.picked = nil
}

// wait holds back what a step sends until the use of the sender's nonce is kept: a request
// that was seen to take effect must not take effect again after a restart. Should it not
// be kept, nothing leaves, and each branch is told that it was not sent.
func wait(out *machine.Output, sends, jobs, durable int) {
	for i := sends; i < len(out.Sends); i++ {
		out.Sends[i].Durable = max(out.Sends[i].Durable, durable)
	}
	for i := jobs; i < len(out.Jobs); i++ {
		out.Jobs[i].Durable = durable
	}
}

// Refuse answers a request that Parse could read but not accept.
func (m *Machine) Refuse(p machine.Packet, problem *sip.StatusError, out *machine.Output) {
	if p.Message.Method() == sip.ACK {
		return
	}
	m.reply(p, problem.Code, problem.Reason, out)
}

func hashKeyOf(key [32]byte) [2]uint64 {
	high, low := siphash.Hash128(0, 0, key[:])
	return [2]uint64{high, low}
}
