package media

import "sync/atomic"

// teller tells events on a goroutine of its own, so that no worker waits for who listens.
type teller struct {
	to     func(any)
	events chan any
	quit   chan struct{}
	lost   atomic.Uint64
}

func newTeller(to func(any)) *teller {
	if to == nil {
		to = func(any) {}
	}
	return &teller{to: to, events: make(chan any, MaxEvents), quit: make(chan struct{})}
}

func (t *teller) tell(event any) {
	select {
	case t.events <- event:
	default:
		t.lost.Add(1)
	}
}

func (t *teller) run() {
	for {
		select {
		case event := <-t.events:
			t.to(event)
		case <-t.quit:
			for {
				select {
				case event := <-t.events:
					t.to(event)
				default:
					return
				}
			}
		}
	}
}

func (t *teller) stop() { close(t.quit) }
