package ladder

import (
	"strconv"
	"strings"
	"time"
)

const (
	minGap      = 10 // between two bars
	maxGap      = 36 // a longer label runs over the bars to its right
	headerEvery = 60 // arrows, then the names stand again
	arrowSigns  = "-.=<>x+ "
)

// Draw gives the text form, whole: Parse returns the same ladder.
func (l *Ladder) Draw() string { return l.draw(true) }

// DrawPlain leaves out times, CSeq, Call-ID and the messages themselves, as RFC 5359
// draws its ladders. Parse reads it, too.
func (l *Ladder) DrawPlain() string { return l.draw(false) }

func (l *Ladder) draw(whole bool) string {
	d := drawing{ladder: l, whole: whole}
	d.measure()
	if l.Title != "" {
		for line := range strings.SplitSeq(l.Title, "\n") {
			d.line([]byte(strings.TrimRight("# "+escape(line, inMessage), " ")))
		}
		d.line(nil)
	}
	if len(l.Participants) == 0 {
		return d.text.String()
	}
	d.header()
	for i, arrow := range l.Arrows {
		if i > 0 && i%headerEvery == 0 {
			d.header()
		}
		arrow.From, arrow.To = d.column(arrow.From), d.column(arrow.To)
		d.arrow(&arrow)
	}
	d.line(d.bars())
	if whole {
		d.messages()
	}
	return d.text.String()
}

// drawing is the state of one Draw.
type drawing struct {
	ladder *Ladder
	whole  bool
	at     []int // position of each bar
	text   strings.Builder
}

// measure puts the bars: names and labels between neighbours decide, within limits.
func (d *drawing) measure() {
	names := make([]int, max(2, len(d.ladder.Participants)))
	for i := range d.ladder.Participants {
		names[i] = len(d.name(i))
	}
	gaps := make([]int, len(names)-1)
	for i := range gaps {
		gaps[i] = max(minGap, names[i]/2+names[i+1]/2+4)
	}
	longest := 0
	for i := range d.ladder.Arrows {
		arrow := &d.ladder.Arrows[i]
		low, high := d.span(arrow)
		width := len(caption(arrow)) + 3
		longest = max(longest, width)
		if high-low == 1 {
			gaps[low] = max(gaps[low], min(width, maxGap))
		}
	}
	total := 0
	d.at = append(d.at, max(2, names[0]/2))
	for i, gap := range gaps {
		total += gap
		if i == len(gaps)-1 && total < longest {
			gap += longest - total
		}
		d.at = append(d.at, d.at[i]+gap)
	}
}

// span gives the columns between which the arrow is drawn, low < high.
func (d *drawing) span(arrow *Arrow) (low, high int) {
	from, to := d.column(arrow.From), d.column(arrow.To)
	switch {
	case from != to:
		return min(from, to), max(from, to)
	case from > 0 && from == len(d.ladder.Participants)-1:
		return from - 1, from
	}
	return from, from + 1
}

// column keeps a wrong index within the drawing.
func (d *drawing) column(index int) int {
	return max(0, min(index, len(d.ladder.Participants)-1))
}

func (d *drawing) name(column int) string {
	name := escape(d.ladder.Name(column), inField)
	if name[0] == '#' {
		return escapedByte(name) // or it would begin a title
	}
	return name
}

func (d *drawing) header() {
	var line []byte
	for i := range d.ladder.Participants {
		name := d.name(i)
		for len(line) < d.at[i]-len(name)/2 {
			line = append(line, ' ')
		}
		line = append(line, name...)
	}
	d.line(line)
	d.line(d.bars())
}

func (d *drawing) bars() []byte {
	row := []byte(strings.Repeat(" ", d.at[len(d.at)-1]+1))
	for _, at := range d.at {
		row[at] = '|'
	}
	return row
}

func (d *drawing) line(row []byte) {
	d.text.Write(row)
	d.text.WriteByte('\n')
}

func (d *drawing) arrow(arrow *Arrow) {
	low, high := d.span(arrow)
	if label := caption(arrow); label != "" || d.whole {
		row := d.bars()
		last := len(row) - 1
		start := d.at[low] + 1 + (d.at[high]-d.at[low]-len(label))/2
		start = max(start, d.at[low]+2)
		start = max(1, min(start, last-len(label)))
		copy(row[start:], label)
		if d.whole {
			row = append(row, d.margin(arrow)...)
		}
		d.line(row)
	}
	row := d.bars()
	d.shaft(row, arrow)
	d.line(row)
	for _, note := range arrow.Notes {
		d.line(append(d.bars(), "  ; "+escape(note, inMessage)...))
	}
}

// shaft draws the line and its head into a row of bars.
func (d *drawing) shaft(row []byte, arrow *Arrow) {
	low, high := d.span(arrow)
	inner := row[d.at[low]+1 : d.at[high]]
	right := arrow.To > arrow.From
	if arrow.From == arrow.To {
		right = high == arrow.From
		if right {
			inner = inner[len(inner)-5:]
		}
		inner = inner[:5]
	}
	for i := range inner {
		inner[i] = sign(arrow.Kind, min(i, len(inner)-1-i))
	}
	front, back := 0, len(inner)-1 // where the head and the tail of the line are
	if right {
		front, back = back, front
	}
	if arrow.From == arrow.To {
		inner[back] = '+'
	}
	switch {
	case arrow.Lost && arrow.From != arrow.To:
		d.cut(row, arrow)
	case arrow.Lost:
		inner[front] = 'x'
	case right:
		inner[front] = '>'
	default:
		inner[front] = '<'
	}
	if arrow.Kind == Media && arrow.From != arrow.To && !arrow.Lost {
		inner[0], inner[len(inner)-1] = '<', '>'
	}
}

// cut ends the line of a lost message in the middle of its last gap.
func (d *drawing) cut(row []byte, arrow *Arrow) {
	target := d.at[arrow.To]
	if arrow.To > arrow.From {
		middle := (d.at[arrow.To-1] + target) / 2
		row[middle] = 'x'
		copy(row[middle+1:target], strings.Repeat(" ", target-middle))
		return
	}
	middle := (d.at[arrow.To+1] + target) / 2
	row[middle] = 'x'
	copy(row[target+1:middle], strings.Repeat(" ", middle-target))
}

func sign(kind Kind, i int) byte {
	switch {
	case kind == Media:
		return '='
	case kind == Message:
		return '-'
	case i%2 == 1:
		return ' '
	case kind == Retransmission:
		return '-'
	}
	return '.'
}

// caption is the label with its F-number, escaped.
func caption(arrow *Arrow) string {
	label := escape(arrow.Label, inLabel)
	if arrow.Number > 0 {
		return strings.TrimLeft(label+" F"+strconv.Itoa(arrow.Number), " ")
	}
	if label == "" {
		return ""
	}
	if _, number := splitNumber(label); number > 0 {
		at := strings.LastIndexByte(label, 'F')
		return label[:at] + escapedByte(label[at:])
	}
	if strings.Trim(label, arrowSigns) == "" {
		return escapedByte(label)
	}
	return label
}

func (d *drawing) margin(arrow *Arrow) string {
	return "  +" + seconds(arrow.At) + "  " + field(arrow.CSeq) + "  " + field(arrow.CallID)
}

func field(value string) string {
	switch value {
	case "":
		return "-"
	case "-":
		return escapedByte(value)
	}
	return escape(value, inField)
}

// seconds prints at least three decimals and as many as it takes.
func seconds(at time.Duration) string {
	at = max(at, 0)
	text := strconv.FormatInt(int64(at/time.Second), 10) + "."
	fraction := strconv.FormatInt(int64(at%time.Second)+int64(time.Second), 10)[1:]
	for len(fraction) > 3 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	return text + fraction
}

// messages appends the messages themselves, each line behind a bar.
func (d *drawing) messages() {
	for i := range d.ladder.Arrows {
		arrow := &d.ladder.Arrows[i]
		if arrow.Text == "" || arrow.Number == 0 {
			continue
		}
		d.line(nil)
		d.line([]byte("F" + strconv.Itoa(arrow.Number) + " " + escape(d.ladder.Name(arrow.From), inField) +
			" -> " + escape(d.ladder.Name(arrow.To), inField) + " " + escape(arrow.Label, inField)))
		for line := range strings.SplitSeq(arrow.Text, "\r\n") {
			d.line([]byte(strings.TrimRight("  | "+escape(line, inMessage), " ")))
		}
	}
}
