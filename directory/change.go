package directory

import "time"

// How far it is looked for the next change, in time and in edges that change nothing.
const (
	changeHorizon = 14 * 24 * time.Hour
	maxEdges      = 1000
)

// NextOpen is when it opens next, within two weeks; ok is false when it does not, or is open.
func (c *Calendar) NextOpen(now time.Time) (next time.Time, ok bool) {
	if c.OpenAt(now) {
		return time.Time{}, false
	}
	return nextChange(now, c.edge, c.OpenAt)
}

// Ends is when a condition that holds no longer does, within two weeks; ok is false when it goes
// on, or does not hold.
func (w *When) Ends(now time.Time, view View) (end time.Time, ok bool) {
	if w.IsZero() || !w.Holds(now, view) {
		return time.Time{}, false
	}
	edge := func(at time.Time) time.Time {
		next := hoursEdge(at.In(w.Zone.Location()), w.Hours)
		if calendar := view.Calendar(w.Calendar); w.Calendar != "" && calendar != nil {
			if other := calendar.edge(at); other.Before(next) {
				next = other
			}
		}
		return next
	}
	return nextChange(now, edge, func(at time.Time) bool { return w.Holds(at, view) })
}

// nextChange goes from edge to edge until a state is another one.
func nextChange(now time.Time, edge func(time.Time) time.Time, state func(time.Time) bool) (time.Time, bool) {
	before, at := state(now), now
	for range maxEdges {
		at = edge(at)
		if at.Sub(now) > changeHorizon {
			break
		}
		if state(at) != before {
			return at, true
		}
	}
	return time.Time{}, false
}

// edge is the next time after another at which the calendar may open or close.
func (c *Calendar) edge(at time.Time) time.Time {
	local := at.In(c.Zone.Location())
	next := hoursEdge(local, c.Open)
	for i := range c.Dates {
		d := &c.Dates[i]
		for _, minute := range [2]uint16{d.From, d.To} {
			if other := clockAfter(local, minute); other.Before(next) {
				next = other
			}
		}
	}
	return next
}

// hoursEdge is the next time after another at which some hours may begin or end, and midnight at
// the latest.
func hoursEdge(local time.Time, hours []Hours) time.Time {
	next := clockAfter(local, minutesOfDay)
	for _, h := range hours {
		for _, minute := range [2]uint16{h.From, h.To} {
			if other := clockAfter(local, minute); other.Before(next) {
				next = other
			}
		}
	}
	return next
}

// clockAfter is when a clock next shows a minute of the day, later on that day or at its end.
func clockAfter(local time.Time, minute uint16) time.Time {
	now := local.Hour()*60 + local.Minute()
	if int(minute) <= now {
		minute = minutesOfDay
	}
	year, month, day := local.Date()
	at := time.Date(year, month, day, 0, int(minute), 0, 0, local.Location())
	if !at.After(local) { // an hour that comes twice, as summer time ends
		at = local.Truncate(time.Minute).Add(time.Duration(int(minute)-now) * time.Minute)
	}
	return at
}
