package jitter

import "time"

// window remembers the least of what was added in the last Window, within half of it.
type window struct {
	since         time.Duration // when the half began
	least, before time.Duration // of this half, of the half before
	filled        bool          // this half has a value
	whole         bool          // the half before has been filled too
}

func (w *window) add(value, now time.Duration) {
	if !w.filled {
		w.since, w.least, w.filled = now, value, true
		return
	}
	if now-w.since >= Window/2 {
		w.before, w.whole = w.least, true
		w.since, w.least = now, value
		return
	}
	w.least = min(w.least, value)
}

// value is the least; known is false before the first Window has passed.
func (w *window) value() (least time.Duration, known bool) {
	return min(w.least, w.before), w.whole
}

// shift changes what is remembered, as the delay did.
func (w *window) shift(by time.Duration) {
	w.least += by
	w.before += by
}

// spread remembers by how much the transit times of a stream differed, over Window or a little
// more: the jitter to be ready for when it begins again.
type spread struct {
	first   uint32 // the timestamp that came at began
	began   time.Duration
	since   time.Duration
	least   [2]time.Duration // of this half and the one before
	most    [2]time.Duration
	halves  int
	started bool
}

func (s *spread) begin(timestamp uint32, now time.Duration) {
	*s = spread{first: timestamp, began: now, since: now, halves: 1, started: true}
}

func (s *spread) add(timestamp, clock uint32, now time.Duration) {
	transit := now - s.began - time.Duration(int32(timestamp-s.first))*time.Second/time.Duration(clock)
	if now-s.since >= Window/2 {
		s.least[1], s.most[1] = s.least[0], s.most[0]
		s.least[0], s.most[0] = transit, transit
		s.since = now
		s.halves = 2
		// Timestamps wrap after hours: the origin follows.
		s.rebase(timestamp, transit, now)
		return
	}
	s.least[0], s.most[0] = min(s.least[0], transit), max(s.most[0], transit)
}

// rebase takes the packet as the new origin, and keeps what is remembered in step with it.
func (s *spread) rebase(timestamp uint32, transit, now time.Duration) {
	s.first, s.began = timestamp, now
	for i := range s.least {
		s.least[i] -= transit
		s.most[i] -= transit
	}
}

// value is the spread.
func (s *spread) value() time.Duration {
	least, most := s.least[0], s.most[0]
	if s.halves == 2 {
		least, most = min(least, s.least[1]), max(most, s.most[1])
	}
	return most - least
}
