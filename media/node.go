package media

import (
	"slices"

	"hookflash/media/graph"
	"hookflash/media/mix"
)

// node is one of a worker's. One that is only expected has no part yet.
type node struct {
	id      graph.Node
	part    part
	room    *room
	member  mix.Member // in its room
	mute    bool
	waiting []command // for one that is expected
}

// part is what a node does. It is called by the worker that has the node.
type part interface {
	read(w *worker)               // before mixing: sets what the member says
	write(w *worker)              // after mixing: uses what it hears
	change(w *worker, change any) // what is for this kind of node
	close(w *worker)
}

// drain takes the changes that have come.
func (w *worker) drain() {
	commands := w.inbox.take(w.spare)
	if commands == nil {
		return
	}
	w.look()
	for _, c := range commands {
		w.obey(c)
	}
	w.settle()
	clear(commands)
	w.spare = commands
}

func (w *worker) obey(c command) {
	switch change := c.change.(type) {
	case count:
		change.answer <- w.counters
		return
	case expect:
		w.known[c.node] = &node{id: c.node}
		return
	case arrive:
		w.adopt(change.node)
		return
	}
	n := w.known[c.node]
	if n == nil {
		if asked, ok := c.change.(ask); ok {
			asked.answer <- nil
		}
		return
	}
	if n.part == nil {
		n.waiting = append(n.waiting, c)
		return
	}
	switch change := c.change.(type) {
	case depart:
		w.leave(n)
		w.forget(n)
		change.to.inbox.put(command{n.id, arrive{n}})
		change.to.wake()
	case graph.Close:
		w.remove(n)
	case graph.Join:
		w.join(n, change)
	case graph.Leave:
		w.leave(n)
	default:
		n.part.change(w, change)
	}
}

// adopt takes a node in, and does what it was told while it was on its way.
func (w *worker) adopt(n *node) {
	var waiting []command
	if expected := w.known[n.id]; expected != nil {
		waiting = expected.waiting
	}
	w.known[n.id] = n
	w.nodes = append(w.nodes, n)
	for _, c := range waiting {
		w.obey(c)
	}
}

// remove ends a node.
func (w *worker) remove(n *node) {
	w.leave(n)
	w.forget(n)
	n.part.close(w)
}

func (w *worker) forget(n *node) {
	delete(w.known, n.id)
	if i := slices.Index(w.nodes, n); i >= 0 {
		w.nodes = slices.Delete(w.nodes, i, i+1)
	}
}
