package task

import (
	"fmt"
	"runtime/debug"
	"time"
)

// Task is a body in motion, owned by the machine of its runner. First and Sleep are for the body alone;
// a body that keeps the task of another may Stop it and wait for its Done.
type Task struct {
	runner    *Runner
	name      string
	body      func(*Task)
	coroutine coroutine
	sleep     Timer // of Sleep, to allocate none
	done      ending
	failure   *Panic
	stopping  bool // unwinds at its next turn or wait
	queued    bool // in the run queue

	after        *Task // in the run queue
	older, newer *Task // in the runner's list
}

// Panic is what Run panics with when a body does.
type Panic struct {
	Task  string // its name
	Value any    // what the body panicked with
	Stack []byte // where, as debug.Stack prints it
}

func (p *Panic) Error() string {
	return fmt.Sprintf("task %s: panic: %v\n\n%s", p.Task, p.Value, p.Stack)
}

// Unwrap is the value the body panicked with, when that is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// unwinding is what a stopped task panics with to get out of its body.
type unwinding struct{}

func (unwinding) Error() string { return "task: stopped" }

// Name is what Go was given; empty of a nil task.
func (t *Task) Name() string {
	if t == nil {
		return ""
	}
	return t.name
}

// Now is the time of the current Run, or of the last.
func (t *Task) Now() time.Time { return t.runner.now() }

// First waits until one of the sources is ready and returns the index of the first that is, in the order of
// the arguments. It takes nothing out of a queue. With no source but nil ones it waits to be stopped.
// A stopped task never returns from it.
func (t *Task) First(sources ...Source) int {
	if t.runner.current != t {
		panic("task: " + t.name + " is made to wait from outside of its body")
	}
	t.heed()
	if i := readiest(sources); i >= 0 {
		if t.runner.budget > 0 {
			t.runner.budget--
			return i
		}
		t.enqueue() // it had its share of this Run; looks again in the next
	}
	for _, source := range sources {
		if source != nil {
			source.join(t)
		}
	}
	for {
		resumed := t.coroutine.suspend()
		i := -1
		if resumed {
			i = readiest(sources)
		}
		if resumed && i < 0 {
			continue // another task was faster
		}
		for _, source := range sources {
			if source != nil {
				source.leave(t)
			}
		}
		t.heed()
		return i
	}
}

// Sleep waits until d has passed. The time that counts is that of Run.
func (t *Task) Sleep(d time.Duration) {
	t.sleep.set(t.runner, d)
	t.First(&t.sleep)
}

// After makes a timer that is ready when d has passed from Now.
func (t *Task) After(d time.Duration) *Timer {
	timer := new(Timer)
	timer.set(t.runner, d)
	return timer
}

// Stop ends the task: at its turn in Run it unwinds from where it waits, and its deferred calls run; a body that
// has not begun never does. A task that stops itself goes on to its next wait. Stop of a task that
// ended, or nil, does nothing.
func (t *Task) Stop() {
	if t == nil || t.done.ended || t.stopping {
		return
	}
	t.stopping = true
	if t.runner.current != t {
		t.enqueue()
	}
}

// Done is ready once the task has ended, its deferred calls included.
func (t *Task) Done() Source {
	if t == nil {
		return &ending{ended: true}
	}
	return &t.done
}

// readiest is the index of the first source that is ready, or -1.
func readiest(sources []Source) int {
	for i, source := range sources {
		if source != nil && source.ready() {
			return i
		}
	}
	return -1
}

// heed unwinds a task that was stopped.
func (t *Task) heed() {
	if t.stopping {
		panic(unwinding{})
	}
}

// enqueue makes the task runnable, last in turn.
func (t *Task) enqueue() {
	if t.queued || t.done.ended {
		return
	}
	t.queued = true
	r := t.runner
	if r.runnable == nil {
		r.runnable = t
	} else {
		r.last.after = t
	}
	r.last = t
}

// perform is the whole life of the coroutine. What the body panics with is kept for Run, which
// would see it without its stack otherwise.
func (t *Task) perform() {
	defer func() {
		value := recover()
		if _, stopped := value.(unwinding); value != nil && !stopped {
			t.failure = &Panic{Task: t.name, Value: value, Stack: debug.Stack()}
		}
		t.end()
	}()
	t.body(t)
}

// end lets go of what only a living task needs, and tells those who wait for it.
func (t *Task) end() {
	t.body, t.coroutine = nil, coroutine{}
	t.done.ended = true
	t.runner.remove(t)
	t.done.wake()
}
