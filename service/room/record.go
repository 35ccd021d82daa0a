package room

import (
	"time"

	"hookflash/task"
	"hookflash/ua"
)

// MaxRecording is how long one of a room lasts at most.
const MaxRecording = 4 * time.Hour

// recording is one of a room. It belongs to its task; others change it by orders.
type recording struct {
	sink   string // "" until it is known
	stop   bool
	paused bool
	wake   task.Queue[struct{}]
}

// record begins or ends a recording of all who are in the room; code refuses. Everybody is told, at both ends and by a tone
// meanwhile.
func (m *meeting) record(on bool) (code int) {
	switch {
	case !on:
		m.stopRecording()
		return 0
	case m.recorder != nil:
		return 0
	case m.over || m.talking() == 0:
		return 409
	case m.service.settings.Sink == nil:
		return 503
	}
	r := &recording{}
	if m.service.agent.Go("record", func(t *task.Task) { m.recorded(t, r) }) == nil { // task.MaxTasks
		return 503
	}
	m.recorder = r
	return 0
}

// pause leaves out what is said from now on, or goes on; code refuses.
func (m *meeting) pause(on bool) (code int) {
	if m.recorder == nil || m.recorder.stop {
		return 409
	}
	m.recorder.paused = on
	m.recorder.wake.Put(struct{}{})
	return 0
}

// recorded is a recording from its beginning to its end.
func (m *meeting) recorded(t *task.Task, r *recording) {
	s := m.service
	sink, name, at := s.settings.Sink, m.id(), t.Now()
	result, _ := s.agent.Job(t, func() any { return sink(name, at) })
	if r.sink, _ = result.(string); r.sink == "" {
		m.forget(r)
		s.told(Change{Kind: "recording-failed", Room: m.id()})
		s.agent.Announce(t, m.graph, m.voice().Prompt("storage-trouble"))
		return
	}
	s.told(Change{Kind: "recording", Room: m.id(), Text: r.sink})
	s.agent.Announce(t, m.graph, m.voice().Prompt("room-recording"))
	if !r.stop {
		m.takeDown(t, r)
	}
	m.forget(r)
	s.told(Change{Kind: "recorded", Room: m.id(), Text: r.sink})
	if !m.over {
		s.agent.Announce(t, m.graph, m.voice().Prompt("room-recorded"))
	}
}

// takeDown records until it is ended, or ends by itself. The media side tells everybody by a tone.
func (m *meeting) takeDown(t *task.Task, r *recording) {
	a := m.service.agent
	recorder := a.RecordRoom(m.graph, ua.Recording{Sink: r.sink, Limit: MaxRecording, Consent: true})
	paused := false
	for over := false; !over && !r.stop; {
		if r.paused == paused {
			over = t.First(&r.wake, recorder.Ended()) == 1
			r.wake.Take()
			continue
		}
		if paused = r.paused; paused {
			recorder.Pause(true)
		}
		a.Announce(t, m.graph, m.voice().Prompt(choose(paused, "recording-paused", "room-recording")))
		if !paused && !r.paused {
			recorder.Pause(false)
		}
	}
	if _, err := recorder.Finish(t); err != nil {
		m.service.told(Change{Kind: "recording-failed", Room: m.id(), Text: r.sink})
	}
}

func (m *meeting) forget(r *recording) {
	if m.recorder == r {
		m.recorder = nil
	}
}

func (m *meeting) stopRecording() {
	if m.recorder != nil {
		m.recorder.stop = true
		m.recorder.wake.Put(struct{}{})
	}
}
