package media

import (
	"fmt"

	"hookflash/media/graph"
	"hookflash/media/mix"
	"hookflash/media/tone"
)

// player is heard in its room: a tone, or a file. It plays while it is in a room.
type player struct {
	node   *node
	repeat bool
	tone   *tone.Generator // nil: a file
	sound  *sound          // of a file; nil: it is being read
	at     uint64          // samples played
	over   bool
	frame  [mix.Wide]int16
}

func newPlayer(change graph.Play, kind, name string) (*node, error) {
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
