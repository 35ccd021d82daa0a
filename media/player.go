package media

import (
	"fmt"

	"hookflash/media/graph"
	"hookflash/media/mix"
	"hookflash/media/tone"
)

// player is heard in its room: a tone, a file, or a music. It plays while it is in a room; a music goes on without it.
type player struct {
	node   *node
	repeat bool
	tone   *tone.Generator // nil: a file
	music  *station        // nil: a tone or a file
	sound  *sound          // of a file; nil: it is being read
	at     uint64          // samples played
	over   bool
	frame  [mix.Wide]int16
}

func (e *Engine) newPlayer(change graph.Play, kind, name string) (*node, error) {
	p := &player{repeat: change.Repeat}
	switch kind {
	case "tone":
		parsed, err := tone.Parse(name)
		if err != nil {
			return nil, fmt.Errorf("play %q: %w", change.Source, err)
		}
		if p.tone, err = tone.New(parsed, narrowRate); err != nil {
			return nil, fmt.Errorf("play %q: %w", change.Source, err)
		}
	case "file", "prompt":
	case "music":
		if p.music = e.music.find(name); p.music == nil {
			return nil, fmt.Errorf("play %q: %w", change.Source, ErrSource)
		}
		e.music.ask(p.music)
	default:
		return nil, fmt.Errorf("play %q: %w", change.Source, ErrSource)
	}
	p.node = &node{id: change.Player, part: p}
	return p.node, nil
}

func (p *player) change(w *worker, change any) {
	switch change := change.(type) {
	case loaded:
		if change.err != nil {
			p.end(w, change.err)
			return
		}
		p.sound = change.sound
		p.node.member.Wide = p.sound.rate == wideRate
	case ask:
		change.answer <- nil
	}
}

func (p *player) close(*worker) {}
func (p *player) write(*worker) {}

// read plays one frame. What is left of the last one is silence.
func (p *player) read(w *worker) {
	if p.music != nil {
		p.listen(w)
		return
	}
	if p.over || p.node.room == nil || p.tone == nil && p.sound == nil {
		p.node.says(nil)
		return
	}
	frame := p.frame[:mix.Narrow]
	if p.node.member.Wide {
		frame = p.frame[:mix.Wide]
	}
	n := p.fill(frame)
	if n < len(frame) && p.repeat && p.at > 0 {
		p.at = 0
		n += p.fill(frame[n:])
	}
	clear(frame[n:])
	if n < len(frame) && !p.repeat {
		p.end(w, nil)
	}
	if n == 0 || quiet(frame) {
		p.node.says(nil)
		return
	}
	p.node.says(frame)
}

// listen plays what everybody who listens hears in this tick, at the rate of those in the room.
func (p *player) listen(w *worker) {
	r := p.node.room
	if r == nil {
		return
	}
	wide := false
	for _, other := range r.members {
		wide = wide || other.Wide && other != &p.node.member
	}
	r.air = w.tune(p.music)
	p.node.member.Wide = wide
	p.node.says(r.air.frame(w.now.tick, wide))
}

func (p *player) fill(frame []int16) int {
	n := 0
	if p.tone != nil {
		n = p.tone.Generate(frame, p.at)
	} else if p.at < uint64(len(p.sound.samples)) {
		n = copy(frame, p.sound.samples[p.at:])
	}
	p.at += uint64(n)
	return n
}

func (p *player) end(w *worker, err error) {
	p.over = true
	w.engine.teller.tell(graph.Ended{Node: p.node.id, Err: err})
}
