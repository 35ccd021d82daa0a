package ladder

import "time"

// Limits of a ladder.
const (
	MaxParticipants = 64
	MaxArrows       = 10_000
	MaxName         = 64       // bytes of a participant's name
	MaxLabel        = 160      // bytes; a longer one is cut and ends in "..."
	MaxMessage      = 65_535   // bytes; of a longer one only the beginning is kept
	MaxNotes        = 8        // notes on an arrow
	MaxDrawing      = 64 << 20 // bytes
)

// A Ladder is participants and the arrows between them, in the order of sending. It is
// a plain value: whoever holds it owns it.
type Ladder struct {
	Title        string   // lines divided by \n; may be empty
	Participants []string // columns from left to right; names are unique and not empty
	Arrows       []Arrow
	// Omitted counts the arrows that a Recorder left out because of a limit. It isn't
	// drawn: the recorder puts it into the last arrow's notes.
	Omitted int
}

// Kind is what an arrow stands for.
type Kind uint8

const (
	// Message is a SIP message, seen for the first time.
	Message Kind = iota
	// Retransmission is a message that the sender sent again (RFC 3261 §17).
	Retransmission
	// Duplicate is a copy made by the network.
	Duplicate
	// Media flows in both directions between From and To.
	Media
)

// Arrow is one message on its way.
type Arrow struct {
	Number int           // the n of "Fn"; zero: none. Numbers are unique within a ladder
	At     time.Duration // since the beginning of the ladder; not negative
	From   int           // index into Participants
	To     int           // index into Participants; may be From
	Label  string        // "INVITE sip:bob@example.test", "180 Ringing"
	CSeq   string        // "1 INVITE"; may be empty
	CallID string        // may be empty
	Kind   Kind
	Lost   bool     // it never arrived
	Notes  []string // remarks, drawn below the arrow
	Text   string   // the whole message; may be empty
}

// Column is the index of the participant of that name, or -1.
func (l *Ladder) Column(name string) int {
	for i, participant := range l.Participants {
		if participant == name {
			return i
		}
	}
	return -1
}

// Add appends an arrow numbered after its predecessors and returns it for notes. The
// participants must exist: an unknown name is added as the last column.
func (l *Ladder) Add(from, to, label string) *Arrow {
	arrow := Arrow{From: l.participant(from), To: l.participant(to), Label: label, Number: 1}
	for i := range l.Arrows {
		arrow.Number = max(arrow.Number, l.Arrows[i].Number+1)
	}
	l.Arrows = append(l.Arrows, arrow)
	return &l.Arrows[len(l.Arrows)-1]
}

func (l *Ladder) participant(name string) int {
	if i := l.Column(name); i >= 0 {
		return i
	}
	l.Participants = append(l.Participants, name)
	return len(l.Participants) - 1
}

// Name is the name of a column, "?" when the ladder has none of that index.
func (l *Ladder) Name(column int) string {
	if column < 0 || column >= len(l.Participants) || l.Participants[column] == "" {
		return "?"
	}
	return l.Participants[column]
}
