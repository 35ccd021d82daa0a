package sdp

import (
	"net/netip"
	"strings"
	"time"
)

// Local is what we want of the audio stream.
type Local struct {
	Address    netip.Addr    // where we receive; an address of its own, never the unspecified one
	Port       uint16        // of RTP; 0 rejects or disables the stream
	Codecs     []Codec       // in order of preference; Format is what we take
	Events     uint8         // wished payload number of telephone-event (RFC 4733); 0: none
	PacketTime time.Duration // that we wish to receive; 0 leaves it open
	Direction  Direction     // our wish: SendOnly or Inactive holds the other side
	Mux        bool          // RTP and RTCP on one port (RFC 5761)
	Crypto     []Crypto      // our keys, one per suite, in order of preference
	Secure     Policy
}

// Stream is what an offer and its answer agreed on.
type Stream struct {
	Remote      netip.AddrPort // where RTP goes to; invalid while c=0.0.0.0 holds us
	Control     netip.AddrPort // where RTCP goes to; invalid when nowhere
	Mux         bool
	Codec       Codec   // to send with: number and Format are the other side's
	Accept      []Codec // to receive, by numbers; Codec stands first or its like does
	Events      uint8   // number to send telephone-event with; 0: none agreed
	EventsRate  uint32  // its clock, in Hz
	EventsTaken []Codec // telephone-event as it may arrive, by numbers
	PacketTime  time.Duration
	Direction   Direction // ours; nothing is sent to c=0.0.0.0 though it may say so in writing
	Ours        Crypto    // what we encrypt with; no Suite: plain RTP
	Theirs      Crypto    // what they encrypt with
	Rejected    bool      // port 0: there is no stream, and nothing else here counts
	Held        bool      // the other side holds us: sendonly, inactive or c=0.0.0.0
}

// Negotiation is the offer/answer state of one session (RFC 3264). It belongs to one
// dialog usage. A copy is independent.
type Negotiation struct {
	session, version uint64
	origin           netip.Addr // of our o= line, which stays as it was
	sent             string     // our last description
	body             int        // where in it the o= line ends
	state
	pending *proposal
}

// state is what an exchange changes. Its slices are never written to again.
type state struct {
	slots  []slot  // the m= lines of the session, which never become fewer
	stream int     // 1 + the place of ours among them; 0: none yet
	bound  []Codec // what payload numbers mean
	seen   numbers // payload numbers that either side wrote
	agreed Stream
	stands bool // agreed counts
}

// slot is an m= line as it is written when it carries nothing.
type slot struct{ kind, protocol, format string }

// proposal is our offer that waits for an answer. It is never written to again.
type proposal struct {
	local  Local
	all    []Codec // what was offered, with its numbers
	codecs []Codec // the first of them
	events []Codec // the rest of them
	mux    bool
	slots  []slot
	stream int
}

// NewNegotiation begins a session with the numbers of the o= line, both from the caller's
// randomness. Bits that RFC 3264 §5 leaves no room for are dropped.
func NewNegotiation(session, version uint64) Negotiation {
	return Negotiation{session: session & (1<<63 - 1), version: version & (1<<61 - 1)}
}

// Pending tells whether our offer waits for an answer.
func (n *Negotiation) Pending() bool { return n.pending != nil }

// Agreed is the stream that stands, if any exchange succeeded.
func (n *Negotiation) Agreed() (Stream, bool) { return n.agreed, n.stands }

// Withdraw forgets our pending offer: it failed, and what stood before stands (RFC 3264
// §8, RFC 3261 §14.1). The numbers of the o= line go on from what was sent.
func (n *Negotiation) Withdraw() { n.pending = nil }

// slotOf keeps an m= line apart from the text it came in.
func slotOf(m *Media) slot {
	format, _ := field(m.Formats)
	if format == "" {
		format = "0"
	}
	if m.Kind == "audio" && m.Protocol == "RTP/AVP" {
		return slot{"audio", "RTP/AVP", keep(format)}
	}
	return slot{keep(m.Kind), keep(m.Protocol), keep(format)}
}

func keep(text string) string {
	if len(text) == 1 && text[0] >= '0' && text[0] <= '9' {
		i := text[0] - '0'
		return "0123456789"[i : i+1]
	}
	return strings.Clone(text)
}

// check finds mistakes of the caller: there is no answer to them.
func (l *Local) check() {
	if l.Port == 0 {
		if !unicast(l.Address) {
			panic("sdp: Local without an address, which o= and c= need even to reject")
		}
		return
	}
	switch {
	case !unicast(l.Address):
		panic("sdp: Local without an address to receive at")
	case len(l.Codecs) == 0 || len(l.Codecs) > MaxFormats/2:
		panic("sdp: Local without codecs, or with more than 32")
	case l.Secure == Required && len(l.Crypto) == 0:
		panic("sdp: Local requires SRTP and has no keys")
	}
	for _, c := range l.Crypto {
		if l.Secure != None && (len(c.Key) == 0 || len(c.Key) != KeyLength(c.Suite)) {
			panic("sdp: Local has a key of the wrong length for " + c.Suite)
		}
	}
}
