package ua_test

import (
	"testing"
	"time"

	"hookflash/internal/office"
	"hookflash/internal/sim"
	"hookflash/task"
	"hookflash/ua"
)

// TestJob: the task goes on with the result, or without one when that takes too long or too many wait.
func TestJob(t *testing.T) {
	for _, test := range []struct {
		reason string
		delay  time.Duration
		before int // jobs that wait already
		ok     bool
	}{
		{"a result", 10 * time.Second, 0, true},
		{"the last one of so many", 10 * time.Second, ua.MaxJobs - 1, true},
		{"one more is refused", 10 * time.Second, ua.MaxJobs, false},
		{"longer than MaxJob", ua.MaxJob + time.Second, 0, false},
	} {
		t.Run(test.reason, func(t *testing.T) {
			o := office.New(sim.New(sim.Config{JobDelay: test.delay}), office.Options{Direct: true}, "alice")
			o.Desk("alice").Do(func(a *ua.Agent) {
				for range test.before {
					a.Go("before", func(t *task.Task) { a.Job(t, func() any { return nil }) })
				}
			})
			var result any
			var ok bool
			if err := o.Act("alice", func(t *task.Task, a *ua.Agent) error {
				result, ok = a.Job(t, func() any { return 7 })
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if ok != test.ok || ok && result != 7 || !ok && result != nil {
				t.Errorf("%v %v", result, ok)
			}
			if err := o.RunFor(time.Minute); err != nil {
				t.Fatal(err)
			}
			if tasks := o.Desk("alice").Agent().Tasks(); tasks > 0 {
				t.Errorf("%d tasks are left", tasks)
			}
		})
	}
}
