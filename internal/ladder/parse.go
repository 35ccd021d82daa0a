package ladder

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseError says where a drawing can't be read.
type ParseError struct {
	Line   int // from 1
	Reason string
}

func (e *ParseError) Error() string { return fmt.Sprintf("ladder: line %d: %s", e.Line, e.Reason) }

// Parse reads what Draw and DrawPlain write, and ladders drawn by hand in the same way,
// with any indentation. The error is a *ParseError.
func Parse(text string) (*Ladder, error) {
	if len(text) > MaxDrawing {
		return nil, &ParseError{Line: 1, Reason: "longer than " + strconv.Itoa(MaxDrawing) + " bytes"}
	}
	p := parser{ladder: &Ladder{}, lastMessage: -1}
	number := 0
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		number++
		if err := p.line(strings.TrimRight(line, " \r")); err != nil {
			return nil, &ParseError{Line: number, Reason: err.Error()}
		}
	}
	if p.at == nil {
		return nil, &ParseError{Line: number, Reason: "no participants: expected a line of names and a line of bars"}
	}
	if p.label {
		return nil, &ParseError{Line: number, Reason: "a label without an arrow below it"}
	}
	p.endMessage()
	return p.ladder, nil
}

// parser is the state of one Parse.
type parser struct {
	ladder  *Ladder
	names   string // the line of names
	at      []int  // position of each bar
	titled  bool
	pending Arrow // what the label's row said
	label   bool  // pending waits for its arrow

	lastMessage int // index of the arrow whose message is being read, -1: none
	message     []string
	inMessages  bool
}

func (p *parser) line(line string) error {
	switch {
	case p.inMessages:
		return p.messageLine(line)
	case line == "", p.at != nil && line == p.names:
		return nil
	case p.at != nil && isMessageHead(line):
		return p.messageLine(line)
	case p.names == "" && strings.HasPrefix(strings.TrimLeft(line, " "), "#"):
		return p.title(line)
	case p.names == "":
		p.names = line
		return nil
	case p.at == nil:
		return p.header(line)
	}
	return p.row(line)
}

func (p *parser) title(line string) error {
	line = strings.TrimLeft(line, " ")[1:]
	text, err := unescape(strings.TrimPrefix(line, " "))
	if p.titled {
		text = p.ladder.Title + "\n" + text
	}
	p.ladder.Title, p.titled = text, true
	return err
}

func (p *parser) header(line string) error {
	if strings.Trim(line, " |") != "" || !strings.Contains(line, "|") {
		return errors.New("expected a line of bars below the names")
	}
	for i := range len(line) {
		if line[i] == '|' {
			p.at = append(p.at, i)
		}
	}
	if len(p.at) > MaxParticipants {
		return fmt.Errorf("more than %d participants", MaxParticipants)
	}
	for name := range strings.SplitSeq(p.names, "  ") {
		if name = strings.Trim(name, " "); name == "" {
			continue
		}
		name, err := unescape(name)
		if err != nil {
			return err
		}
		if len(name) > MaxName {
			return fmt.Errorf("the name %.20q... is longer than %d bytes", name, MaxName)
		}
		if p.ladder.Column(name) >= 0 {
			return fmt.Errorf("two participants are called %q", name)
		}
		p.ladder.Participants = append(p.ladder.Participants, name)
	}
	names := len(p.ladder.Participants)
	if names != len(p.at) && !(names <= 1 && len(p.at) == 2) {
		return fmt.Errorf("%d names (divided by two spaces) over %d bars", names, len(p.at))
	}
	return nil
}

// row reads one line of the drawing: bars only, a label, an arrow or a note.
func (p *parser) row(line string) error {
	last := p.at[len(p.at)-1]
	inner, margin := line, ""
	if len(line) > last {
		inner, margin = line[:last+1], strings.Trim(line[last+1:], " ")
	}
	content := strings.Trim(inner, " |")
	switch {
	case strings.HasPrefix(margin, ";"):
		return p.note(margin[1:])
	case content != "" && strings.Trim(content, arrowSigns+"|") == "":
		return p.shaft(inner)
	case content == "" && margin == "":
		return nil
	}
	return p.caption(content, margin)
}

func (p *parser) note(text string) error {
	if len(p.ladder.Arrows) == 0 {
		return errors.New("a note before the first arrow")
	}
	text, err := unescape(strings.TrimPrefix(text, " "))
	arrow := &p.ladder.Arrows[len(p.ladder.Arrows)-1]
	if len(arrow.Notes) >= MaxNotes+1 { // the one about what was left out is no one's note
		return fmt.Errorf("more than %d notes on an arrow", MaxNotes)
	}
	arrow.Notes = append(arrow.Notes, text)
	return err
}

func (p *parser) caption(content, margin string) error {
	if p.label {
		return errors.New("two labels above one arrow")
	}
	p.label = true
	label, number := splitNumber(content)
	text, err := unescape(label)
	if err != nil {
		return err
	}
	if len(text) > MaxLabel {
		return fmt.Errorf("a label longer than %d bytes", MaxLabel)
	}
	p.pending = Arrow{Label: text, Number: number}
	if margin == "" {
		return nil
	}
	fields := strings.Split(margin, "  ")
	if fields[0][0] != '+' || len(fields) > 3 {
		return fmt.Errorf("expected time, CSeq and Call-ID at the right, found %q", margin)
	}
	if p.pending.At, err = parseSeconds(fields[0][1:]); err != nil {
		return err
	}
	for i, target := range []*string{&p.pending.CSeq, &p.pending.CallID} {
		if i+1 >= len(fields) || fields[i+1] == "-" {
			continue
		}
		if *target, err = unescape(fields[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// splitNumber divides a caption into label and F-number; zero: it has none.
func splitNumber(caption string) (string, int) {
	label, token := "", caption
	if i := strings.LastIndexByte(caption, ' '); i >= 0 {
		label, token = caption[:i], caption[i+1:]
	}
	if len(token) < 2 || len(token) > 8 || token[0] != 'F' || strings.Trim(token[1:], "0123456789") != "" {
		return caption, 0
	}
	number, _ := strconv.Atoi(token[1:])
	if number == 0 {
		return caption, 0
	}
	return label, number
}

func parseSeconds(text string) (time.Duration, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	value, err := strconv.ParseUint(whole, 10, 32)
	if err != nil || len(fraction) > 9 || strings.Trim(fraction, "0123456789") != "" {
		return 0, fmt.Errorf("%q is no time in seconds", text)
	}
	parts, err := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
	return time.Duration(value)*time.Second + time.Duration(parts), err
}

// shaft reads an arrow and adds it with the label above it.
func (p *parser) shaft(inner string) error {
	if len(p.ladder.Arrows) >= MaxArrows {
		return fmt.Errorf("more than %d arrows", MaxArrows)
	}
	arrow := p.pending
	p.pending, p.label = Arrow{}, false
	begin := strings.IndexFunc(inner, func(r rune) bool { return r != ' ' && r != '|' })
	end := strings.LastIndexFunc(inner, func(r rune) bool { return r != ' ' && r != '|' })
	low, high := p.below(begin), p.above(end)
	if low < 0 || high < 0 {
		return errors.New("an arrow outside the bars")
	}
	switch head, tail := inner[begin], inner[end]; {
	case tail == '+' && (head == '<' || head == 'x'):
		arrow.From, arrow.To, arrow.Lost = low, low, head == 'x'
	case head == '+' && (tail == '>' || tail == 'x'):
		arrow.From, arrow.To, arrow.Lost = high, high, tail == 'x'
	case tail == '>' || tail == 'x':
		arrow.From, arrow.To, arrow.Lost = low, high, tail == 'x'
	case head == '<' || head == 'x':
		arrow.From, arrow.To, arrow.Lost = high, low, head == 'x'
	default:
		return errors.New("an arrow without a head")
	}
	shaft := inner[begin : end+1]
	switch {
	case strings.Contains(shaft, "="):
		arrow.Kind = Media
	case strings.Contains(shaft, "."):
		arrow.Kind = Duplicate
	case strings.Contains(shaft, "- "):
		arrow.Kind = Retransmission
	}
	if arrow.Kind == Media && !arrow.Lost { // goes both ways, and is drawn with two heads
		arrow.From, arrow.To = min(arrow.From, arrow.To), max(arrow.From, arrow.To)
	}
	if columns := len(p.ladder.Participants); arrow.From >= columns || arrow.To >= columns {
		return errors.New("an arrow to a column without a name")
	}
	p.ladder.Arrows = append(p.ladder.Arrows, arrow)
	return nil
}

// below is the last column left of the position, above the first one right of it.
func (p *parser) below(position int) int {
	index, _ := slices.BinarySearch(p.at, position)
	return index - 1
}

func (p *parser) above(position int) int {
	index, _ := slices.BinarySearch(p.at, position)
	if index == len(p.at) {
		return -1
	}
	return index
}

func isMessageHead(line string) bool {
	head, _, _ := strings.Cut(line, " ")
	rest, number := splitNumber(head)
	return rest == "" && number > 0
}

func (p *parser) messageLine(line string) error {
	p.inMessages = true
	switch trimmed := strings.TrimLeft(line, " "); {
	case trimmed == "":
		return nil
	case trimmed[0] == '|':
		if p.lastMessage < 0 {
			return errors.New("a line of a message before its F-number")
		}
		text, err := unescape(strings.TrimPrefix(trimmed[1:], " "))
		p.message = append(p.message, text)
		return err
	case isMessageHead(line):
		p.endMessage()
		head, _, _ := strings.Cut(line, " ")
		_, number := splitNumber(head)
		p.lastMessage = slices.IndexFunc(p.ladder.Arrows, func(a Arrow) bool { return a.Number == number })
		if p.lastMessage < 0 {
			return fmt.Errorf("no arrow is called F%d", number)
		}
		return nil
	}
	return errors.New("expected a line of a message behind a bar, or the F-number of the next")
}

func (p *parser) endMessage() {
	if p.lastMessage >= 0 {
		p.ladder.Arrows[p.lastMessage].Text = strings.Join(p.message, "\r\n")
	}
	p.lastMessage, p.message = -1, nil
}
