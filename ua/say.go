package ua

import (
	"errors"
	"fmt"
	"time"

	"hookflash/media/graph"
	"hookflash/task"
)

// SayLimit is how long one source may take, the time that the far side holds us included.
const SayLimit = 30 * time.Minute

// ErrSayLimit tells that a source took longer than SayLimit.
var ErrSayLimit = errors.New("ua: what is said does not end")

// Say plays sources to the far side, "prompt:NAME" and others of graph.Play, one after the other, and returns when
// the last one has ended. A call that can't be heard yet is waited for; one that is held is not played to
// until it is taken off hold. A source that can't be played is passed over: the error is that of the first
// such. ErrOver at once when the call ends.
func (c *Call) Say(t *task.Task, sources ...string) error {
	events := c.Watch()
	defer c.Unwatch(events)
	return c.say(t, events, speech{sources: sources})
}

// Sound repeats a source to the far side, such as "tone:ringback", until stop is called or the call ends.
func (c *Call) Sound(source string) (stop func()) {
	if c.State == Over {
		return func() {}
	}
	a := c.agent
	node := a.Node()
	a.Media(graph.Play{Player: node, Source: source, Repeat: true})
	a.Media(graph.Join{Room: c.Room, Node: node})
	c.sounds = append(c.sounds, node)
	return func() { c.silence(node) }
}

// silence ends a Sound, once.
func (c *Call) silence(node graph.Node) {
	for i, sounding := range c.sounds {
		if sounding == node {
			c.sounds = append(c.sounds[:i], c.sounds[i+1:]...)
			c.agent.Media(graph.Close{Node: node})
			return
		}
	}
}

// speech is what is said, and what ends it early.
type speech struct {
	sources []string
	// heed is given each digit that is heard meanwhile; true ends the speech. nil: none does.
	heed func(digit string) bool
}

// errHeeded tells that a digit ended the speech.
var errHeeded = errors.New("ua: a digit ended it")

func (c *Call) say(t *task.Task, events *task.Queue[Event], s speech) error {
	if err := c.audible(t, events); err != nil {
		return err
	}
	var failed error
	for _, source := range s.sources {
		switch err := c.sayOne(t, events, source, s.heed); {
		case errors.Is(err, ErrOver), errors.Is(err, errHeeded):
			return err
		case err != nil && failed == nil:
			failed = fmt.Errorf("say %q: %w", source, err)
		}
	}
	return failed
}

// audible waits until the far side can be heard and hears us: there is a stream, and both have agreed on it.
func (c *Call) audible(t *task.Task, events *task.Queue[Event]) error {
	for {
		if c.State == Over {
			return ErrOver
		}
		if _, agreed := c.negotiation.Agreed(); agreed && c.stream != 0 {
			return nil
		}
		t.First(events)
		events.Take()
	}
}

func (c *Call) sayOne(t *task.Task, events *task.Queue[Event], source string, heed func(digit string) bool) error {
	p := c.agent.begin(func(node graph.Node) any { return graph.Play{Player: node, Source: source} })
	defer p.close()
	if !c.HeldByThem {
		p.join(c.Room)
	}
	limit := t.After(SayLimit)
	for {
		switch t.First(p.ended, events, limit) {
		case 0:
			e, _ := p.ended.Take()
			return e.Err
		case 1:
			e, _ := events.Take()
			switch {
			case e.Kind == Ended:
				return ErrOver
			case e.Kind == HeldByThem:
				p.leave()
			case e.Kind == ResumedByThem:
				p.join(c.Room)
			case e.Kind == DigitHeard && heed != nil && heed(e.Text):
				return errHeeded
			}
		case 2:
			return ErrSayLimit
		}
	}
}

// sounding is a player or recorder that a task waits for.
type sounding struct {
	agent *Agent
	node  graph.Node
	ended *task.Queue[graph.Ended]
	gone  bool // closed
}

// begin makes one; make gives what the media side is asked for.
func (a *Agent) begin(make func(node graph.Node) any) *sounding {
	s := &sounding{agent: a, node: a.Node(), ended: task.NewQueue[graph.Ended](1)}
	a.players[s.node] = s.ended
	a.Media(make(s.node))
	return s
}

func (s *sounding) join(room graph.Room) { s.agent.Media(graph.Join{Room: room, Node: s.node}) }
func (s *sounding) leave()               { s.agent.Media(graph.Leave{Node: s.node}) }

func (s *sounding) close() {
	delete(s.agent.players, s.node)
	s.stop()
}

func (s *sounding) stop() {
	if !s.gone {
		s.gone = true
		s.agent.Media(graph.Close{Node: s.node})
	}
}
