package task

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// swarm is a runner with tasks that do random things, all from one seed.
type swarm struct {
	diary
	runner Runner
	random *rand.Rand
	queues [4]*Queue[int]
	tasks  []*Task
	begun  int
	ended  int
	faults diary
}

// play steps a swarm and returns what happened.
func play(t *testing.T, seed uint64) diary {
	s := &swarm{random: rand.New(rand.NewPCG(seed, 1))}
	for i := range s.queues {
		s.queues[i] = NewQueue[int](1 + s.random.IntN(8))
	}
	now := start
	for range 200 {
		switch s.random.IntN(8) {
		case 0, 1:
			s.start()
		case 2:
			s.stopOne()
		case 3, 4:
			s.put()
		case 5:
			now = now.Add(time.Duration(s.random.IntN(5)) * time.Second)
		}
		if next := s.runner.Next(); s.random.IntN(3) > 0 && !next.IsZero() && next.After(now) {
			now = next
		}
		s.runner.Run(now)
		if next := s.runner.Next(); !next.IsZero() && !next.After(now) {
			t.Errorf("seed %d: something is due after Run, and nothing was livelocked", seed)
		}
	}
	s.runner.Stop()
	s.check(t, seed)
	return s.diary
}

func (s *swarm) check(t *testing.T, seed uint64) {
	t.Helper()
	s.faults.want(t, fmt.Sprintf("seed %d", seed))
	if s.begun != s.ended || s.runner.Len() != 0 {
		t.Errorf("seed %d: of %d tasks %d ran their deferred calls, %d live", seed, s.begun, s.ended, s.runner.Len())
	}
	if len(s.runner.timers) != 0 || !s.runner.Next().IsZero() {
		t.Errorf("seed %d: %d timers are left", seed, len(s.runner.timers))
	}
	for i, q := range s.queues {
		if q.first != nil || len(q.more) != 0 {
			t.Errorf("seed %d: a task waits for queue %d after its end", seed, i)
		}
	}
	for _, task := range s.tasks {
		if task.done.first != nil || !task.done.ended {
			t.Errorf("seed %d: %s is not done", seed, task.Name())
		}
	}
}

func (s *swarm) put() {
	i := s.random.IntN(len(s.queues))
	s.note("put %d %v", i, s.queues[i].Put(i))
}

func (s *swarm) stopOne() {
	if len(s.tasks) > 0 {
		task := s.tasks[s.random.IntN(len(s.tasks))]
		s.note("stop %s", task.Name())
		task.Stop()
	}
}

func (s *swarm) start() {
	if task := s.runner.Go(fmt.Sprint(len(s.tasks)), s.body); task != nil {
		s.tasks = append(s.tasks, task)
	}
}

func (s *swarm) body(k *Task) {
	s.begun++
	defer func() {
		s.note("%s ends", k.Name())
		if s.random.IntN(4) == 0 {
			s.stopOne()
		}
		s.ended++
	}()
	for range 1 + s.random.IntN(6) {
		switch s.random.IntN(6) {
		case 0:
			before, d := k.Now(), time.Duration(s.random.IntN(3000))*time.Millisecond
			if k.Sleep(d); k.Now().Sub(before) < d {
				s.faults.note("%s slept less than %s", k.Name(), d)
			}
		case 1:
			s.start()
		case 2:
			s.stopOne()
		case 3:
			s.put()
		default:
			s.wait(k)
		}
	}
}

// wait waits for random sources and takes what is there.
func (s *swarm) wait(k *Task) {
	sources := make([]Source, 0, 4)
	for range 1 + s.random.IntN(3) {
		switch s.random.IntN(4) {
		case 0:
			sources = append(sources, k.After(time.Duration(s.random.IntN(3000))*time.Millisecond))
		case 1:
			sources = append(sources, s.tasks[s.random.IntN(len(s.tasks))].Done())
		default:
			sources = append(sources, s.queues[s.random.IntN(len(s.queues))])
		}
	}
	i := k.First(sources...)
	if i != readiest(sources) {
		s.faults.note("%s: source %d is not the first that is ready", k.Name(), i)
	}
	if q, ok := sources[i].(*Queue[int]); ok {
		q.Take()
	}
	s.note("%s: %d of %d at %s", k.Name(), i, len(sources), k.Now().Sub(start))
}

// TestSwarm: one seed gives one order, and leaves nothing behind.
func TestSwarm(t *testing.T) {
	happened := 0
	for seed := range uint64(300) {
		first, second := play(t, seed), play(t, seed)
		if !slices.Equal(first, second) {
			t.Fatalf("seed %d gives two orders", seed)
		}
		happened += len(first)
	}
	if happened < 10_000 {
		t.Errorf("only %d things happened", happened)
	}
}

// TestTimersAgainstSorting: timers come out in the order of their deadlines, whichever are taken out before.
func TestTimersAgainstSorting(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		var r Runner
		var left []*Timer
		for range random.IntN(60) {
			m := new(Timer)
			m.set(&r, time.Duration(random.IntN(20)))
			r.timers.add(m)
			left = append(left, m)
			if random.IntN(3) == 0 {
				i := random.IntN(len(left))
				r.timers.remove(left[i])
				left = slices.Delete(left, i, i+1)
			}
		}
		slices.SortStableFunc(left, func(a, b *Timer) int { return int(a.due - b.due) })
		for _, want := range left {
			if got := r.timers[0].timer; got != want {
				t.Fatalf("out of order: %v for %v", got.due, want.due)
			}
			r.timers.remove(want)
		}
		if len(r.timers) != 0 {
			t.Fatal("timers are left")
		}
	}
}
