package task

import (
	"container/heap"
	"time"
)

// Timer is a source that is ready from its deadline on, for good. One that no task waits for
// costs nothing but its memory; a nil one is never ready.
type Timer struct {
	waiters
	runner   *Runner
	deadline time.Time
	sequence uint64 // among equal deadlines the one made first is due first
	index    int    // in the runner's heap, from 1; 0: not there
}

// set gives a timer that nobody waits for a deadline.
func (m *Timer) set(r *Runner, d time.Duration) {
	r.sequence++
	m.runner, m.deadline, m.sequence = r, r.now.Add(d), r.sequence
}

// Deadline is when the timer becomes ready; the zero time of a nil timer.
func (m *Timer) Deadline() time.Time {
	if m == nil {
		return time.Time{}
	}
	return m.deadline
}

func (m *Timer) ready() bool { return m != nil && !m.runner.now.Before(m.deadline) }

func (m *Timer) join(t *Task) {
	if m == nil {
		return
	}
	m.waiters.join(t)
	if m.index == 0 {
		heap.Push(&m.runner.timers, m)
	}
}

func (m *Timer) leave(t *Task) {
	if m == nil {
		return
	}
	m.waiters.leave(t)
	if m.index != 0 && m.empty() {
		heap.Remove(&m.runner.timers, m.index-1)
	}
}

// timers is a heap of those that tasks wait for, the earliest first.
type timers []*Timer

// expire wakes the tasks that wait for a timer due at now, in the order of the deadlines.
func (h *timers) expire(now time.Time) {
	for len(*h) > 0 && !now.Before((*h)[0].deadline) {
		heap.Pop(h).(*Timer).wake()
	}
}

func (h timers) Len() int { return len(h) }

func (h timers) Less(i, j int) bool {
	if order := h[i].deadline.Compare(h[j].deadline); order != 0 {
		return order < 0
	}
	return h[i].sequence < h[j].sequence
}

func (h timers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i+1, j+1
}

// Push is for container/heap.
func (h *timers) Push(m any) {
	timer := m.(*Timer)
	timer.index = len(*h) + 1
	*h = append(*h, timer)
}

// Pop is for container/heap.
func (h *timers) Pop() any {
	last := len(*h) - 1
	timer := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	timer.index = 0
	return timer
}
