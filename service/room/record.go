package room

import (
	"time"

	"hookflash/task"
	"hookflash/ua"
)

// Recordings of rooms.
const (
	MaxRecording = 4 * time.Hour
	consentEvery = 15 * time.Second // how often a tone says that it is recorded
)

// recording is one of a room.
type recording struct {
	task  *task.Task
	sink  string
	since time.Time
	stop  bool
	wake  task.Queue[struct{}]
}

// record begins or ends a recording of all who are in the room; code refuses. Everybody is told, at both ends and by a tone
// meanwhile.
func (m *meeting) record(on bool) (code int) {
	if !on {
		m.stopRecording()
		return 0
	}
	sink := ""
	s := m.service
	if s.settings.Sink != nil {
		sink = s.settings.Sink(m.id(), s.agent.Now())
	}
	switch {
	case m.recorder != nil:
		return 0
	case m.over || m.talking() == 0:
		return 409
	case sink == "":
		return 503
	}
	r := &recording{sink: sink, since: s.agent.Now()}
	r.task = s.agent.Go("record", func(t *task.Task) { m.recorded(t, r) })
	if r.task == nil { // task.MaxTasks
		return 503
	}
	m.recorder = r
	m.stand()
	s.told(Change{Kind: "recording", Room: m.id(), Text: sink})
	return 0
}

// recorded is a recording from its beginning to its end.
func (m *meeting) recorded(t *task.Task, r *recording) {
	a := m.service.agent
	a.Announce(t, m.graph, m.voice().Prompt("room-recording"))
	if !r.stop {
		recorder := a.RecordRoom(m.graph, ua.Recording{Sink: r.sink, Limit: MaxRecording})
		for !r.stop && t.First(&r.wake, t.After(consentEvery), recorder.Ended()) == 1 {
			a.Announce(t, m.graph, "tone:beep")
		}
		if _, err := recorder.Finish(t); err != nil {
			m.service.told(Change{Kind: "recording-failed", Room: m.id(), Text: r.sink})
		}
	}
	if m.recorder == r {
		m.recorder = nil
		m.stand()
	}
	m.service.told(Change{Kind: "recorded", Room: m.id(), Text: r.sink})
	if !m.over {
		a.Announce(t, m.graph, m.voice().Prompt("room-recorded"))
	}
}

func (m *meeting) stopRecording() {
	if m.recorder != nil {
		m.recorder.stop = true
		m.recorder.wake.Put(struct{}{})
	}
}
