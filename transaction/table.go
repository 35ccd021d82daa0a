package transaction

import (
	"math/rand/v2"
	"time"

	"github.com/dchest/siphash"

	"hookflash/machine"
	"hookflash/sip"
)

// Timer values of RFC 3261 §17.1.1.1 and table 4.
const (
	T1 = 500 * time.Millisecond // round-trip estimate
	T2 = 4 * time.Second        // longest retransmission interval but for INVITE requests
	T4 = 5 * time.Second        // longest time a message stays in the network

	TimerB = 64 * T1 // INVITE client waits for a response; also F, H, J, L and M
	TimerD = 32 * time.Second
)

// Limits of a table.
const (
	Tick       = 50 * time.Millisecond // deadlines are rounded up to it: exact timers cost more than they give
	MaxPending = 1 << 18               // waiting transactions of each kind; more are refused (Begin, Send)
	// MaxPendingOfSource is how many of the server transactions one address (IPv4) or /64
	// (IPv6) may have; more are refused (Begin).
	MaxPendingOfSource = 1 << 15
	MaxSpent           = 1 << 20 // records that absorb retransmissions; the oldest is forgotten early
)

// User is told what happens to transactions without a message arriving.
type User interface {
	// TimedOut: no final response came in time (Timer B or F), or the time the user gave
	// a proceeding INVITE is over (Timer C). The transaction is still in the table for
	// a proceeding INVITE, and gone otherwise.
	TimedOut(now time.Time, client *Client, out *machine.Output)
	// Silent: nothing came within the patience of the call. The transaction stays: it sends
	// no more, but what comes for it until Timer B or F is delivered, and then TimedOut is told.
	Silent(now time.Time, client *Client, out *machine.Output)
	// Unsent: the request could not be sent. The transaction is gone.
	Unsent(now time.Time, client *Client, out *machine.Output)
	// Unacknowledged: no ACK came for a final response other than 2xx (Timer H).
	Unacknowledged(now time.Time, server *Server, out *machine.Output)
}

// Key tells server transactions apart (RFC 3261 §17.2.3). It is a keyed hash, so that
// nobody outside can make two transactions share one.
type Key struct{ high, low uint64 }

// Table holds every transaction of one machine.
type Table struct {
	user    User
	seed    [2]uint64
	random  *rand.ChaCha8
	epoch   time.Time
	servers map[Key]*Server
	clients map[uint64]*Client
	sources map[uint64]int32 // server transactions by where they came from
	timers  timers
	long    spentQueue // 64·T1
	short   spentQueue // T4
	scratch []byte
}

// NewTable makes an empty table. The seed keys the hashes and branches; it must be
// secret and new for each process. epoch is the time of the first step or earlier.
func NewTable(user User, seed [32]byte, epoch time.Time) *Table {
	random := rand.NewChaCha8(seed)
	return &Table{
		user: user, seed: [2]uint64{random.Uint64(), random.Uint64()}, random: random, epoch: epoch,
		servers: make(map[Key]*Server), clients: make(map[uint64]*Client), sources: make(map[uint64]int32),
		long: newSpentQueue(MaxSpent), short: newSpentQueue(MaxSpent),
	}
}

// Pending counts the transactions that wait for something.
func (t *Table) Pending() (servers, clients int) { return len(t.servers), len(t.clients) }

// Spent counts the records that only absorb retransmissions.
func (t *Table) Spent() int { return t.long.len() + t.short.len() }

// Next is the earliest deadline, the zero time without one. Forgetting spent records
// is no deadline: it happens along with other steps.
func (t *Table) Next() time.Time {
	if len(t.timers) == 0 {
		return time.Time{}
	}
	return t.epoch.Add(time.Duration(t.timers[0].at))
}

// Advance fires every timer that is due.
func (t *Table) Advance(now time.Time, out *machine.Output) {
	at := int64(now.Sub(t.epoch))
	for len(t.timers) > 0 && t.timers[0].at <= at {
		due := t.timers[0]
		t.timers.remove(due)
		if due.server != nil {
			t.fireServer(now, due.server, out)
		} else {
			t.fireClient(now, due.client, out)
		}
	}
	t.long.forget(at)
	t.short.forget(at)
}

// schedule sets the transaction's one timer.
func (t *Table) schedule(now time.Time, p *pending, after time.Duration) {
	at := int64(now.Sub(t.epoch) + after)
	t.timers.set(p, (at+int64(Tick)-1)/int64(Tick)*int64(Tick))
}

// keyOf is the server transaction key of a request; ACK and CANCEL are asked for as the
// INVITE they belong to by giving that method (RFC 3261 §17.2.3). The source address is
// part of it: an ACK or CANCEL comes from where its INVITE came.
func (t *Table) keyOf(p machine.Packet, method sip.Method) Key {
	m := p.Message
	via := m.TopVia()
	b := t.scratch[:0]
	source := p.Flow.Remote.Addr().As16()
	b = append(b, source[:]...)
	b = append(append(b, method...), 0)
	b = append(append(b, via.Host...), byte(via.Port), byte(via.Port>>8))
	branch := m.Branch()
	if len(branch) > len(sip.MagicCookie) && branch[:len(sip.MagicCookie)] == sip.MagicCookie {
		b = append(b, branch...)
	} else {
		// RFC 3261 §17.2.3: a request of RFC 2543, matched field by field. The To tag is
		// left out, as the ACK has one and its INVITE may not.
		b = append(append(b, m.RequestURI()...), 0)
		b = append(append(b, m.FromTag()...), 0)
		b = append(append(b, m.CallID()...), 0)
		b = append(append(b, via.Params...), byte(p.Flow.Remote.Port()), byte(p.Flow.Remote.Port()>>8))
		b = append(b, byte(m.CSeq()), byte(m.CSeq()>>8), byte(m.CSeq()>>16), byte(m.CSeq()>>24))
	}
	t.scratch = b
	high, low := siphash.Hash128(t.seed[0], t.seed[1], b)
	return Key{high, low}
}
