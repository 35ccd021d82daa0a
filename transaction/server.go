package transaction

import (
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// State of a transaction that still waits.
type State uint8

// The states of RFC 3261 §17 in which a transaction waits for something.
const (
	// Calling: an INVITE was sent, no response came. Timer A retransmits, B gives up.
	Calling State = iota + 1
	// Trying: another request was sent or arrived, no response yet. Timer E, F.
	Trying
	// Proceeding: a provisional response came or went. An INVITE client waits as long as
	// its user lets it (Timer C).
	Proceeding
	// Completed: an INVITE server sent a final response other than 2xx and waits for
	// the ACK. Timer G retransmits, H gives up.
	Completed
	// Ended: final; the table does not hold it any more.
	Ended
)

// Server is a server transaction that waits: for its user's response, or for an ACK.
type Server struct {
	Request *sip.Message // nil after the final response
	Flow    machine.Flow // where the request came from, and responses go
	Context any          // the user's
	// Unproven: the source may be forged. Its final response leaves once, and once more for
	// each retransmission of the request.
	Unproven bool

	timer    pending
	key      Key
	last     []byte // the last response sent
	giveUp   int64  // Timer H
	interval time.Duration
	state    State
	invite   bool
}

// State of the transaction.
func (s *Server) State() State { return s.state }

// Invite tells an INVITE server transaction from others.
func (s *Server) Invite() bool { return s.invite }

// Match says what an arriving request is to the table.
type Match uint8

const (
	New      Match = iota // no transaction of ours: the user decides
	Absorbed              // a retransmission or the ACK of a transaction, dealt with
)

// Request matches an arriving request with the server transactions. A retransmission is
// answered with the last response; an ACK to a final response other than 2xx ends its
// transaction. For New nothing is remembered until Begin.
func (t *Table) Request(now time.Time, p machine.Packet, out *machine.Output) Match {
	method := p.Message.Method()
	if method == sip.ACK {
		method = sip.INVITE
	}
	key := t.keyOf(p, method)
	if server := t.servers[key]; server != nil {
		if p.Message.Method() == sip.ACK {
			t.acknowledge(now, server)
		} else if server.last != nil {
			out.Sends = append(out.Sends, machine.Send{To: server.Flow, Data: server.last})
		}
		return Absorbed
	}
	entry, payload := t.long.find(key)
	if entry == nil {
		entry, payload = t.short.find(key)
	}
	switch {
	case entry == nil:
		return New
	case entry.kind == spentSilent && p.Message.Method() == sip.ACK && !entry.confirmed():
		return New // the ACK of a 2xx is a transaction of its own (RFC 6026 §7.1)
	case entry.kind == spentAnswer:
		out.Sends = append(out.Sends, machine.Send{To: entry.flow(), Data: again(p, payload)})
	}
	return Absorbed
}

// Begin makes a server transaction for a request that Request found to be New. It
// returns nil when the table, or what its source may have of it, is full; the request is then answered 503 without state.
func (t *Table) Begin(now time.Time, p machine.Packet) *Server {
	source := p.Flow.Source()
	crowded := t.sources[source] >= MaxPendingOfSource && p.Flow.Transport != machine.Inside
	if len(t.servers) >= MaxPending || crowded {
		return nil
	}
	t.sources[source]++
	s := &Server{Request: p.Message, Flow: p.Flow, key: t.keyOf(p, p.Message.Method()), state: Trying}
	s.invite = p.Message.Method() == sip.INVITE
	s.timer.server = s
	if s.invite {
		s.state = Proceeding
	} else {
		// RFC 4320 §4.1: a 100 to another request than INVITE only once the client
		// retransmits at T2.
		t.schedule(now, &s.timer, T1+2*T1+4*T1)
	}
	t.servers[s.key] = s
	return s
}

// TryingDelay is how long an INVITE may go unanswered before it gets a 100 (RFC 3261 §17.2.1).
const TryingDelay = 200 * time.Millisecond

// Defer leaves the 100 to an INVITE to the table: it is sent unless the user responds within
// TryingDelay.
func (t *Table) Defer(now time.Time, s *Server) {
	if s.invite && s.Unanswered() {
		s.state = Trying
		t.schedule(now, &s.timer, TryingDelay)
	}
}

// Unanswered tells that no response was sent yet.
func (s *Server) Unanswered() bool { return s.state != Completed && s.state != Ended && s.last == nil }

// Find is the INVITE server transaction that a CANCEL means, nil without one.
func (t *Table) Find(cancel machine.Packet) *Server { return t.servers[t.keyOf(cancel, sip.INVITE)] }

// Accepted tells whether a CANCEL means an INVITE that was answered with a 2xx or has
// ended otherwise, but is still remembered.
func (t *Table) Accepted(cancel machine.Packet) bool {
	key := t.keyOf(cancel, sip.INVITE)
	_, long := t.long.index[key]
	_, short := t.short.index[key]
	return long || short
}

// Response is a response as it leaves: its status code and all of its text.
type Response struct {
	Code int
	Data []byte
}

// Respond sends a response on a server transaction. After a final one the transaction
// has ended for the user, who must not respond again; a 2xx to an INVITE that comes
// later goes straight to the transaction's flow.
func (t *Table) Respond(now time.Time, s *Server, response Response, out *machine.Output) {
	if s.state == Completed || s.state == Ended {
		panic("transaction: a second final response")
	}
	out.Sends = append(out.Sends, machine.Send{To: s.Flow, Data: response.Data})
	t.responded(now, s, response)
}

func (t *Table) responded(now time.Time, s *Server, response Response) {
	code, data := response.Code, response.Data
	if code < 200 {
		s.last = data
		if s.state == Trying {
			t.timers.remove(&s.timer)
		}
		s.state = Proceeding
		return
	}
	request := s.Request
	s.Request, s.Context = nil, nil
	at := int64(now.Sub(t.epoch))
	switch {
	case s.invite && code < 300:
		// RFC 6026 §7.1: Accepted, Timer L; retransmitted INVITEs are swallowed.
		t.end(s)
		t.long.add(spentOf(s.key, spentSilent, s.Flow), at+int64(TimerB), nil)
	case s.invite:
		s.state, s.last = Completed, data
		s.giveUp = at + int64(TimerB)
		s.interval = T1
		if s.Flow.Transport.Reliable() || s.Unproven {
			s.interval = TimerB
		}
		t.schedule(now, &s.timer, s.interval)
	default:
		t.end(s)
		if !s.Flow.Transport.Reliable() {
			t.scratch = compact(t.scratch[:0], request, response)
			t.long.add(spentOf(s.key, spentAnswer, s.Flow), at+int64(TimerB), t.scratch) // Timer J
		}
	}
}

func (t *Table) end(s *Server) {
	t.timers.remove(&s.timer)
	delete(t.servers, s.key)
	if source := s.Flow.Source(); t.sources[source] > 1 {
		t.sources[source]--
	} else {
		delete(t.sources, source)
	}
	s.state = Ended
}

// acknowledge: RFC 3261 §17.2.1, Confirmed for Timer I.
func (t *Table) acknowledge(now time.Time, s *Server) {
	if s.state != Completed {
		return
	}
	t.end(s)
	t.short.add(spentOf(s.key, spentSilent, machine.Flow{}), int64(now.Sub(t.epoch)+T4), nil)
}

// confirmed: an INVITE answered otherwise than 2xx keeps no flow; its ACKs are absorbed.
func (s *spent) confirmed() bool { return s.transport == 0 }

func (t *Table) fireServer(now time.Time, s *Server, out *machine.Output) {
	if s.state == Trying { // of another request than INVITE, or of one that was put off by Defer
		data := sip.NewResponse(s.Request, s.Flow.Remote, sip.Answer{Code: 100}).Empty()
		t.Respond(now, s, Response{100, data}, out)
		return
	}
	if s.state != Completed {
		return
	}
	if int64(now.Sub(t.epoch)) >= s.giveUp {
		t.end(s)
		t.user.Unacknowledged(now, s, out)
		return
	}
	// Timer G: doubling up to T2.
	out.Sends = append(out.Sends, machine.Send{To: s.Flow, Data: s.last})
	s.interval = min(2*s.interval, T2)
	left := time.Duration(s.giveUp - int64(now.Sub(t.epoch)))
	t.schedule(now, &s.timer, min(s.interval, left))
}

// Forget ends a server transaction without a response: the request stays unanswered, and
// its retransmissions are swallowed (RFC 4320 §4.2).
func (t *Table) Forget(now time.Time, s *Server) {
	s.Request, s.Context = nil, nil
	t.end(s)
	t.long.add(spentOf(s.key, spentSilent, machine.Flow{}), int64(now.Sub(t.epoch)+TimerB), nil)
}
