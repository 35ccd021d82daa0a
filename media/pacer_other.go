//go:build !linux

package media

import "time"

// pacer wakes a worker at its ticks.
type pacer struct {
	bell  chan struct{}
	timer *time.Timer
}

func newPacer() (*pacer, error) {
	p := &pacer{bell: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}
	p.timer.Stop()
	return p, nil
}

// run calls step whenever the timer fires, until it returns true.
func (p *pacer) run(step func() (done bool)) {
	p.kick()
	for {
		select {
		case <-p.bell:
		case <-p.timer.C:
		}
		if step() {
			return
		}
	}
}

// arm lets it fire once, after a while.
func (p *pacer) arm(after time.Duration) { p.timer.Reset(after) }

// disarm lets it rest until arm or kick.
func (p *pacer) disarm() { p.timer.Stop() }

// kick lets it fire once, now. Any goroutine may call it.
func (p *pacer) kick() {
	select {
	case p.bell <- struct{}{}:
	default:
	}
}

func (p *pacer) close() error {
	p.timer.Stop()
	return nil
}
