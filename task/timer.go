package task

import (
	"math"
	"time"
)

// Timer is a source that is ready from its deadline on, for good. One that no task waits for
// costs nothing but its memory; a nil one is never ready.
type Timer struct {
	waiters
	runner   *Runner
	due      time.Duration // since the runner's epoch
	sequence uint64        // among equal deadlines the one made first is due first
	place    int           // in the runner's heap, from 1; 0: not there
}

// set gives a timer that nobody waits for a deadline.
func (m *Timer) set(r *Runner, d time.Duration) {
	r.sequence++
	m.runner, m.due, m.sequence = r, r.elapsed+min(d, math.MaxInt64-r.elapsed), r.sequence
}

// Deadline is when the timer becomes ready; the zero time of a nil timer.
func (m *Timer) Deadline() time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.runner.epoch.Add(m.due)
}

func (m *Timer) ready() bool { return m != nil && m.due <= m.runner.elapsed }

func (m *Timer) join(t *Task) {
	if m == nil {
		return
	}
	m.waiters.join(t)
	if m.place == 0 {
		m.runner.timers.add(m)
	}
}

func (m *Timer) leave(t *Task) {
	if m == nil {
		return
	}
	m.waiters.leave(t)
	if m.place != 0 && m.empty() {
		m.runner.timers.remove(m)
	}
}

// timers is a heap of those that tasks wait for, the earliest first. What orders them lies in
// the heap itself, so that looking for the earliest touches no timer.
type timers []waiting

type waiting struct {
	due      time.Duration
	sequence uint64
	timer    *Timer
}

func (w *waiting) before(other *waiting) bool {
	return w.due < other.due || w.due == other.due && w.sequence < other.sequence
}

// expire wakes the tasks that wait for a timer that is due, in the order of the deadlines.
func (h *timers) expire(elapsed time.Duration) {
	for len(*h) > 0 && (*h)[0].due <= elapsed {
		m := (*h)[0].timer
		h.remove(m)
		m.wake()
	}
}

func (h *timers) add(m *Timer) {
	*h = append(*h, waiting{m.due, m.sequence, m})
	m.place = len(*h)
	h.rise(len(*h) - 1)
}

func (h *timers) remove(m *Timer) {
	i, last := m.place-1, len(*h)-1
	m.place = 0
	moved := (*h)[last]
	(*h)[last] = waiting{}
	*h = (*h)[:last]
	if i == last {
		return
	}
	h.put(i, moved)
	h.sink(i)
	h.rise(i)
}

func (h *timers) put(i int, w waiting) {
	(*h)[i] = w
	w.timer.place = i + 1
}

// rise moves what is at i up to where it belongs.
func (h *timers) rise(i int) {
	w := (*h)[i]
	for i > 0 {
		parent := (i - 1) / 2
		if !w.before(&(*h)[parent]) {
			break
		}
		h.put(i, (*h)[parent])
		i = parent
	}
	h.put(i, w)
}

// sink moves what is at i down to where it belongs.
func (h *timers) sink(i int) {
	w := (*h)[i]
	for {
		child := 2*i + 1
		if child >= len(*h) {
			break
		}
		if child+1 < len(*h) && (*h)[child+1].before(&(*h)[child]) {
			child++
		}
		if !(*h)[child].before(&w) {
			break
		}
		h.put(i, (*h)[child])
		i = child
	}
	h.put(i, w)
}
