package ua

import "hookflash/dialog"

// ended remembers the last MaxEnded dialogs that came to their end.
type ended struct {
	known map[dialog.ID]bool
	ring  []dialog.ID
	next  int // in ring, what is forgotten next once it is full
}

func (e *ended) add(id dialog.ID) {
	if e.known == nil {
		e.known = map[dialog.ID]bool{}
	}
	if e.known[id] {
		return
	}
	e.known[id] = true
	if len(e.ring) < MaxEnded {
		e.ring = append(e.ring, id)
		return
	}
	delete(e.known, e.ring[e.next])
	e.ring[e.next] = id
	e.next = (e.next + 1) % MaxEnded
}

func (e *ended) has(id dialog.ID) bool { return e.known[id] }
