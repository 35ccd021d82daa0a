package media

import (
	"time"

	"hookflash/media/graph"
)

// recorder takes down everything that is heard in its room, silence too, from when it joins one.
type recorder struct {
	node  *node
	file  *file
	limit time.Duration
	left  int // samples
	begun bool
	over  bool
	chunk []int16 // of at most a second
}

func newRecorder(change graph.Record, f *file) *node {
	r := &recorder{file: f, limit: change.Limit}
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
	r.left = int(r.limit.Milliseconds()) * r.rate() / 1000
	r.file.begin(r.rate())
}

func (r *recorder) rate() int {
	if r.node.member.Wide {
		return wideRate
	}
	return narrowRate
}

func (r *recorder) read(*worker) { r.node.says(nil) }

func (r *recorder) write(*worker) {
	if r.over || r.node.room == nil {
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
