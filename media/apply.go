package media

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hookflash/media/graph"
	"hookflash/media/srtp"
)

// Apply makes the changes, values of package graph, in their order, and doesn't wait for them. A
// change that makes no sense is left out, the others are made; the error names each of them.
func (e *Engine) Apply(changes []any) error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.closed {
		return ErrClosed
	}
	var errs error
	for _, change := range changes {
		if err := e.apply(change); err != nil {
			e.unmade(change, err)
			errs = errors.Join(errs, fmt.Errorf("media: %T: %w", change, err))
		}
	}
	for _, w := range e.workers {
		w.wake()
	}
	return errs
}

// unmade tells that a player or recorder is over before it began: somebody may wait for its end.
func (e *Engine) unmade(change any, err error) {
	switch change := change.(type) {
	case graph.Play:
		e.teller.tell(graph.Ended{Node: change.Player, Err: err})
	case graph.Record:
		e.teller.tell(graph.Ended{Node: change.Recorder, Err: err})
	}
}

func (e *Engine) apply(change any) error {
	switch change := change.(type) {
	case graph.Open:
		return e.openStream(change)
	case graph.Set:
		if err := validate(change); err != nil {
			return err
		}
		return e.pass(change.Stream, change)
	case graph.Close:
		return e.closeNode(change.Node)
	case graph.Join:
		return e.join(change)
	case graph.Leave:
		err := e.pass(change.Node, change)
		e.left(e.nodes[change.Node])
		return err
	case graph.Play:
		return e.play(change)
	case graph.Record:
		return e.record(change)
	case graph.Pause:
		return e.pass(change.Recorder, change)
	case graph.Dial:
		change.Digits = change.Digits[:min(len(change.Digits), graph.MaxDigits)]
		return e.pass(change.Stream, change)
	default:
		return errors.New("no change of the graph")
	}
}

// pass gives a change to the worker of its node.
func (e *Engine) pass(node graph.Node, change any) error {
	at := e.nodes[node]
	if at == nil {
		return fmt.Errorf("node %d: %w", node, ErrNode)
	}
	at.worker.inbox.put(command{node, change})
	return nil
}

// route is pass for what comes from elsewhere than Apply, such as a file that was read.
func (e *Engine) route(node graph.Node, change any) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.closed {
		return
	}
	if e.pass(node, change) == nil {
		e.nodes[node].worker.wake()
	}
}

// create makes room for a node on a worker.
func (e *Engine) create(n *node, on *worker) error {
	if n.id == 0 || e.nodes[n.id] != nil {
		return fmt.Errorf("node %d: %w", n.id, ErrNode)
	}
	if len(e.nodes) >= MaxNodes {
		return fmt.Errorf("node %d: %w: %d nodes", n.id, ErrLimit, MaxNodes)
	}
	e.nodes[n.id] = &place{worker: on}
	on.load++
	on.inbox.put(command{n.id, arrive{n}})
	return nil
}

func (e *Engine) openStream(change graph.Open) error {
	p := e.ports[change.Port]
	if p == nil || p.used {
		return fmt.Errorf("port %d: %w", change.Port, ErrPort)
	}
	if p.worker == nil {
		p.worker = e.idlest()
	} // else the one that had it last: it may not be done with it
	if err := e.create(newStream(change.Stream, p, e.settings.Name), p.worker); err != nil {
		return err
	}
	p.used = true
	e.nodes[change.Stream].port = p
	return nil
}

func (e *Engine) closeNode(id graph.Node) error {
	if id == graph.Device {
		return fmt.Errorf("node %d is always there: %w", id, ErrNode)
	}
	if err := e.pass(id, graph.Close{Node: id}); err != nil {
		return err
	}
	at := e.nodes[id]
	e.left(at)
	at.worker.load--
	if at.port != nil {
		at.port.used = false
	}
	delete(e.nodes, id)
	return nil
}

// left takes a node out of the books of its room.
func (e *Engine) left(at *place) {
	if at == nil || at.room == 0 {
		return
	}
	room := e.rooms[at.room]
	if room.members--; room.members == 0 {
		delete(e.rooms, at.room)
	}
	at.room = 0
}

// join moves the node to the worker of the room if it isn't there.
func (e *Engine) join(change graph.Join) error {
	at := e.nodes[change.Node]
	if at == nil || change.Room == 0 {
		return fmt.Errorf("node %d, room %d: %w", change.Node, change.Room, ErrNode)
	}
	if at.room != change.Room {
		e.left(at)
		room := e.rooms[change.Room]
		if room == nil {
			room = &meeting{worker: e.home(at)}
			e.rooms[change.Room] = room
		}
		room.members++
		at.room = change.Room
		e.move(change.Node, at, room.worker)
	}
	return e.pass(change.Node, change)
}

// home is the worker for a new room: that of its first member, unless others have much less to do.
func (e *Engine) home(at *place) *worker {
	idlest := e.idlest()
	if at.worker.load > idlest.load+idlest.load/4+4 {
		return idlest
	}
	return at.worker
}

func (e *Engine) idlest() *worker {
	return slices.MinFunc(e.workers, func(a, b *worker) int { return a.load - b.load })
}

// move hands a node over. What the new worker is told about the node waits there until it arrives.
func (e *Engine) move(id graph.Node, at *place, to *worker) {
	if at.worker == to {
		return
	}
	to.inbox.put(command{id, expect{}})
	at.worker.inbox.put(command{id, depart{to}})
	at.worker.load--
	to.load++
	at.worker = to
	if at.port != nil {
		at.port.worker = to
	}
}

// validate looks at what a worker could only drop.
func validate(set graph.Set) error {
	if len(set.Accept) > MaxAccept {
		return fmt.Errorf("%w: %d codecs to accept, at most %d", ErrLimit, len(set.Accept), MaxAccept)
	}
	for _, keys := range []graph.Keys{set.Ours, set.Theirs} {
		if keys.Suite == "" {
			continue
		}
		if _, err := srtp.New(keys.Suite, keys.Key); err != nil {
			return err
		}
	}
	for _, wanted := range append([]graph.Codec{set.Codec}, set.Accept...) {
		if wanted.Name == "" {
			continue // nothing agreed
		}
		if _, err := format(wanted); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) play(change graph.Play) error {
	kind, name, _ := strings.Cut(change.Source, ":")
	p, err := e.newPlayer(change, kind, name)
	if err != nil {
		return err
	}
	if err := e.create(p, e.idlest()); err != nil {
		return err
	}
	if kind == "file" || kind == "prompt" {
		e.reading.do(func() { e.route(change.Player, e.sounds.load(kind, name)) })
	}
	return nil
}

func (e *Engine) record(change graph.Record) error {
	name, ok := strings.CutPrefix(change.Sink, "file:")
	if !ok || e.files == nil {
		return fmt.Errorf("record to %q: %w", change.Sink, ErrSource)
	}
	return e.create(newRecorder(change, newFile(e, change.Recorder, name)), e.idlest())
}
