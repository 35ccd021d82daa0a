package ua

import (
	"time"

	"hookflash/media/graph"
	"hookflash/task"
)

// What follows is about rooms of an agent that mixes for many: what is heard there belongs to none of its calls.

// Mute keeps the far side from being heard in the room, now and in every room that the call enters; it hears them all.
func (c *Call) Mute(muted bool) {
	if c.muted == muted {
		return
	}
	c.muted = muted
	if c.stream != 0 {
		c.agent.Media(graph.Join{Room: c.Room, Node: c.stream, Mute: muted})
	}
}

// Muted tells whether nobody in the room hears the far side.
func (c *Call) Muted() bool { return c.muted }

// Repeat plays a source to all in a room, again and again, until stop is called.
func (a *Agent) Repeat(room graph.Room, source string) (stop func()) {
	s := &sounding{agent: a, node: a.Node()}
	a.Media(graph.Play{Player: s.node, Source: source, Repeat: true})
	s.join(room)
	return s.stop
}

// Announce plays sources to all in a room, one after the other, and returns when the last one has ended, or after SayLimit.
// What can't be played is passed over.
func (a *Agent) Announce(t *task.Task, room graph.Room, sources ...string) {
	limit := t.After(SayLimit)
	for _, source := range sources {
		p := a.begin(func(node graph.Node) any { return graph.Play{Player: node, Source: source} })
		p.join(room)
		over := t.First(p.ended, limit) == 1
		p.close()
		if over {
			return
		}
	}
}

// Recorder takes down what is heard in a room.
type Recorder struct {
	recorder *sounding
	began    time.Time
}

// RecordRoom begins to; Finish ends it.
func (a *Agent) RecordRoom(room graph.Room, r Recording) *Recorder {
	recorder := a.begin(func(node graph.Node) any {
		return graph.Record{Recorder: node, Sink: r.Sink, Limit: r.Limit, Consent: r.Consent}
	})
	recorder.join(room)
	return &Recorder{recorder, a.now}
}

// Ended is ready when the recording has ended by itself: at its limit, or because it failed.
func (r *Recorder) Ended() task.Source { return r.recorder.ended }

// Finish ends the recording, and waits until its file is whole: an error tells that it is not.
func (r *Recorder) Finish(t *task.Task) (Recorded, error) {
	defer r.recorder.close()
	done := Recorded{Lasted: t.Now().Sub(r.began)}
	return done, r.recorder.finish(t)
}
