package sdp

import (
	"errors"
	"net/netip"
)

// Saved is what of a Negotiation outlives the process: values that can be written as JSON. An offer that waits for its
// answer is not among it.
type Saved struct {
	Session, Version uint64 // of our o= line
	Origin           netip.Addr
	Sent             string // our last description
	Body             int    // where in it the o= line ends
	Slots            []SavedSlot
	Stream           int // 1 + the place of ours among them; 0: none yet
	Bound            []Codec
	Seen             [2]uint64
	Agreed           Stream
	Stands           bool // Agreed counts
}

// SavedSlot is an m= line as it is written when it carries nothing.
type SavedSlot struct{ Kind, Protocol, Format string }

// ErrSaved tells of something that no Save has given.
var ErrSaved = errors.New("sdp: not what was saved")

// Save gives what Restore makes the same negotiation of.
func (n *Negotiation) Save() Saved {
	s := Saved{
		Session: n.session, Version: n.version, Origin: n.origin, Sent: n.sent, Body: n.body,
		Stream: n.stream, Bound: n.bound, Seen: n.seen, Agreed: n.agreed, Stands: n.stands,
	}
	for _, slot := range n.slots {
		s.Slots = append(s.Slots, SavedSlot{slot.kind, slot.protocol, slot.format})
	}
	return s
}

// Restore makes a negotiation that goes on where the saved one stood: the numbers of the o= line, the m= lines and what
// payload numbers mean are those of before.
func Restore(s Saved) (Negotiation, error) {
	n := NewNegotiation(s.Session, s.Version)
	switch {
	case s.Body < 0 || s.Body > len(s.Sent), len(s.Sent) > MaxSession, s.Sent != "" && !s.Origin.IsValid(),
		len(s.Slots) > MaxMedia, s.Stream < 0 || s.Stream > len(s.Slots), len(s.Bound) > MaxBound, s.Stands && s.Stream == 0:
		return n, ErrSaved
	}
	n.origin, n.sent, n.body = s.Origin, s.Sent, s.Body
	n.state = state{stream: s.Stream, bound: s.Bound, seen: s.Seen, agreed: s.Agreed, stands: s.Stands}
	for _, slot := range s.Slots {
		n.slots = append(n.slots, slotOfSaved(slot))
	}
	return n, nil
}

func slotOfSaved(s SavedSlot) slot { return slot{kind: s.Kind, protocol: s.Protocol, format: s.Format} }
