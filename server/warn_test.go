package server

import (
	"testing"
	"time"
)

func TestWarningsAreLimited(t *testing.T) {
	var s Server
	now := time.Unix(1_700_000_000, 0)
	allowed := func(tries int) (count int) {
		for range tries {
			if s.mayWarn(now) {
				count++
			}
		}
		return count
	}
	if got := allowed(10 * warnBurst); got != warnBurst {
		t.Errorf("at once: %d warnings, want %d", got, warnBurst)
	}
	now = now.Add(3 * warnEvery)
	if got := allowed(10); got != 3 {
		t.Errorf("after three intervals: %d more, want 3", got)
	}
	now = now.Add(time.Hour)
	if got := allowed(10 * warnBurst); got != warnBurst {
		t.Errorf("after a long silence: %d, want no more than the burst of %d", got, warnBurst)
	}
}
