package ua

import (
	"errors"
	"strings"
	"time"

	"hookflash/media/graph"
	"hookflash/task"
)

// recordPatience is how long the media side may take to finish a file.
const recordPatience = 10 * time.Second

// ErrRecord tells that nobody knows whether a recording is whole.
var ErrRecord = errors.New("ua: the recorder does not come to its end")

// Recording is what Record is to do.
type Recording struct {
	Sink  string        // of graph.Record: "file:NAME"
	Limit time.Duration // zero: the media side's own
	Until string        // keys that end it
	// Consent has all who are there hear that they are recorded, as graph.Record says.
	Consent bool
}

// Recorded is what came of it.
type Recorded struct {
	Lasted time.Duration // the time that the far side held us included
	Key    string        // that ended it, "" for none
	// Silent is how much at the end of it nothing came from the far side, where that ended it.
	Silent time.Duration
}

// Record takes down what is heard in the call's room, until the limit, a key, the far side's sending nothing any
// more, or the end of the call: then it returns ErrOver beside what there is. The file is whole when it returns, whatever ended it; any other error
// tells that it is not.
func (c *Call) Record(t *task.Task, r Recording) (Recorded, error) {
	events := c.Watch()
	defer c.Unwatch(events)
	if err := c.audible(t, events); err != nil {
		return Recorded{}, err
	}
	began := t.Now()
	recorder := c.agent.begin(func(node graph.Node) any {
		return graph.Record{Recorder: node, Sink: r.Sink, Limit: r.Limit, Consent: r.Consent}
	})
	defer recorder.close()
	recorder.join(c.Room)
	var done Recorded
	var over error
	for {
		if t.First(recorder.ended, events) == 0 { // the limit, or a failure
			e, _ := recorder.ended.Take()
			done.Lasted = t.Now().Sub(began)
			return done, e.Err
		}
		e, _ := events.Take()
		if e.Kind == Ended {
			over = ErrOver
			break
		}
		if e.Kind == NothingHeard {
			done.Silent = e.Lasted
			break
		}
		if e.Kind == DigitHeard && strings.Contains(r.Until, e.Text) {
			done.Key = e.Text
			break
		}
	}
	done.Lasted = t.Now().Sub(began)
	if err := recorder.finish(t); err != nil {
		return done, err
	}
	return done, over
}

// finish closes a recorder and waits until its file is whole.
func (s *sounding) finish(t *task.Task) error {
	s.stop()
	if t.First(s.ended, t.After(recordPatience)) == 1 {
		return ErrRecord
	}
	e, _ := s.ended.Take()
	return e.Err
}

// Enter has a recorder of a room go on in another one, or after a Leave.
func (r *Recorder) Enter(room graph.Room) { r.recorder.join(room) }

// Leave has it take nothing down, until it enters a room again: the time between is missing in the recording.
func (r *Recorder) Leave() { r.recorder.leave() }

// Pause has it leave out what is heard, and go on.
func (r *Recorder) Pause(paused bool) {
	r.recorder.agent.Media(graph.Pause{Recorder: r.recorder.node, Paused: paused})
}
