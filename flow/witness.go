package flow

import (
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"hookflash/internal/ladder"
	"hookflash/machine"
	"hookflash/sip"
)

// seen is one message that a phone sent or got.
type seen struct {
	at       time.Duration
	from, to string
	label    string // method or status code
	number   int    // of the arrow it is, 0: none yet
	beside   bool   // the ladder: a challenge and what belongs to it, or a 100 or 199 of the server
	text     string
	notes    []string // remarks below it
}

// witness sees what passes between the phones and the server.
type witness struct {
	mutex   sync.Mutex
	began   time.Time
	columns []string
	agent   string                    // the column of a user agent in the server; "": there is none
	names   map[netip.AddrPort]string // who is where
	got     []seen
	texts   map[string]string // messages seen, for copies, and whose phone told of them
	explain string            // the URI in the last Error-Info: who calls it calls the agent
	inside  map[string]bool   // Call-IDs, and whether they are of the agent
	earlier map[string]bool   // Call-IDs from before the ladder: they stay outside
	live    *ladder.Live      // nil: nothing is drawn
	want    []hop
	failure error // of drawing
}

func newWitness(f *Flow, want []hop, to io.Writer) *witness {
	w := &witness{
		columns: f.Columns, agent: f.agent, want: want,
		names: map[netip.AddrPort]string{}, texts: map[string]string{}, inside: map[string]bool{}, earlier: map[string]bool{},
	}
	if to != nil {
		w.live = ladder.NewLive(to, f.Columns, 24)
	}
	return w
}

// begin forgets what was before the ladder.
func (w *witness) begin() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.began, w.got = time.Now(), nil
}

// meet learns where somebody is.
func (w *witness) meet(who string, at netip.AddrPort) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.names[at] = who
}

// where is where somebody is.
func (w *witness) where(who string) (at netip.AddrPort) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for address, name := range w.names {
		if name == who {
			at = address
		}
	}
	return at
}

// of gives what a phone tells of its messages to.
func (w *witness) of(who string) func(now time.Time, sent bool, flow machine.Flow, text string) {
	return func(now time.Time, sent bool, flow machine.Flow, text string) {
		w.pass(now, seen{from: who, text: text}, sent, flow)
	}
}

// pass takes one message of a phone.
func (w *witness) pass(now time.Time, s seen, sent bool, flow machine.Flow) {
	m, _ := sip.Parse(s.text)
	if m == nil {
		return // a keep-alive
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if sent && m.IsRequest() { // the first is its REGISTER
		via := m.TopVia()
		if host, err := netip.ParseAddr(via.Host); err == nil {
			w.names[netip.AddrPortFrom(host, via.Port)] = s.from
		}
	}
	if w.began.IsZero() {
		w.earlier[m.CallID()] = true
		return
	}
	if w.earlier[m.CallID()] {
		return
	}
	teller := s.from
	other, known := w.names[flow.Remote]
	if !known {
		return // outside the ladder
	}
	if other == through && w.agent != "" && w.isInside(m, sent) {
		other = w.agent
	}
	s.at, s.to, s.label = now.Sub(w.began), other, labelOf(m)
	if !sent {
		s.from, s.to = s.to, s.from
	}
	key := s.from + ">" + s.to + "\n" + s.text
	switch w.texts[key] {
	case "":
		w.texts[key] = teller
	case teller:
		w.remark(fmt.Sprintf("%s from %s to %s again", s.label, s.from, s.to))
		return
	default:
		return // the other end of what went past the server
	}
	s.beside = w.isBeside(m, s)
	s.number = w.numberOf(&s)
	excused := 0
	if isChallenge(m) && s.beside {
		excused = w.excuse(m)
	}
	w.got = append(w.got, s)
	w.draw(&s)
	if excused > 0 {
		w.remark(fmt.Sprintf("F%d comes again, with credentials", excused))
	}
}

// isInside tells whether a message between a phone and the server is of the agent that lives in the server: of what a
// phone sent to the agent's name, or to the URI that an Error-Info led to, and of what no phone sent before the server
// did.
func (w *witness) isInside(m *sip.Message, sent bool) bool {
	if m.Has(sip.HeaderErrorInfo) {
		if info, err := sip.ParseInfo(m.TopValue(sip.HeaderErrorInfo)); err == nil {
			w.explain = info.URI
		}
	}
	id := m.CallID()
	if _, known := w.inside[id]; known || !m.IsRequest() {
		return w.inside[id]
	}
	uri, err := sip.ParseURI(m.RequestURI())
	w.inside[id] = !sent || err == nil && uri.User == w.agent || w.explain != "" && m.RequestURI() == w.explain
	return w.inside[id]
}

func labelOf(m *sip.Message) string {
	if m.IsRequest() {
		return string(m.Method())
	}
	return string([]byte{byte('0' + m.StatusCode()/100), byte('0' + m.StatusCode()/10%10), byte('0' + m.StatusCode()%10)})
}

// isBeside tells what stands beside the ladder.
func (w *witness) isBeside(m *sip.Message, s seen) bool {
	switch code := m.StatusCode(); {
	case code == 100:
		return !w.draws(m, s)
	case isChallenge(m):
		return !w.draws(m, s)
	case code == 199:
		return true
	case m.IsRequest() && m.Method() == sip.ACK:
		return w.acknowledgesChallenge(m)
	}
	return false
}

func isChallenge(m *sip.Message) bool { return m.StatusCode() == 401 || m.StatusCode() == 407 }

// draws tells whether the RFC draws a 100 or a challenge of the server: those to some INVITEs, not to all.
func (w *witness) draws(m *sip.Message, s seen) bool {
	asked := 0 // the number of the INVITE it is about
	for i := range w.got {
		request, _ := sip.Parse(w.got[i].text)
		if w.got[i].from == s.to && request != nil && request.IsRequest() && sameRequest(request, m) {
			asked = w.got[i].number
		}
	}
	last := 0
	for _, h := range w.want {
		switch {
		case h.label == "INVITE" && h.from == s.to:
			last = h.number
		case h.label == s.label && h.from == s.from && h.to == s.to && last == asked && asked > 0:
			return true
		}
	}
	return false
}

// excuse puts the request that was challenged beside the ladder: it comes again with credentials. It
// gives its number.
func (w *witness) excuse(challenge *sip.Message) (excused int) {
	for i := range w.got {
		request, _ := sip.Parse(w.got[i].text)
		if request != nil && request.IsRequest() && sameRequest(request, challenge) && request.Method() == challenge.Method() {
			excused = max(excused, w.got[i].number)
			w.got[i].beside, w.got[i].number = true, 0
		}
	}
	return excused
}

func (w *witness) acknowledgesChallenge(ack *sip.Message) bool {
	for i := range w.got {
		m, _ := sip.Parse(w.got[i].text)
		if m != nil && w.got[i].beside && isChallenge(m) && sameRequest(m, ack) {
			return true
		}
	}
	return false
}

// sameRequest tells whether two messages are about one request, but for its method.
func sameRequest(one, other *sip.Message) bool {
	return one.CallID() == other.CallID() && one.CSeq() == other.CSeq() && one.FromTag() == other.FromTag()
}

// draw adds an arrow to the drawing, with the number that it has in the RFC's ladder.
func (w *witness) draw(s *seen) {
	if w.live == nil || w.failure != nil {
		return
	}
	w.failure = w.live.Draw(w.arrow(s, s.number))
}

// note adds a remark below the last arrow.
func (w *witness) note(text string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.remark(text)
}

// remark is note with the mutex held.
func (w *witness) remark(text string) {
	if len(w.got) == 0 {
		return
	}
	last := &w.got[len(w.got)-1]
	last.notes = append(last.notes, text)
	if w.live != nil && w.failure == nil {
		w.failure = w.live.Note(text)
	}
}

func (w *witness) arrow(s *seen, number int) ladder.Arrow {
	label := s.label
	if m, _ := sip.Parse(s.text); m != nil && !m.IsRequest() {
		label += " " + m.Reason()
	}
	return ladder.Arrow{
		Number: number, At: s.at, Label: label, Text: s.text,
		From: slices.Index(w.columns, s.from), To: slices.Index(w.columns, s.to), Notes: s.notes,
	}
}

// numberOf guesses the number of an arrow while it passes: that of the first one like it that has not
// come.
func (w *witness) numberOf(s *seen) int {
	if s.beside {
		return 0
	}
	taken := map[int]int{}
	for _, before := range w.got {
		if before.number > 0 && before.from == s.from && before.to == s.to {
			taken[before.number]++
		}
	}
	for _, h := range w.want {
		if h.from == s.from && h.to == s.to && h.label == s.label {
			if taken[h.number] > 0 {
				continue
			}
			return h.number
		}
	}
	return 0
}

// seen gives what was seen so far.
func (w *witness) seen() []seen {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Clone(w.got)
}

// reached tells whether every arrow up to a number has passed.
func (w *witness) reached(number int) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, h := range w.want {
		if h.number > number || h.optional {
			continue
		}
		if !slices.ContainsFunc(w.got, func(s seen) bool { return s.number == h.number && s.from == h.from && s.to == h.to }) {
			return false
		}
	}
	return true
}

// ladder is the whole of it.
func (w *witness) ladder(title string) *ladder.Ladder {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	l := &ladder.Ladder{Title: title, Participants: w.columns}
	for i := range w.got {
		l.Arrows = append(l.Arrows, w.arrow(&w.got[i], w.got[i].number))
	}
	return l
}

// finish ends the ladder: what passes from now on is clearing up. It gives the failure of drawing.
func (w *witness) finish() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.began, w.live = time.Time{}, nil
	if w.failure != nil {
		return fmt.Errorf("draw the ladder: %w", w.failure)
	}
	return nil
}
