package task

import "time"

const (
	// MaxTasks is how many tasks of a runner live at once; Go starts no more. One that waits takes
	// about 3 KiB with a small stack.
	MaxTasks = 16384
	// MaxResumes is how often one Run resumes tasks, and lets them go on without waiting; tasks that
	// keep each other busy for longer go on in the next Run, which is due at once.
	MaxResumes = 4096
)

// Runner runs the tasks of one machine, which owns it. The zero value is ready to use.
type Runner struct {
	epoch    time.Time     // of the first Run
	elapsed  time.Duration // from there to the latest Run
	sequence uint64
	timers   timers

	runnable, last *Task // the run queue, first in, first out
	oldest, newest *Task // all that live, in the order they were started
	count          int

	current  *Task // running now
	running  bool  // within Run or Stop
	stopping bool  // by Stop, until no task is left
	budget   int   // resumes left in this Run
}

// Go starts a task: its body runs in the next Run, or later in this one when a task starts it. The
// name is for people. It returns nil, and the body never runs, when MaxTasks live or the runner is being
// stopped; methods of a nil task treat it as one that ended.
func (r *Runner) Go(name string, body func(*Task)) *Task {
	if r.count >= MaxTasks || r.stopping {
		return nil
	}
	t := &Task{runner: r, name: name, body: body}
	t.older = r.newest
	if r.newest == nil {
		r.oldest = t
	} else {
		r.newest.newer = t
	}
	r.newest = t
	r.count++
	t.enqueue()
	return t
}

// Run wakes the tasks whose deadlines are due and resumes runnable tasks until none is left, at most
// MaxResumes times. A now before that of an earlier Run is taken as that. When a body panics, Run panics with
// a *Panic; the other tasks are as they were and run in the next Run. Only from outside of tasks.
func (r *Runner) Run(now time.Time) {
	r.enter()
	defer r.exit()
	if r.epoch.IsZero() {
		r.epoch = now
	}
	r.elapsed = max(r.elapsed, now.Sub(r.epoch))
	r.timers.expire(r.elapsed)
	for r.budget = MaxResumes; r.budget > 0 && r.runnable != nil; {
		r.budget--
		if failure := r.resume(r.take()); failure != nil {
			panic(failure)
		}
	}
}

// Stop ends all tasks: each unwinds from where it waits and its deferred calls run, before Stop
// returns. A task that calls it does not unwind there but at its next wait, the others in the same Run after it
// gave up control. Go starts nothing until all have ended; then the runner can be used again. When a body
// panics, the others are still stopped, then Stop panics with the first *Panic.
func (r *Runner) Stop() {
	r.stopping = r.count > 0
	for t := r.oldest; t != nil; t = t.newer {
		t.Stop()
	}
	if r.running {
		return
	}
	r.enter()
	defer r.exit()
	var first *Panic
	for r.runnable != nil {
		if failure := r.resume(r.take()); first == nil {
			first = failure
		}
	}
	if first != nil {
		panic(first)
	}
}

// Next is when Run must be called: the earliest deadline a task waits for, a time that is past when a
// task is runnable, and the zero time when none of both is there.
func (r *Runner) Next() time.Time {
	switch {
	case r.runnable != nil && r.epoch.IsZero(): // nothing ran yet
		return time.Unix(0, 0)
	case r.runnable != nil:
		return r.now()
	case len(r.timers) > 0:
		return r.timers[0].timer.Deadline()
	}
	return time.Time{}
}

// now is the time of the latest Run.
func (r *Runner) now() time.Time { return r.epoch.Add(r.elapsed) }

// Len is the number of tasks that have not ended.
func (r *Runner) Len() int { return r.count }

func (r *Runner) enter() {
	if r.running {
		panic("task: a runner is run from within its own task")
	}
	r.running = true
}

func (r *Runner) exit() { r.running, r.current = false, nil }

// take removes the first task of the run queue, which is not empty.
func (r *Runner) take() *Task {
	t := r.runnable
	r.runnable, t.after, t.queued = t.after, nil, false
	if r.runnable == nil {
		r.last = nil
	}
	return t
}

// resume gives control to a task until it waits or ends.
func (r *Runner) resume(t *Task) *Panic {
	r.current = t
	switch {
	case !t.coroutine.begun() && t.stopping:
		t.end()
	case t.stopping:
		t.coroutine.unwind()
	default:
		if !t.coroutine.begun() {
			t.coroutine.begin(t.perform)
		}
		t.coroutine.resume()
	}
	r.current = nil
	return t.failure
}

// remove forgets a task that ended.
func (r *Runner) remove(t *Task) {
	if t.older == nil {
		r.oldest = t.newer
	} else {
		t.older.newer = t.newer
	}
	if t.newer == nil {
		r.newest = t.older
	} else {
		t.newer.older = t.older
	}
	t.older, t.newer = nil, nil
	r.count--
	r.stopping = r.stopping && r.count > 0
}
