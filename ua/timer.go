package ua

import (
	"container/heap"
	"time"
)

// timer is a deadline and what is due then.
type timer struct {
	at    time.Time
	order uint64 // those of one time fire in the order in which they were set
	run   func()
	index int // in the heap; -1: not set
}

// timers are the deadlines of an agent, the earliest first.
type timers struct {
	heap timerHeap
	set  uint64
}

func (t *timers) next() time.Time {
	if len(t.heap) == 0 {
		return time.Time{}
	}
	return t.heap[0].at
}

// fire runs what is due, each once, those that were set meanwhile not before the next step.
func (t *timers) fire(now time.Time) {
	last := t.set
	for len(t.heap) > 0 && !t.heap[0].at.After(now) && t.heap[0].order <= last {
		due := heap.Pop(&t.heap).(*timer)
		due.run()
	}
}

// after sets a timer.
func (a *Agent) after(wait time.Duration, run func()) *timer {
	a.timers.set++
	t := &timer{at: a.now.Add(wait), order: a.timers.set, run: run}
	heap.Push(&a.timers.heap, t)
	return t
}

// stop takes a timer back; nil and one that fired are left alone.
func (a *Agent) stop(t *timer) {
	if t != nil && t.index >= 0 {
		heap.Remove(&a.timers.heap, t.index)
	}
}

type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].order < h[j].order
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) Push(item any) {
	t := item.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	return t
}
