package task

import "slices"

// Source is something a task can wait for: a *Queue, a *Timer, or the Done of another task.
// A nil one is never ready, like a nil channel.
type Source interface {
	ready() bool
	join(t *Task)  // t waits: wake it when the source may be ready
	leave(t *Task) // undoes one join
}

// waiters are the tasks that wait for a source, in the order they came. Nearly always it is one.
type waiters struct {
	first *Task
	more  []*Task
}

func (w *waiters) join(t *Task) {
	if w.first == nil {
		w.first = t
		return
	}
	w.more = append(w.more, t)
}

func (w *waiters) leave(t *Task) {
	if w.first != t {
		if i := slices.Index(w.more, t); i >= 0 {
			w.more = slices.Delete(w.more, i, i+1)
		}
		return
	}
	w.first = nil
	if len(w.more) > 0 {
		w.first = w.more[0]
		w.more = slices.Delete(w.more, 0, 1)
	}
}

// wake makes them runnable; each looks again what is ready when its turn comes.
func (w *waiters) wake() {
	if w.first == nil {
		return
	}
	w.first.enqueue()
	for _, t := range w.more {
		t.enqueue()
	}
}

func (w *waiters) empty() bool { return w.first == nil }

// ending is the Done of a task: ready for good once it ended.
type ending struct {
	waiters
	ended bool
}

func (e *ending) ready() bool { return e.ended }
