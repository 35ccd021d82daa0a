package task

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is a time after the start of the test.
func at(d time.Duration) time.Time { return start.Add(d) }

// diary is what happened, in order.
type diary []string

func (d *diary) note(format string, a ...any) { *d = append(*d, fmt.Sprintf(format, a...)) }

// want compares the diary with what should be in it, and empties it.
func (d *diary) want(t *testing.T, reason string, lines ...string) {
	t.Helper()
	if got, want := strings.Join(*d, ", "), strings.Join(lines, ", "); got != want {
		t.Errorf("%s: got %q, want %q", reason, got, want)
	}
	*d = nil
}

func wantLen(t *testing.T, reason string, r *Runner, want int) {
	t.Helper()
	if r.Len() != want {
		t.Errorf("%s: %d tasks live, want %d", reason, r.Len(), want)
	}
}

func wantNext(t *testing.T, reason string, r *Runner, want time.Time) {
	t.Helper()
	if !r.Next().Equal(want) {
		t.Errorf("%s: Next is %v, want %v", reason, r.Next(), want)
	}
}

func TestTaskRunsInOrder(t *testing.T) {
	var r Runner
	var d diary
	wantNext(t, "nothing waits in the zero value", &r, time.Time{})
	for _, name := range []string{"a", "b", "c"} {
		r.Go(name, func(k *Task) {
			d.note("%s begins", k.Name())
			k.Sleep(time.Second)
			d.note("%s ends at %s", k.Name(), k.Now().Sub(start))
		})
	}
	d.want(t, "Go runs nothing")
	if r.Next().IsZero() {
		t.Error("a task that has not begun is due at once, also before the first Run")
	}
	r.Run(start)
	d.want(t, "bodies begin in the order of Go", "a begins", "b begins", "c begins")
	wantNext(t, "the earliest deadline", &r, at(time.Second))
	r.Run(at(time.Second - 1))
	d.want(t, "a nanosecond early")
	r.Run(at(time.Second))
	d.want(t, "equal deadlines end in the order they were set", "a ends at 1s", "b ends at 1s", "c ends at 1s")
	wantLen(t, "all have ended", &r, 0)
	wantNext(t, "nothing waits", &r, time.Time{})
}

func TestTaskStartsTasks(t *testing.T) {
	var r Runner
	var d diary
	r.Go("parent", func(k *Task) {
		child := r.Go("child", func(k *Task) {
			r.Go("grandchild", func(*Task) { d.note("grandchild") })
			d.note("child")
			k.Sleep(time.Second)
		})
		d.note("parent goes on")
		k.First(child.Done())
		d.note("child is done")
	})
	r.Go("other", func(*Task) { d.note("other") })
	r.Run(start)
	d.want(t, "a task started by a task runs in the same Run, after those before it", "parent goes on", "other", "child", "grandchild")
	r.Run(at(time.Second))
	d.want(t, "Done of a task wakes who waits for it", "child is done")
	wantLen(t, "all have ended", &r, 0)
}

func TestFirst(t *testing.T) {
	full := NewQueue[int](1)
	full.Put(1)
	empty := new(Queue[string])
	var r Runner
	for _, c := range []struct {
		reason  string
		sources func(k *Task) []Source
		want    int
	}{
		{"the only one", func(*Task) []Source { return []Source{full} }, 0},
		{"the first of two that are ready", func(*Task) []Source { return []Source{full, full} }, 0},
		{"one that is empty is passed over", func(*Task) []Source { return []Source{empty, full} }, 1},
		{"a nil source is never ready", func(*Task) []Source { return []Source{nil, full} }, 1},
		{"nor is a nil queue", func(*Task) []Source { return []Source{(*Queue[int])(nil), full} }, 1},
		{"nor is a nil timer", func(*Task) []Source { return []Source{(*Timer)(nil), full} }, 1},
		{"a nil task has ended", func(*Task) []Source { return []Source{empty, (*Task)(nil).Done()} }, 1},
		{"a timer of no length", func(k *Task) []Source { return []Source{k.After(0), full} }, 0},
		{"a timer of less", func(k *Task) []Source { return []Source{k.After(-time.Second), full} }, 0},
		{"a timer of the longest length", func(k *Task) []Source { return []Source{k.After(1<<63 - 1), full} }, 1},
		{"a timer that runs", func(k *Task) []Source { return []Source{k.After(1), full} }, 1},
	} {
		got := -1
		r.Go(c.reason, func(k *Task) { got = k.First(c.sources(k)...) })
		r.Run(start)
		if got != c.want {
			t.Errorf("%s: First is %d, want %d", c.reason, got, c.want)
		}
	}
	wantLen(t, "none had to wait", &r, 0)
	if len(r.timers) != 0 || full.first != nil || empty.first != nil {
		t.Error("First leaves nothing behind at its sources")
	}
}

func TestPutNeverRunsATask(t *testing.T) {
	var r Runner
	var d diary
	numbers, stop := NewQueue[int](4), NewQueue[bool](1)
	r.Go("reader", func(k *Task) {
		for k.First(stop, numbers) == 1 {
			n, _ := numbers.Take()
			d.note("%d", n)
		}
		d.note("stopped with %d left", numbers.Len())
	})
	r.Run(start)
	wantNext(t, "it waits without a deadline", &r, time.Time{})
	for n := range 5 {
		if ok := numbers.Put(n); ok != (n < 4) {
			t.Errorf("Put %d of a queue of four is %v", n, ok)
		}
	}
	d.want(t, "Put runs nothing")
	wantNext(t, "the reader is runnable at once", &r, start)
	r.Run(at(1))
	d.want(t, "first in, first out", "0", "1", "2", "3")
	numbers.Put(5)
	stop.Put(true)
	r.Run(at(2))
	d.want(t, "what stands first is taken first, whatever came first", "stopped with 1 left")
}

func TestQueue(t *testing.T) {
	q := NewQueue[int](5)
	next, want := 0, 0
	for round := range 20 {
		for q.Put(next) {
			next++
		}
		if q.Len() != 5 {
			t.Fatalf("a full queue of five holds %d", q.Len())
		}
		for range round%5 + 1 {
			if v, ok := q.Take(); !ok || v != want {
				t.Fatalf("Take is %d %v, want %d", v, ok, want)
			}
			want++
		}
	}
	for q.Len() > 0 {
		q.Take()
	}
	if v, ok := q.Take(); ok || v != 0 {
		t.Error("an empty queue gives nothing")
	}
	var zero Queue[int]
	for zero.Put(0) {
	}
	if zero.Len() != DefaultLimit {
		t.Errorf("the zero value holds %d, want %d", zero.Len(), DefaultLimit)
	}
}

func TestTwoReadersOfAQueue(t *testing.T) {
	var r Runner
	var d diary
	q := new(Queue[int])
	for _, name := range []string{"a", "b"} {
		r.Go(name, func(k *Task) {
			for {
				k.First(q)
				n, _ := q.Take()
				d.note("%s takes %d", name, n)
				k.Sleep(time.Second)
			}
		})
	}
	r.Run(start)
	q.Put(1)
	r.Run(start)
	d.want(t, "who came first takes it, the other waits on", "a takes 1")
	q.Put(2)
	r.Run(start)
	d.want(t, "the other's turn", "b takes 2")
	q.Put(3)
	r.Run(at(time.Second))
	d.want(t, "only what is there is taken", "a takes 3")
	r.Stop()
}

func TestTimers(t *testing.T) {
	var r Runner
	var d diary
	q := new(Queue[int])
	for _, s := range []int{5, 3, 8, 1, 3, 9, 2} {
		r.Go("", func(k *Task) {
			k.Sleep(time.Duration(s) * time.Second)
			d.note("%d", s)
		})
	}
	r.Go("", func(k *Task) {
		timer := k.After(4 * time.Second)
		if !timer.Deadline().Equal(at(4 * time.Second)) {
			t.Error("a deadline counts from the time of the Run")
		}
		for k.First(timer, q) == 1 {
			q.Take()
		}
		d.note("4")
	})
	r.Run(start)
	wantNext(t, "the earliest of many", &r, at(time.Second))
	q.Put(0)
	r.Run(at(time.Second))
	d.want(t, "the first", "1")
	r.Run(at(4 * time.Second))
	d.want(t, "in the order of the deadlines when several are due; a timer is kept over several waits", "2", "3", "3", "4")
	r.Run(at(time.Second))
	d.want(t, "time does not go back")
	wantNext(t, "the earliest that is left", &r, at(5*time.Second))
	r.Stop()
	wantNext(t, "timers of stopped tasks are gone", &r, time.Time{})
	if len(r.timers) != 0 {
		t.Errorf("%d timers are left", len(r.timers))
	}
}

func TestTimerNobodyWaitsFor(t *testing.T) {
	var r Runner
	q := new(Queue[int])
	r.Go("", func(k *Task) {
		k.First(q, k.After(time.Second))
		k.First(q)
	})
	r.Run(start)
	wantNext(t, "waited for", &r, at(time.Second))
	r.Run(at(time.Second))
	wantNext(t, "not waited for any more", &r, time.Time{})
	r.Stop()
}

func TestTimerOfTwoTasks(t *testing.T) {
	var r Runner
	var d diary
	var timer *Timer
	r.Go("a", func(k *Task) {
		timer = k.After(time.Second)
		r.Go("b", func(k *Task) { k.First(timer); d.note("b") })
		k.First(timer)
		d.note("a")
	})
	c := r.Go("c", func(k *Task) { k.First(nil, timer) })
	r.Run(start)
	c.Stop()
	r.Run(start)
	wantNext(t, "one of its tasks stopped, the timer stays", &r, at(time.Second))
	r.Run(at(time.Second))
	d.want(t, "both wake, in the order they came", "a", "b")
}

func TestStop(t *testing.T) {
	var r Runner
	var d diary
	q := new(Queue[int])
	k := r.Go("waits", func(k *Task) {
		defer d.note("deferred first")
		defer func() {
			defer d.note("a deferred call that waits is left")
			k.Sleep(time.Second)
			t.Error("a stopped task waited")
		}()
		k.First(q, k.After(time.Hour))
		t.Error("a stopped task went on")
	})
	r.Run(start)
	k.Stop()
	k.Stop()
	d.want(t, "Stop runs nothing")
	wantNext(t, "it unwinds at once", &r, start)
	q.Put(1)
	r.Run(start)
	d.want(t, "the deferred calls run", "a deferred call that waits is left", "deferred first")
	wantLen(t, "it has ended", &r, 0)
	if q.first != nil || len(r.timers) != 0 {
		t.Error("a stopped task leaves its sources")
	}
	k.Stop()
	wantNext(t, "Stop of what ended does nothing", &r, time.Time{})
	(*Task)(nil).Stop()
}

func TestStopBeforeTheFirstRun(t *testing.T) {
	var r Runner
	var d diary
	never := r.Go("never", func(*Task) { t.Error("the body of a task that was stopped before ran") })
	r.Go("waits for it", func(k *Task) { k.First(never.Done()); d.note("done") })
	never.Stop()
	r.Run(start)
	d.want(t, "its end is seen all the same", "done")
	r.Go("never", func(*Task) { t.Error("the body of a task of a stopped runner ran") })
	r.Stop()
	wantLen(t, "nothing is left", &r, 0)
}

func TestStopByAnotherTask(t *testing.T) {
	var r Runner
	var d diary
	var first, third *Task
	waits := func(k *Task) {
		defer d.note("%s unwinds", k.Name())
		k.First(nil)
	}
	first = r.Go("first", waits)
	r.Go("second", func(k *Task) {
		first.Stop()
		third.Stop()
		d.note("second goes on")
		k.First(first.Done())
		d.note("first is done")
		k.First(third.Done())
		d.note("third is done")
	})
	third = r.Go("third", waits)
	r.Run(start)
	d.want(t, "never inline; who had not begun never does", "second goes on", "first unwinds", "first is done", "third is done")

	r.Go("itself", func(k *Task) {
		defer d.note("unwinds")
		k.Stop()
		d.note("goes on")
		k.Sleep(0)
		t.Error("it waited")
	})
	r.Run(start)
	d.want(t, "a task that stops itself ends at its next wait", "goes on", "unwinds")
}

func TestStopOfEachOther(t *testing.T) {
	var r Runner
	var d diary
	var a, b *Task
	a = r.Go("a", func(k *Task) {
		defer d.note("a")
		defer b.Stop()
		k.First(nil)
	})
	b = r.Go("b", func(k *Task) {
		defer d.note("b")
		defer a.Stop()
		k.First(nil)
	})
	r.Run(start)
	a.Stop()
	r.Run(start)
	d.want(t, "each ends once", "a", "b")
	wantLen(t, "none is left", &r, 0)
}

func TestRunnerStop(t *testing.T) {
	var r Runner
	var d diary
	for _, name := range []string{"a", "b"} {
		r.Go(name, func(k *Task) {
			defer func() {
				d.note("%s", name)
				if r.Go("late", func(*Task) {}) != nil {
					t.Error("a task was started while all end")
				}
			}()
			k.Sleep(time.Hour)
		})
	}
	r.Run(start)
	r.Stop()
	d.want(t, "all unwind before Stop returns", "a", "b")
	wantLen(t, "none is left", &r, 0)
	r.Stop()
	r.Go("again", func(*Task) { d.note("again") })
	r.Run(start)
	d.want(t, "the runner can be used again", "again")
}

func TestRunnerStopByATask(t *testing.T) {
	var r Runner
	var d diary
	r.Go("other", func(k *Task) {
		defer d.note("other ends")
		k.First(nil)
	})
	r.Go("stops all", func(k *Task) {
		defer d.note("ends too")
		r.Stop()
		if r.Go("late", func(*Task) {}) != nil {
			t.Error("a task was started while all end")
		}
		d.note("goes on")
		k.First(nil)
	})
	r.Run(start)
	d.want(t, "in the same Run, nothing inline", "goes on", "ends too", "other ends")
	wantLen(t, "none is left", &r, 0)
	if r.Go("again", func(*Task) {}) == nil {
		t.Error("the runner can't be used again")
	}
}

func explodes(value any) { panic(value) }

// caught is what f panics with.
func caught(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

func TestPanic(t *testing.T) {
	reason := errors.New("a reason")
	var r Runner
	var d diary
	r.Go("sound", func(k *Task) { d.note("sound"); k.First(nil) })
	k := r.Go("broken", func(*Task) { explodes(reason) })
	r.Go("waits", func(t *Task) { t.First(k.Done()); d.note("waits") })
	failure, ok := caught(func() { r.Run(start) }).(*Panic)
	if !ok || failure.Task != "broken" || !errors.Is(failure, reason) || !strings.Contains(failure.Error(), "task_test.go") ||
		!strings.Contains(failure.Error(), "explodes") || !strings.Contains(failure.Error(), "task broken: panic: a reason") {
		t.Errorf("Run panics with the name, the value and the stack of the body, got %v", failure)
	}
	d.want(t, "what was before it", "sound")
	wantNext(t, "what stood after it is due", &r, start)
	r.Run(start)
	d.want(t, "the others go on", "waits")
	wantLen(t, "the broken task has ended", &r, 1)

	r.Go("breaks at its end", func(k *Task) {
		defer func() { explodes("at the end") }()
		k.First(nil)
	})
	r.Run(start)
	if failure, ok = caught(r.Stop).(*Panic); !ok || failure.Value != "at the end" {
		t.Errorf("a deferred call's panic reaches the caller of Stop, got %v", failure)
	}
	wantLen(t, "all are stopped all the same", &r, 0)
}

func TestGoexit(t *testing.T) {
	var r Runner
	var d diary
	ended := make(chan bool)
	r.Go("fatal", func(*Task) { runtime.Goexit() })
	r.Go("next", func(*Task) { d.note("next") })
	go func() {
		defer close(ended)
		r.Run(start)
		t.Error("a body's Goexit, as of testing.T.Fatal, ends the goroutine that runs it")
	}()
	<-ended
	r.Run(start)
	d.want(t, "the others go on", "next")
	wantLen(t, "it has ended", &r, 0)
}

func TestMisuse(t *testing.T) {
	var r Runner
	other := r.Go("other", func(k *Task) { k.First(nil) })
	if caught(func() { other.First(nil) }) == nil {
		t.Error("First from outside of the body")
	}
	r.Go("nested", func(*Task) {
		if caught(func() { r.Run(start) }) == nil {
			t.Error("Run from within a task")
		}
		if caught(func() { other.Sleep(0) }) == nil {
			t.Error("Sleep of another task")
		}
	})
	r.Run(start)
	r.Stop()
}

func TestMaxTasks(t *testing.T) {
	var r Runner
	for n := range MaxTasks {
		if r.Go("", func(*Task) {}) == nil {
			t.Fatalf("no more than %d tasks", n)
		}
	}
	late := r.Go("late", func(*Task) {})
	if late != nil || late.Name() != "" {
		t.Error("one more than MaxTasks")
	}
	for n := 0; r.Len() > 0; n++ {
		if n > MaxTasks/MaxResumes {
			t.Fatal("more Runs than needed")
		}
		r.Run(start)
	}
}

func TestMaxResumes(t *testing.T) {
	var r Runner
	ping, pong := NewQueue[int](1), NewQueue[int](1)
	resumes, turns := 0, 0
	player := func(from, to *Queue[int]) func(*Task) {
		return func(k *Task) {
			for {
				k.First(from)
				resumes++
				from.Take()
				to.Put(0)
			}
		}
	}
	r.Go("ping", player(ping, pong))
	r.Go("pong", player(pong, ping))
	r.Go("counts on", func(k *Task) {
		for {
			k.Sleep(0)
			turns++
		}
	})
	ping.Put(0)
	for range 3 {
		before, turned := resumes, turns
		r.Run(start)
		if (resumes-before)+(turns-turned) > MaxResumes {
			t.Errorf("%d resumes and %d turns without a wait in one Run", resumes-before, turns-turned)
		}
		wantNext(t, "the rest is due at once", &r, start)
	}
	if resumes == 0 || turns == 0 {
		t.Errorf("%d resumes and %d turns: one starves the other", resumes, turns)
	}
	r.Stop()
	wantLen(t, "livelocked tasks can be stopped", &r, 0)
}

// TestGoroutines steps a machine from several goroutines under its mutex; for the race detector.
func TestGoroutines(t *testing.T) {
	const steps = 2000
	var (
		lock sync.Mutex
		wait sync.WaitGroup
		r    Runner
		sum  int
	)
	q := NewQueue[int](steps)
	for range 3 {
		r.Go("adds", func(k *Task) {
			for {
				k.First(q)
				n, _ := q.Take()
				sum += n
				r.Go("child", func(k *Task) { k.Sleep(time.Millisecond); sum++ })
			}
		})
	}
	for range 4 {
		wait.Go(func() {
			for n := range steps {
				lock.Lock()
				if !q.Put(1) {
					t.Error("the queue is full")
				}
				r.Run(at(time.Duration(n) * time.Microsecond))
				lock.Unlock()
			}
		})
	}
	wait.Wait()
	for r.Run(at(time.Hour)); !r.Next().IsZero(); {
		r.Run(at(time.Hour))
	}
	r.Stop()
	if sum != 2*4*steps {
		t.Errorf("the tasks counted %d, want %d", sum, 2*4*steps)
	}
}

func TestAllocations(t *testing.T) {
	var r Runner
	q, other := new(Queue[int]), new(Queue[int])
	taken := 0
	r.Go("", func(k *Task) {
		for k.First(other, q, k.Done()) == 1 {
			q.Take()
			taken++
			k.Sleep(time.Second)
		}
	})
	now := start
	step := func() {
		q.Put(1)
		r.Run(now)
		now = now.Add(time.Second)
		r.Run(now)
	}
	step()
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("a Put, a First and a Sleep allocate %v times, want 0", n)
	}
	if taken < 100 {
		t.Errorf("the task took %d values", taken)
	}
	r.Stop()
}

// BenchmarkSwitch is one Put, one Run and one resumed First.
func BenchmarkSwitch(b *testing.B) {
	var r Runner
	q := new(Queue[int])
	r.Go("", func(k *Task) {
		for {
			k.First(q)
			q.Take()
		}
	})
	b.ReportAllocs()
	for b.Loop() {
		q.Put(1)
		r.Run(start)
	}
	r.Stop()
}

// BenchmarkCoroutine is what a switch there and back costs at least.
func BenchmarkCoroutine(b *testing.B) {
	var c coroutine
	c.begin(func() {
		for c.suspend() {
		}
	})
	b.ReportAllocs()
	for b.Loop() {
		c.resume()
	}
	c.unwind()
}

// BenchmarkSleep is one Sleep among a thousand.
func BenchmarkSleep(b *testing.B) {
	var r Runner
	for n := range 1000 {
		r.Go("", func(k *Task) {
			for {
				k.Sleep(time.Duration(n+1000) * time.Millisecond)
			}
		})
	}
	r.Run(start)
	b.ReportAllocs()
	for b.Loop() {
		r.Run(r.Next())
	}
	r.Stop()
}

// BenchmarkGo is the whole life of a task that waits once.
func BenchmarkGo(b *testing.B) {
	var r Runner
	q := new(Queue[int])
	b.ReportAllocs()
	for b.Loop() {
		r.Go("", func(k *Task) { k.First(q); q.Take() })
		r.Run(start)
		q.Put(1)
		r.Run(start)
	}
}
