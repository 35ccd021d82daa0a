package transaction

import (
	"encoding/binary"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// Client is a client transaction that waits for a final response.
type Client struct {
	Flow    machine.Flow
	Context any // the user's
	Number  uint64

	timer    pending
	request  []byte // as sent; nil after the final response
	giveUp   int64  // Timer B, F or C
	silence  int64  // when the user is told that nothing was said; 0: no more
	interval time.Duration
	state    State
	invite   bool
}

// State of the transaction.
func (c *Client) State() State { return c.state }

// Invite tells an INVITE client transaction from others.
func (c *Client) Invite() bool { return c.invite }

// Request is the request as it was sent, nil after the final response.
func (c *Client) Request() []byte { return c.request }

var branchNumberLength = sip.OpaqueLength(8)

// A CANCEL has the branch of its INVITE (RFC 3261 §9.1), and so its number; in the table
// it stands under the number with this bit, which no drawn number has.
const cancelBit = 1 << 63

// NewNumber draws the number of a client transaction, which its branch carries.
func (t *Table) NewNumber() uint64 {
	for {
		if n := t.random.Uint64() &^ cancelBit; n != 0 && t.clients[n] == nil {
			return n
		}
	}
}

// Uint64 is a random number from the table's seed.
func (t *Table) Uint64() uint64 { return t.random.Uint64() }

// AppendBranch prints the branch of a client transaction: the magic cookie, its number,
// and a suffix of the user's (RFC 5393 §4.2: what loop detection compares).
func AppendBranch(b []byte, number uint64, suffix string) []byte {
	b = append(b, sip.MagicCookie...)
	var octets [8]byte
	binary.BigEndian.PutUint64(octets[:], number)
	b = sip.AppendOpaque(b, octets[:])
	return append(b, suffix...)
}

// BranchNumber reads the number and the suffix out of a branch; ok is false for a branch
// that AppendBranch did not make.
func BranchNumber(branch string) (number uint64, suffix string, ok bool) {
	const start = len(sip.MagicCookie)
	if len(branch) < start+branchNumberLength || branch[:start] != sip.MagicCookie {
		return 0, "", false
	}
	var octets [8]byte
	read, ok := sip.DecodeOpaque(octets[:0], branch[start:start+branchNumberLength])
	return binary.BigEndian.Uint64(octets[:]), branch[start+branchNumberLength:], ok && len(read) == 8
}

// Call is what Send needs of a request.
type Call struct {
	Number  uint64 // from NewNumber, and in the branch of the topmost Via; a CANCEL has that of its INVITE
	Data    []byte // the whole request
	Flow    machine.Flow
	Method  sip.Method // not ACK
	Context any
	// Patience is how long the next hop may say nothing before the user is told, who has
	// others to ask (User.Silent); 0: as long as Timer B or F.
	Patience time.Duration
}

// Send sends a request in a new client transaction; nil when the table is full.
func (t *Table) Send(now time.Time, call Call, out *machine.Output) *Client {
	if len(t.clients) >= MaxPending {
		return nil
	}
	if call.Method == sip.CANCEL {
		call.Number |= cancelBit
	}
	c := &Client{Number: call.Number, Flow: call.Flow, Context: call.Context, request: call.Data, state: Trying}
	c.timer.client = c
	if c.invite = call.Method == sip.INVITE; c.invite {
		c.state = Calling
	}
	c.giveUp = int64(now.Sub(t.epoch) + TimerB)
	c.interval = T1
	if c.Flow.Transport.Reliable() {
		c.interval = TimerB
	}
	first := c.interval
	if call.Patience > 0 && call.Patience < TimerB {
		c.silence = int64(now.Sub(t.epoch) + call.Patience)
		first = min(first, call.Patience)
	}
	t.clients[c.Number] = c
	t.schedule(now, &c.timer, first)
	out.Sends = append(out.Sends, machine.Send{To: c.Flow, Data: c.request, Ticket: c.Number})
	return c
}

// Outcome says what an arriving response is to the table.
type Outcome uint8

const (
	Stray     Outcome = iota // no transaction of ours: dropped (RFC 6026 §8.9)
	Deliver                  // for the user of the transaction
	Forward                  // a 2xx to an INVITE that was answered before: it goes on to the flow
	Swallowed                // a retransmission, dealt with
)

// Response matches an arriving response with the client transactions. For Forward the
// flow is what Remember was given. A final response is acknowledged here unless it is a
// 2xx (RFC 3261 §17.1.1.3).
func (t *Table) Response(now time.Time, m *sip.Message, out *machine.Output) (Outcome, *Client, machine.Flow) {
	number, _, ok := BranchNumber(m.Branch())
	if !ok {
		return Stray, nil, machine.Flow{}
	}
	if m.Method() == sip.CANCEL {
		number |= cancelBit
	}
	c := t.clients[number]
	if c == nil {
		return t.spentResponse(m, number, out)
	}
	code := m.StatusCode()
	if c.invite != (m.Method() == sip.INVITE) {
		return Stray, nil, machine.Flow{}
	}
	switch {
	case code < 200 && c.state == Calling:
		c.state, c.silence = Proceeding, 0
		t.timers.remove(&c.timer) // until the user sets Timer C
	case code < 200 && c.state == Trying:
		c.state, c.silence = Proceeding, 0 // Timer E goes on at T2, F stays
	case code >= 200:
		t.finish(now, c, m, out)
	}
	return Deliver, c, machine.Flow{}
}

// finish ends a client transaction on its final response.
func (t *Table) finish(now time.Time, c *Client, m *sip.Message, out *machine.Output) {
	t.drop(c)
	if !c.invite || m.StatusCode() < 300 {
		c.request = nil
		return // RFC 3261 §17.1.2.2: what comes again is a stray
	}
	invite, err := sip.Parse(string(c.request))
	c.request = nil
	if err != nil {
		return // nobody sends what can't be read
	}
	out.Sends = append(out.Sends, machine.Send{To: c.Flow, Data: acknowledgement(invite, m)})
	if !c.Flow.Transport.Reliable() {
		t.scratch = compactACK(t.scratch[:0], invite)
		t.long.add(spentOf(clientKey(c.Number), spentAnswer, c.Flow), int64(now.Sub(t.epoch)+TimerD), t.scratch)
	}
}

func (t *Table) drop(c *Client) {
	t.timers.remove(&c.timer)
	delete(t.clients, c.Number)
	c.state = Ended
}

// Remember keeps the way back for further 2xx to an INVITE that was answered with a 2xx
// (RFC 6026 §7.2, Accepted for Timer M).
func (t *Table) Remember(now time.Time, c *Client, back machine.Flow) {
	t.long.add(spentOf(clientKey(c.Number), spentForward, back), int64(now.Sub(t.epoch)+TimerB), nil)
}

func (t *Table) spentResponse(m *sip.Message, number uint64, out *machine.Output) (Outcome, *Client, machine.Flow) {
	entry, payload := t.long.find(clientKey(number))
	switch {
	case entry == nil || m.Method() != sip.INVITE || m.StatusCode() < 200:
		return Stray, nil, machine.Flow{}
	case entry.kind == spentForward && m.StatusCode() < 300:
		return Forward, nil, entry.flow()
	case entry.kind == spentAnswer && m.StatusCode() >= 300:
		out.Sends = append(out.Sends, machine.Send{To: entry.flow(), Data: acknowledgeAgain(m, payload)})
	}
	return Swallowed, nil, machine.Flow{}
}

// acknowledgement is the ACK to a final response other than 2xx: the Request-URI, topmost
// Via, From, Call-ID and Route of its INVITE, and the To of the response (RFC 3261 §17.1.1.3).
func acknowledgement(invite, response *sip.Message) []byte {
	b := sip.NewRequest(sip.ACK, invite.RequestURI())
	b.Add(sip.HeaderVia, invite.TopValue(sip.HeaderVia))
	b.AddNumber(sip.HeaderMaxForwards, 70)
	b.Copy(invite, sip.HeaderRoute, sip.HeaderFrom)
	b.Copy(response, sip.HeaderTo)
	b.Copy(invite, sip.HeaderCallID)
	b.AddSequence(invite.CSeq(), sip.ACK)
	return b.Empty()
}

// Expire sets how long a proceeding INVITE may go on ringing (Timer C, RFC 3261 §16.6 step 11).
func (t *Table) Expire(now time.Time, c *Client, after time.Duration) {
	if c.state == Proceeding && c.invite {
		c.giveUp = int64(now.Sub(t.epoch) + after)
		t.schedule(now, &c.timer, after)
	}
}

// Abandon ends a client transaction without a word: what still arrives for it is a stray.
func (t *Table) Abandon(c *Client) {
	if c.state != Ended {
		t.drop(c)
	}
}

// Unsent is told by the shell that the message with this ticket could not be sent.
func (t *Table) Unsent(now time.Time, ticket uint64, out *machine.Output) {
	if c := t.clients[ticket]; c != nil && (c.state == Calling || c.state == Trying) {
		t.drop(c)
		t.user.Unsent(now, c, out)
	}
}

func (t *Table) fireClient(now time.Time, c *Client, out *machine.Output) {
	at := int64(now.Sub(t.epoch))
	if at >= c.giveUp {
		if c.state == Proceeding && c.invite {
			t.user.TimedOut(now, c, out) // Timer C: the user sends a CANCEL
			return
		}
		t.drop(c)
		t.user.TimedOut(now, c, out)
		return
	}
	if c.silence > 0 && at >= c.silence {
		c.silence = 0
		t.schedule(now, &c.timer, time.Duration(c.giveUp-at))
		t.user.Silent(now, c, out)
		return
	}
	out.Sends = append(out.Sends, machine.Send{To: c.Flow, Data: c.request, Ticket: c.Number})
	switch {
	case c.invite:
		c.interval *= 2 // Timer A
	case c.state == Proceeding:
		c.interval = T2
	default:
		c.interval = min(2*c.interval, T2) // Timer E
	}
	left := time.Duration(c.giveUp - at)
	if c.silence > 0 {
		left = min(left, time.Duration(c.silence-at))
	}
	t.schedule(now, &c.timer, min(c.interval, left))
}
