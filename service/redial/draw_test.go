package redial_test

import (
	"fmt"
	"strings"
	"testing"

	"hookflash/event/callcompletion"
	"hookflash/event/dialoginfo"
	"hookflash/event/presence"
	"hookflash/internal/ladder"
	"hookflash/internal/ladder/golden"
	"hookflash/sip"
)

// draw makes the ladder of a run look as the RFCs draw it: a message through the server is one arrow, one between the
// server and somebody else of its own accord none, and what documents tell is said in a word. The clock's calls are
// left out: the RFC does not show with whom Bob talks either.
func draw(whole *ladder.Ladder, title string) *ladder.Ladder {
	drawn := &ladder.Ladder{Title: title}
	server := whole.Column("server")
	for i, name := range whole.Participants {
		if i != server && name != "clock" {
			drawn.Participants = append(drawn.Participants, name)
		}
	}
	for i := range whole.Arrows {
		first := &whole.Arrows[i]
		if first.Kind != ladder.Message {
			continue
		}
		if second := through(whole, i, server); second != nil {
			from, to := whole.Name(first.From), whole.Name(second.To)
			if first.To != server { // the server sent it on before it had it all
				from, to = whole.Name(second.From), whole.Name(first.To)
			}
			if from != "clock" && to != "clock" {
				drawn.Add(from, to, word(first.Text))
			}
		}
	}
	return drawn
}

// through is the other hop of the message of an arrow, nil when there is none or it stands before.
func through(whole *ladder.Ladder, i, server int) *ladder.Arrow {
	one := &whole.Arrows[i]
	var found *ladder.Arrow
	for j := range whole.Arrows {
		other := &whole.Arrows[j]
		if j == i || other.Kind != ladder.Message || name(other) != name(one) || (one.To == server) == (other.To == server) {
			continue
		}
		if j < i {
			return nil
		}
		if found == nil {
			found = other
		}
	}
	return found
}

func name(arrow *ladder.Arrow) string {
	first, _, _ := strings.Cut(arrow.Label, " ")
	return first + arrow.CSeq + arrow.CallID
}

// word is what a message is.
func word(text string) string {
	m, err := sip.Parse(text)
	if err != nil {
		return "?"
	}
	if !m.IsRequest() {
		return fmt.Sprintf("%d %s", m.StatusCode(), m.Reason())
	}
	label := string(m.Method())
	switch kind, _, _ := strings.Cut(m.Header(sip.HeaderContentType), ";"); kind {
	case dialoginfo.ContentType:
		document, _ := dialoginfo.Parse(m.Body())
		for _, d := range document.Dialogs {
			label += " " + d.State.String()
		}
		if len(document.Dialogs) == 0 {
			label += " no dialogs"
		}
	case callcompletion.ContentType:
		document, _ := callcompletion.Parse(m.Body())
		label += " " + document.State.String()
	case presence.ContentType:
		document, _ := presence.Parse(m.Body())
		label += map[bool]string{true: " open", false: " closed"}[document.Open()]
	}
	if uri, err := sip.ParseURI(m.RequestURI()); err == nil && m.Method() == sip.INVITE && uri.Params.Has("m") {
		mode, _ := uri.Params.Get("m")
		label += " m=" + mode
	}
	if m.Header(sip.HeaderExpires) == "0" {
		label += " Expires: 0"
	}
	return label
}

// compare holds what was sent to what is wanted, a line each, and to the golden file.
func compare(t *testing.T, name, want string, got *ladder.Ladder) {
	t.Helper()
	golden.Ladder(t, name, got, golden.Options{Plain: true})
	if want == "" {
		return
	}
	var lines []string
	for _, arrow := range got.Arrows {
		lines = append(lines, fmt.Sprintf("F%d %s>%s %s", arrow.Number, got.Name(arrow.From), got.Name(arrow.To), arrow.Label))
	}
	if text := strings.Join(lines, "\n"); text != strings.TrimSpace(want) {
		t.Errorf("%s: another ladder than the RFC's:\n%s", name, text)
	}
}
