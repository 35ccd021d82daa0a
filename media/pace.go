package media

import "time"

// pace says which tick it is time for. Ticks are counted from when the engine began, for all workers,
// so their deadlines are absolute and nothing adds up.
type pace struct {
	running bool
	next    int64
}

// begin makes the tick after now the next.
func (p *pace) begin(since time.Duration) {
	p.running = true
	p.next = int64(since/Tick) + 1
}

// wait is how long until the next tick; nothing if its time has come.
func (p *pace) wait(since time.Duration) time.Duration {
	return max(time.Duration(p.next)*Tick-since, 0)
}

// due gives the tick to do now, if its time has come, and how many before it were missed: they are left
// out, as sending them now would be a burst.
func (p *pace) due(since time.Duration) (tick, missed int64, ok bool) {
	now := int64(since / Tick)
	if !p.running || now < p.next {
		return 0, 0, false
	}
	missed = now - p.next
	p.next = now + 1
	return now, missed, true
}
