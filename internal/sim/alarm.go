package sim

import (
	"slices"
	"time"
)

// alarm is something that a phone will do.
type alarm struct {
	at      time.Time
	order   uint64
	run     func()
	routine bool // refreshing, which never ends: no leak
}

// after sets an alarm.
func (p *Phone) after(wait time.Duration, run func()) *alarm {
	p.order++
	set := &alarm{at: p.now.Add(wait), order: p.order, run: run}
	index, _ := slices.BinarySearchFunc(p.alarms, set, func(a, b *alarm) int {
		if order := a.at.Compare(b.at); order != 0 {
			return order
		}
		return int(a.order) - int(b.order)
	})
	p.alarms = slices.Insert(p.alarms, index, set)
	return set
}

// stop takes an alarm back; one that rang already or nil is fine.
func (p *Phone) stop(set *alarm) {
	if index := slices.Index(p.alarms, set); index >= 0 {
		p.alarms = slices.Delete(p.alarms, index, index+1)
	}
}

// repeat runs something now and then after the interval, doubling up to limit (zero:
// without), until the returned stop is called.
func (p *Phone) repeat(interval, limit time.Duration, run func()) (stop func()) {
	var next *alarm
	var ring func()
	ring = func() {
		run()
		interval *= 2
		if limit > 0 {
			interval = min(interval, limit)
		}
		next = p.after(interval, ring)
	}
	next = p.after(interval, ring)
	return func() { p.stop(next) }
}
