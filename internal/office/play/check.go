package play

import (
	"fmt"
	"strings"

	"hookflash/internal/ladder"
	"hookflash/sip"
)

// Faults are what nobody may do, whatever happens: a request within a dialog after its BYE (but for the reports of a
// REFER, whose subscription outlives the call), and an INVITE that nobody answers for good. A ladder that is cut off is a fault as well.
func Faults(l *ladder.Ladder) []string {
	var faults []string
	if l.Omitted > 0 {
		faults = append(faults, fmt.Sprintf("%d arrows are missing", l.Omitted))
	}
	over := map[string]bool{}
	answered := map[string]bool{}
	for i := range l.Arrows {
		arrow := &l.Arrows[i]
		m, err := sip.Parse(arrow.Text)
		if err != nil {
			continue
		}
		if !m.IsRequest() && m.StatusCode() >= 200 {
			answered[fmt.Sprint(l.Name(arrow.To), m.CallID(), m.CSeq(), m.Method())] = true
		}
		if m.ToTag() == "" || arrow.Kind != ladder.Message || l.Name(arrow.From) == "server" {
			continue
		}
		// Each side of a dialog by itself, its own tag first: somebody may have called themselves.
		side := m.CallID() + " " + m.FromTag() + " " + m.ToTag()
		if !m.IsRequest() {
			side = m.CallID() + " " + m.ToTag() + " " + m.FromTag()
		}
		switch {
		case m.Method() == sip.BYE && (m.IsRequest() || m.StatusCode() == 200):
			over[side] = true
		case m.IsRequest() && over[side] && m.Method() != sip.ACK && m.Method() != sip.NOTIFY:
			faults = append(faults, fmt.Sprintf("%s sends %s after BYE", l.Name(arrow.From), arrow.Label))
		}
	}
	for i := range l.Arrows {
		arrow := &l.Arrows[i]
		if from := l.Name(arrow.From); from != "server" && strings.HasPrefix(arrow.Label, "INVITE ") &&
			!answered[fmt.Sprint(from, arrow.CallID, strings.TrimSuffix(arrow.CSeq, " INVITE"), sip.INVITE)] {
			faults = append(faults, fmt.Sprintf("F%d, an INVITE of %s's, has no final response", arrow.Number, from))
		}
	}
	return faults
}
