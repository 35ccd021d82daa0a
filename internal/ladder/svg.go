package ladder

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sizes in pixels.
const (
	svgCharacter = 7.3 // the widest a character of the drawing's font gets
	svgMargin    = 24
	svgRow       = 38
	svgTop       = 56
	svgNote      = 16
	svgTimes     = 76 // the column of times at the right
)

const svgStyle = `<style>
svg{--paper:#fff;--ink:#1b1f24;--pale:#b4bac2;--lost:#c02626;--faint:#66707c}
@media (prefers-color-scheme:dark){svg{--paper:#16191d;--ink:#e4e7eb;--pale:#4b535d;--lost:#ff7b72;--faint:#98a1ac}}
.paper{fill:var(--paper)}
text{fill:var(--ink);font:12px ui-monospace,Menlo,Consolas,monospace;paint-order:stroke;stroke:var(--paper);stroke-width:4px}
.name{font-weight:700;font-size:13px}
.faint{fill:var(--faint)}
.bar{stroke:var(--pale)}
.arrow{stroke:var(--ink);stroke-width:1.4;fill:none}
.again{stroke-dasharray:7 4}.copy{stroke-dasharray:2 3}.media{stroke-width:4;stroke:var(--faint)}
.lost{stroke:var(--lost)}
.head{fill:var(--ink);stroke:none}
</style>
`

// SVG draws the ladder as one self-contained picture, for light and dark pages. Whatever
// stems from messages is escaped; the message itself is the arrow's tooltip.
func (l *Ladder) SVG() string {
	d := drawing{ladder: l}
	d.measure()
	s := svg{drawing: &d}
	height := svgTop + 20
	for i := range l.Arrows {
		height += svgRow + svgNote*len(l.Arrows[i].Notes)
	}
	if l.Title != "" {
		height += 20
	}
	width := s.x(d.at[len(d.at)-1]) + svgTimes + svgMargin
	fmt.Fprintf(&s.text, `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="%d" height="%d" viewBox="0 0 %d %d">`+"\n",
		width, height, width, height)
	if l.Title != "" {
		s.text.WriteString("<title>" + svgText(l.Title) + "</title>\n")
	}
	s.text.WriteString(svgStyle)
	fmt.Fprintf(&s.text, `<rect class="paper" width="%d" height="%d" rx="6"/>`+"\n", width, height)
	s.y = 30
	if l.Title != "" {
		s.label("name", svgMargin, "start", l.Title)
		s.y += 20
	}
	for i := range l.Participants {
		x := s.x(d.at[i])
		s.label("name", x, "middle", l.Name(i))
		fmt.Fprintf(&s.text, `<path class="bar" d="M%d %dV%d"/>`+"\n", x, s.y+8, height-10)
	}
	s.y += 14
	if len(l.Participants) > 0 {
		for i := range l.Arrows {
			arrow := l.Arrows[i]
			arrow.From, arrow.To = d.column(arrow.From), d.column(arrow.To)
			s.arrow(&arrow)
		}
	}
	s.text.WriteString("</svg>\n")
	return s.text.String()
}

// svg is the state of one picture.
type svg struct {
	drawing *drawing
	text    strings.Builder
	y       int
}

func (s *svg) x(position int) int { return svgMargin + int(float64(position)*svgCharacter) }

func (s *svg) label(class string, x int, anchor, text string) {
	fmt.Fprintf(&s.text, `<text class="%s" x="%d" y="%d" text-anchor="%s">%s</text>`+"\n", class, x, s.y, anchor, svgText(text))
}

func (s *svg) arrow(arrow *Arrow) {
	s.y += svgRow
	low, high := s.drawing.span(arrow)
	from, to := s.x(s.drawing.at[arrow.From]), s.x(s.drawing.at[arrow.To])
	s.text.WriteString("<g>")
	if arrow.Text != "" {
		s.text.WriteString("<title>" + svgText(arrow.Text) + "</title>")
	}
	caption := arrow.Label
	if arrow.Number > 0 {
		caption += " F" + strconv.Itoa(arrow.Number)
	}
	s.y -= 5
	right := s.x(s.drawing.at[len(s.drawing.at)-1])
	middle := (s.x(s.drawing.at[low]) + s.x(s.drawing.at[high])) / 2
	if half := int(float64(utf8.RuneCountInString(caption))*svgCharacter) / 2; middle+half > right {
		s.label("", right-4, "end", caption)
	} else {
		s.label("", max(middle, half+4), "middle", caption)
	}
	s.label("faint", right+12, "start", "+"+seconds(arrow.At))
	s.y += 5
	s.shaft(arrow, from, to)
	for _, note := range arrow.Notes {
		s.y += svgNote
		s.label("faint", min(from, to)+8, "start", note)
	}
	s.text.WriteString("</g>\n")
}

// shaft draws the line and its head, or the cross of a lost message.
func (s *svg) shaft(arrow *Arrow, from, to int) {
	class := "arrow"
	switch arrow.Kind {
	case Retransmission:
		class += " again"
	case Duplicate:
		class += " copy"
	case Media:
		class += " media"
	case Message:
	}
	if arrow.Lost {
		class += " lost"
	}
	y, direction := s.y, 1
	if to < from {
		direction = -1
	}
	path := fmt.Sprintf("M%d %dH%d", from, y, to)
	if from == to {
		if arrow.From > 0 && arrow.From == len(s.drawing.ladder.Participants)-1 {
			direction = -1
		}
		path = fmt.Sprintf("M%d %dh%dv8H%d", from, y-4, 36*direction, to)
		y, direction = y+4, -direction
	} else if arrow.Lost {
		to -= direction * (s.x(s.drawing.at[1]) - s.x(s.drawing.at[0])) / 3
		path = fmt.Sprintf("M%d %dH%d", from, y, to)
	}
	fmt.Fprintf(&s.text, `<path class="%s" d="%s"/>`, class, path)
	switch {
	case arrow.Lost:
		fmt.Fprintf(&s.text, `<path class="arrow lost" d="M%d %dl10 10m0 -10l-10 10"/>`, to-5, y-5)
	case arrow.Kind == Media && from != to:
		fmt.Fprintf(&s.text, `<path class="head" d="M%d %dl%d -5v10z"/>`, from, y, 9*direction)
		fallthrough
	default:
		fmt.Fprintf(&s.text, `<path class="head" d="M%d %dl%d -5v10z"/>`, to, y, -9*direction)
	}
}

// svgText keeps letters of any script and escapes what XML, a terminal or the direction
// of writing could take for a command.
func svgText(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\n':
			b.WriteByte('\n')
		case r == '\r' && strings.HasPrefix(text[i:], "\r\n"):
		case r == utf8.RuneError:
			b.WriteString("?")
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
