package ladder

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// others is the column of everybody for whom no column is left.
const others = "(others)"

// Sight is one message as somebody saw it leave.
type Sight struct {
	At   time.Duration // since the beginning of the ladder
	From netip.AddrPort
	To   netip.AddrPort
	Text string // as it went over the wire
	Kind Kind   // a Message that was seen before becomes a Retransmission by itself
	Lost bool
	Note string // "": none
}

// Recorder makes a ladder of what it is shown. The zero value is ready. It is owned by
// one caller.
type Recorder struct {
	Title string
	// Brief leaves the messages themselves out of the ladder.
	Brief bool

	ladder Ladder
	exact  map[netip.AddrPort]int
	hosts  map[netip.Addr]int
	seen   map[sighting]struct{}
}

type sighting struct {
	from, to netip.AddrPort
	text     string
}

// Name gives an address its participant. Columns stand in the order in which their names
// came up; several addresses may share one. Port zero names every port of the host that
// has no name of its own. Unnamed addresses become columns called after themselves.
func (r *Recorder) Name(address netip.AddrPort, name string) {
	r.begin()
	if address.Port() == 0 {
		r.hosts[address.Addr()] = r.column(name)
		return
	}
	r.exact[address] = r.column(name)
}

func (r *Recorder) begin() {
	if r.seen == nil {
		r.seen = map[sighting]struct{}{}
		r.exact = map[netip.AddrPort]int{}
		r.hosts = map[netip.Addr]int{}
	}
}

func (r *Recorder) column(name string) int {
	if name = clip(name, MaxName); name == "" {
		name = "?"
	}
	if i := r.ladder.Column(name); i >= 0 {
		return i
	}
	if len(r.ladder.Participants) >= MaxParticipants-1 {
		name = others
	}
	return r.ladder.participant(name)
}

func (r *Recorder) find(address netip.AddrPort) int {
	if i, ok := r.exact[address]; ok {
		return i
	}
	if i, ok := r.hosts[address.Addr()]; ok {
		return i
	}
	return r.column(address.String())
}

// Record adds an arrow. It never fails: what is no SIP is labelled by its size.
func (r *Recorder) Record(sight Sight) {
	r.begin()
	if len(r.ladder.Arrows) >= MaxArrows {
		r.ladder.Omitted++
		return
	}
	arrow := Arrow{
		Number: len(r.ladder.Arrows) + 1, At: max(0, sight.At), Kind: sight.Kind, Lost: sight.Lost,
		From: r.find(sight.From), To: r.find(sight.To),
		Label: label(sight.Text), CSeq: clip(fieldOf(sight.Text, "cseq", ""), MaxLabel),
		CallID: clip(fieldOf(sight.Text, "call-id", "i"), MaxLabel),
	}
	if sight.Note != "" {
		arrow.Notes = []string{clip(sight.Note, MaxLabel)}
	}
	if !r.Brief {
		arrow.Text = sight.Text[:min(len(sight.Text), MaxMessage)]
	}
	key := sighting{sight.From, sight.To, sight.Text}
	if _, again := r.seen[key]; again && arrow.Kind == Message {
		arrow.Kind = Retransmission
	}
	r.seen[key] = struct{}{}
	r.ladder.Arrows = append(r.ladder.Arrows, arrow)
}

// Forget leaves out what was recorded so far; the columns stay.
func (r *Recorder) Forget() {
	r.ladder.Arrows, r.ladder.Omitted, r.seen = nil, 0, nil
	if r.exact != nil {
		r.seen = map[sighting]struct{}{}
	}
}

// Note adds a remark to the last arrow; without one, or with MaxNotes there, it is dropped.
func (r *Recorder) Note(text string) {
	if n := len(r.ladder.Arrows); n > 0 && len(r.ladder.Arrows[n-1].Notes) < MaxNotes {
		r.ladder.Arrows[n-1].Notes = append(r.ladder.Arrows[n-1].Notes, clip(text, MaxLabel))
	}
}

// Ladder is what was recorded so far; the recorder goes on independently of it.
func (r *Recorder) Ladder() *Ladder {
	result := r.ladder
	result.Title = r.Title
	result.Participants = slices.Clone(r.ladder.Participants)
	result.Arrows = slices.Clone(r.ladder.Arrows)
	for i := range result.Arrows {
		result.Arrows[i].Notes = slices.Clone(result.Arrows[i].Notes)
	}
	if n := len(result.Arrows); n > 0 && result.Omitted > 0 {
		result.Arrows[n-1].Notes = append(result.Arrows[n-1].Notes, strconv.Itoa(result.Omitted)+" more arrows left out")
	}
	return &result
}

// label is "INVITE sip:bob@example.test" or "180 Ringing". It reads with more tolerance
// than a parser, for a trace shows the broken messages, too.
func label(text string) string {
	line, _, isSIP := strings.Cut(text, "\r\n")
	if reply, ok := strings.CutPrefix(line, "SIP/2.0 "); ok && isSIP {
		return clip(reply, MaxLabel)
	}
	if request, ok := strings.CutSuffix(line, " SIP/2.0"); ok && isSIP {
		return clip(request, MaxLabel)
	}
	if strings.Trim(text, "\r\n\x00 ") == "" {
		return "keep-alive"
	}
	return "(not SIP, " + strconv.Itoa(len(text)) + " bytes)"
}

// fieldOf is the value of the first header field of that name, in lower case, or of its
// compact form.
func fieldOf(text, name, compact string) string {
	for line := range strings.SplitSeq(text, "\r\n") {
		if line == "" {
			break
		}
		found, value, _ := strings.Cut(line, ":")
		found = strings.TrimSpace(found)
		if len(found) <= len(name) && (strings.EqualFold(found, name) || compact != "" && strings.EqualFold(found, compact)) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return text[:limit-3] + "..."
}
