package media

import (
	"slices"

	"hookflash/media/graph"
	"hookflash/media/mix"
)

// room is the nodes of one worker that hear each other.
type room struct {
	id      graph.Room
	mixer   *mix.Mixer // nil: there was nothing to mix yet
	members []*mix.Member
	nodes   []*node // of the members, in their order
	// recorders of the members: while there is one, nothing of what comes is left out.
	recorders int
	// air is the music that is played in the room; nil: none.
	air *tuner
	// shared is what is encoded once for all who say nothing themselves.
	shared shared
	// passes: it is a pair whose packets are relayed (see pair.go).
	passes bool
	// unlike: what came couldn't be relayed, and nothing has changed since.
	unlike bool
}

func (w *worker) join(n *node, change graph.Join) {
	n.mute = change.Mute
	if n.room != nil && n.room.id == change.Room {
		w.unsettle(n.room)
		return
	}
	w.leave(n)
	r := w.rooms[change.Room]
	if r == nil {
		r = &room{id: change.Room}
		w.rooms[change.Room] = r
		w.gathered = append(w.gathered, r)
	}
	w.part(r)
	w.unsettle(r)
	n.room = r
	n.member.Says = nil
	r.members, r.nodes = append(r.members, &n.member), append(r.nodes, n)
	if n.records() {
		r.recorders++
	}
	n.part.change(w, change)
}

// leave takes a node out of its room; a room without nodes goes.
func (w *worker) leave(n *node) {
	r := n.room
	if r == nil {
		return
	}
	w.part(r)
	w.unsettle(r)
	n.room = nil
	n.member.Says = nil
	if p, is := n.part.(*player); is && p.music != nil {
		r.air = nil
	}
	if i := slices.Index(r.members, &n.member); i >= 0 {
		r.members, r.nodes = slices.Delete(r.members, i, i+1), slices.Delete(r.nodes, i, i+1)
		if n.records() {
			r.recorders--
		}
	}
	if len(r.members) == 0 {
		delete(w.rooms, r.id)
		w.gathered = slices.DeleteFunc(w.gathered, func(other *room) bool { return other == r })
	}
}

func (n *node) records() bool {
	_, is := n.part.(*recorder)
	return is
}

// says sets what a node is heard with in this tick; nil: nothing.
func (n *node) says(frame []int16) {
	if n.mute {
		frame = nil
	}
	n.member.Says = frame
}

// hears is what a node is to hear in this tick; nil: nothing. It is valid until another node asks.
func (n *node) hears() []int16 {
	if n.room == nil || n.room.mixer == nil {
		return nil
	}
	return n.room.mixer.Hears(&n.member)
}

// tick mixes what the nodes say. Who is alone hears nothing, and those whose packets are relayed hear what comes.
func (r *room) tick() {
	switch {
	case r.passes:
		return
	case r.mixer == nil && len(r.members) < 2:
		return
	case r.mixer == nil:
		r.mixer = mix.New(newConverters())
	}
	r.mixer.Tick(r.members)
}
