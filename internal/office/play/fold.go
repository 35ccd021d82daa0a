package play

import (
	"strings"

	"hookflash/event/conference"
	"hookflash/event/dialoginfo"
	"hookflash/internal/ladder"
	"hookflash/sip"
)

// hop is a message on its way from one party, or through the server.
type hop struct {
	arrow  *ladder.Arrow
	first  bool // it goes to the server
	last   bool // it comes from there
	key    string
	paired *hop
}

// fold makes the ladder of a run look as RFC 5359 draws it. Where the RFC draws the server, both hops
// of a message stand together; else the message is one arrow, and what the server says itself is left out.
func fold(whole *ladder.Ladder, drawn bool) *ladder.Ladder {
	server := whole.Column("server")
	folded := &ladder.Ladder{}
	for i, name := range whole.Participants {
		if drawn || i != server {
			folded.Participants = append(folded.Participants, name)
		}
	}
	hops := hopsOf(whole, server)
	done := map[*hop]bool{}
	for _, h := range hops {
		if done[h] {
			continue
		}
		done[h] = true
		label := labelOf(h.arrow.Text)
		switch first, last := ends(h); {
		case drawn && h.paired != nil:
			done[h.paired] = true
			folded.Add(whole.Name(first.From), "server", label)
			folded.Add("server", whole.Name(last.To), label)
		case h.paired != nil:
			done[h.paired] = true
			folded.Add(whole.Name(first.From), whole.Name(last.To), label)
		case drawn || !h.first && !h.last:
			folded.Add(whole.Name(first.From), whole.Name(last.To), label)
		}
	}
	return folded
}

// ends are both hops of a message, in their order: the server may send one on before it has it, as
// it does with ACK and CANCEL.
func ends(h *hop) (first, last *ladder.Arrow) {
	switch {
	case h.paired == nil:
		return h.arrow, h.arrow
	case h.first:
		return h.arrow, h.paired.arrow
	}
	return h.paired.arrow, h.arrow
}

func hopsOf(whole *ladder.Ladder, server int) []*hop {
	var hops []*hop
	for i := range whole.Arrows {
		arrow := &whole.Arrows[i]
		if arrow.Kind != ladder.Message {
			continue
		}
		word, _, _ := strings.Cut(arrow.Label, " ")
		h := &hop{arrow: arrow, first: arrow.To == server, last: arrow.From == server, key: word + arrow.CSeq + arrow.CallID}
		for _, other := range hops {
			if other.paired == nil && other.key == h.key && (other.first && h.last || other.last && h.first) && outer(other) != outer(h) {
				other.paired, h.paired = h, other
				break
			}
		}
		hops = append(hops, h)
	}
	return hops
}

// outer is the party at the end of a hop that is not the server.
func outer(h *hop) int {
	if h.first {
		return h.arrow.From
	}
	return h.arrow.To
}

// labelOf is what a message is, with what matters of it for a service.
func labelOf(text string) string {
	m, err := sip.Parse(text)
	if err != nil {
		return "?"
	}
	if !m.IsRequest() {
		return strings.TrimSpace(text[len("SIP/2.0 "):strings.IndexByte(text, '\r')])
	}
	label := string(m.Method())
	for _, mark := range []struct {
		there bool
		name  string
	}{
		{m.Has(sip.HeaderReplaces) || strings.Contains(m.Header(sip.HeaderReferTo), "Replaces="), "Replaces"},
		{m.Has(sip.HeaderJoin), "Join"},
		{m.Has(sip.HeaderReferredBy) && m.Method() == sip.INVITE && !m.Has(sip.HeaderReplaces), "Referred-By"},
		{strings.Contains(m.Header(sip.HeaderContact), "isfocus") && m.Method() != sip.NOTIFY, "isfocus"},
		{strings.Contains(m.Body(), "a=sendonly") || strings.Contains(m.Body(), "a=inactive"), "(hold)"},
	} {
		if mark.there {
			label += " " + mark.name
		}
	}
	if m.Method() == sip.NOTIFY {
		label += " " + stateOf(m.Body())
	}
	return label
}

// stateOf is what the body of a NOTIFY says: the status line of a REFER, the states of dialogs, who is in a
// conference, or its first line.
func stateOf(body string) string {
	if !strings.HasPrefix(body, "<?xml") {
		line, _, _ := strings.Cut(body, "\r\n")
		return strings.TrimPrefix(line, "SIP/2.0 ")
	}
	if room, err := conference.Parse(body); err == nil {
		return rosterOf(room)
	}
	document, err := dialoginfo.Parse(body)
	if err != nil {
		return "?"
	}
	states := make([]string, 0, len(document.Dialogs))
	for i := range document.Dialogs {
		states = append(states, document.Dialogs[i].State.String())
	}
	if len(states) == 0 {
		return "no dialog"
	}
	return strings.Join(states, ", ")
}

// rosterOf is what a document says of a conference: how much it tells, and of each user how they stand.
func rosterOf(room conference.Document) string {
	state := room.State.String()
	for i := range room.Users {
		user := &room.Users[i]
		how := user.State.String()
		if len(user.Endpoints) > 0 {
			how = user.Endpoints[len(user.Endpoints)-1].Status
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(user.Entity, "sip:"), "@")
		state += ", " + name + " " + how
	}
	return state
}
