package phone

import (
	"strings"

	"hookflash/media/graph"
	"hookflash/ua"
)

// Hearing says in sentences who hears whom: the person and those they talk with, conversations that
// go on without them, and who is on hold.
func (s Standing) Hearing() []string {
	var sentences, waiting []string
	rooms := map[graph.Room][]string{}
	var order []graph.Room
	for _, l := range s.Lines {
		name, _, _ := strings.Cut(who(l.Name, l.URI), " (")
		if name == address(l.URI) {
			name = oneLine(Number(l.URI))
		}
		switch {
		case l.State != ua.Talking:
		case l.Held || l.HeldByThem:
			waiting = append(waiting, name+l.waits())
		default:
			if rooms[l.Room] == nil {
				order = append(order, l.Room)
			}
			rooms[l.Room] = append(rooms[l.Room], name)
		}
	}
	for _, room := range order {
		names := rooms[room]
		switch {
		case room == s.Room && s.Muted:
			sentences = append(sentences, "you hear "+and(names)+"; nobody hears you: muted")
			if len(names) > 1 {
				sentences = append(sentences, and(names)+" hear each other")
			}
		case room == s.Room:
			sentences = append(sentences, and(append([]string{"you"}, names...))+" hear each other")
		case len(names) > 1:
			sentences = append(sentences, and(names)+" hear each other, without you")
		default:
			sentences = append(sentences, names[0]+" hears nobody")
		}
	}
	return append(sentences, waiting...)
}

// waits says who holds whom.
func (l Line) waits() string {
	switch {
	case l.Held && l.HeldByThem:
		return " and you hold each other"
	case l.Held:
		return " is on hold"
	}
	return " put you on hold"
}

// and lists names.
func and(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
