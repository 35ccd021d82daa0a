package ladder

import "io"

// Live draws a ladder while it grows. Its columns are known from the beginning; labels longer than
// the gap given run over the bars to their right.
type Live struct {
	ladder  Ladder
	drawing drawing
	to      io.Writer
	drawn   int
}

// NewLive begins a drawing on to: its names, gap characters apart (at least minGap).
func NewLive(to io.Writer, participants []string, gap int) *Live {
	l := &Live{ladder: Ladder{Participants: participants}, to: to}
	l.drawing.ladder = &l.ladder
	l.drawing.measure()
	for i := range l.drawing.at[1:] {
		l.drawing.at[i+1] = max(l.drawing.at[i]+max(gap, minGap), l.drawing.at[i+1])
	}
	return l
}

// Draw adds an arrow to the drawing; From and To are indexes into the participants.
func (l *Live) Draw(arrow Arrow) error {
	if l.drawn%headerEvery == 0 {
		l.drawing.header()
	}
	l.drawn++
	arrow.From, arrow.To = l.drawing.column(arrow.From), l.drawing.column(arrow.To)
	l.drawing.arrow(&arrow)
	_, err := io.WriteString(l.to, l.drawing.text.String())
	l.drawing.text.Reset()
	return err
}

// Note adds a remark below the last arrow.
func (l *Live) Note(text string) error {
	l.drawing.line(append(l.drawing.bars(), "  ; "+escape(text, inMessage)...))
	_, err := io.WriteString(l.to, l.drawing.text.String())
	l.drawing.text.Reset()
	return err
}
