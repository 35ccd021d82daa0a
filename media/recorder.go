package media

import (
	"time"

	"hookflash/media/graph"
	"hookflash/media/mix"
	"hookflash/media/tone"
)

// recorder takes down everything that is heard in its room, silence too, from when it joins one.
type recorder struct {
	node  *node
	file  *file
	limit time.Duration
	left  int // samples
	begun bool
	over  bool

	paused  bool
	consent bool
	tone    *tone.Generator // that says so; nil: it hasn't begun
	sounded uint64          // samples of it
	frame   [mix.Wide]int16
	chunk   []int16 // of at most a second
}

func newRecorder(change graph.Record, f *file) *node {
	r := &recorder{file: f, limit: change.Limit, consent: change.Consent}
	if r.limit <= 0 || r.limit > MaxRecording {
		r.limit = MaxRecording
	}
	r.node = &node{id: change.Recorder, part: r}
	return r.node
}

func (r *recorder) change(_ *worker, change any) {
	switch change := change.(type) {
	case graph.Join:
		r.begin()
	case graph.Pause:
		if r.paused = change.Paused; !r.paused {
			r.sounded = 0
		}
	case ask:
		change.answer <- nil
	}
}

// begin chooses the rate by who is in the room: it stays, as the file has one only.
func (r *recorder) begin() {
	if r.begun {
		return
	}
	r.begun = true
	for _, member := range r.node.room.members {
		if member.Wide {
			r.node.member.Wide = true
		}
	}
	if consent, err := tone.Parse("consent"); err == nil && r.consent {
		r.tone, _ = tone.New(consent, r.rate())
	}
	r.left = int(r.limit.Milliseconds()) * r.rate() / 1000
	r.file.begin(r.rate())
}

func (r *recorder) rate() int {
	if r.node.member.Wide {
		return wideRate
	}
	return narrowRate
}

// read says that it records, now and then.
func (r *recorder) read(*worker) {
	if r.tone == nil || !r.takes() {
		r.node.says(nil)
		return
	}
	frame := r.frame[:samplesOf(r.rate())]
	r.tone.Generate(frame, r.sounded)
	r.sounded += uint64(len(frame))
	if quiet(frame) {
		frame = nil
	}
	r.node.says(frame)
}

// takes tells whether it takes down what is heard now.
func (r *recorder) takes() bool { return !r.over && !r.paused && r.node.room != nil }

func (r *recorder) write(*worker) {
	if !r.takes() {
		return
	}
	frame := r.node.hears()
	if frame == nil {
		frame = silence[:samplesOf(r.rate())]
	}
	frame = frame[:min(len(frame), r.left)]
	if r.chunk == nil {
		r.chunk = make([]int16, 0, r.rate())
	}
	r.chunk = append(r.chunk, frame...)
	if r.left -= len(frame); r.left == 0 {
		r.end()
		return
	}
	if len(r.chunk) >= r.rate() {
		r.file.write(r.chunk)
		r.chunk = nil
	}
}

func (r *recorder) end() {
	if r.over {
		return
	}
	r.over = true
	r.file.write(r.chunk)
	r.file.end()
}

// close finishes the file; Ended is told when it is whole.
func (r *recorder) close(*worker) { r.end() }
