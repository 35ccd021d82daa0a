package ladder

import (
	"fmt"
	"slices"
	"strings"
)

// Ignore says what a comparison leaves out; values can be joined by |.
type Ignore uint8

const (
	IgnoreTimes    Ignore = 1 << iota // Arrow.At
	IgnoreNotes                       // Arrow.Notes
	IgnoreMessages                    // Arrow.Text
	IgnoreCalls                       // Arrow.CSeq and Arrow.CallID
)

// Arrows shown round the first difference.
const (
	contextBefore = 4
	contextAfter  = 2
)

// Compare explains the first difference between two ladders, with the arrows round it;
// "" when there is none. Columns are compared by name, in order.
func Compare(want, got *Ladder, ignore Ignore) string {
	if !slices.Equal(want.Participants, got.Participants) {
		return fmt.Sprintf("participants: want %s, got %s\n",
			strings.Join(want.Participants, ", "), strings.Join(got.Participants, ", "))
	}
	for i := range max(len(want.Arrows), len(got.Arrows)) {
		var reason string
		switch {
		case i >= len(got.Arrows):
			reason = "missing: " + want.describe(i)
		case i >= len(want.Arrows):
			reason = "not expected: " + got.describe(i)
		default:
			reason = different(&want.Arrows[i], &got.Arrows[i], ignore)
		}
		if reason != "" {
			return fmt.Sprintf("arrow %d: %s\nwant\n%s\ngot\n%s", i+1, reason, want.window(i), got.window(i))
		}
	}
	return ""
}

func different(want, got *Arrow, ignore Ignore) string {
	check := func(what string, want, got any) string {
		if want == got {
			return ""
		}
		return fmt.Sprintf("%s: want %+q, got %+q", what, fmt.Sprint(want), fmt.Sprint(got))
	}
	reasons := []string{
		check("from column", want.From+1, got.From+1),
		check("to column", want.To+1, got.To+1),
		check("label", want.Label, got.Label),
		check("kind", want.Kind, got.Kind),
		check("lost", want.Lost, got.Lost),
		check("F-number", want.Number, got.Number),
	}
	if ignore&IgnoreCalls == 0 {
		reasons = append(reasons, check("CSeq", want.CSeq, got.CSeq), check("Call-ID", want.CallID, got.CallID))
	}
	if ignore&IgnoreTimes == 0 {
		reasons = append(reasons, check("time", want.At, got.At))
	}
	if ignore&IgnoreNotes == 0 {
		reasons = append(reasons, check("notes", strings.Join(want.Notes, "; "), strings.Join(got.Notes, "; ")))
	}
	if ignore&IgnoreMessages == 0 {
		reasons = append(reasons, differentText(want.Text, got.Text))
	}
	return strings.Join(slices.DeleteFunc(reasons, func(reason string) bool { return reason == "" }), "; ")
}

// differentText names the first line that differs.
func differentText(want, got string) string {
	wants, gots := strings.Split(want, "\r\n"), strings.Split(got, "\r\n")
	for i := range max(len(wants), len(gots)) {
		var a, b string
		if i < len(wants) {
			a = wants[i]
		}
		if i < len(gots) {
			b = gots[i]
		}
		if a != b || i >= len(wants) || i >= len(gots) {
			return fmt.Sprintf("line %d of the message: want %+q, got %+q", i+1, a, b)
		}
	}
	return ""
}

// String is the name of the kind.
func (k Kind) String() string {
	switch k {
	case Message:
		return "message"
	case Retransmission:
		return "retransmission"
	case Duplicate:
		return "duplicate"
	case Media:
		return "media"
	}
	return "unknown"
}

func (l *Ladder) describe(i int) string {
	arrow := &l.Arrows[i]
	return fmt.Sprintf("%s from %s to %s", caption(arrow), l.Name(arrow.From), l.Name(arrow.To))
}

// window draws the arrows round one of them, without their messages.
func (l *Ladder) window(i int) string {
	first := min(max(0, i-contextBefore), len(l.Arrows))
	piece := Ladder{Participants: l.Participants}
	for j := first; j <= i+contextAfter && j < len(l.Arrows); j++ {
		arrow := l.Arrows[j]
		arrow.Text = ""
		if j == i {
			arrow.Notes = append(slices.Clone(arrow.Notes), "<-- here")
		}
		piece.Arrows = append(piece.Arrows, arrow)
	}
	return piece.Draw()
}
