package room

import "time"

// Limits of PINs that are tried.
const (
	TriesPerCall = 3
	TriesPerHour = 10 // at a room: of each user of the domain, and of everybody else together
	tryWindow    = time.Hour
	maxDoors     = 10_000 // that are remembered until those are forgotten which nobody tried lately
)

// door is where a room is entered: user is the one whom the server vouches for, "" for everybody else. Outsiders keep no user
// out by guessing.
type door struct{ room, user string }

// door is where a caller tries: rooms that there are not have theirs, as long as not too many are tried.
func (t tries) door(v visit) door {
	d := door{user: v.user}
	switch {
	case v.room != nil:
		d.room = v.room.id()
	case len(t) < maxDoors:
		d.room = v.name
	}
	return d
}

// tries are the PINs that were tried within the last hour.
type tries map[door][]time.Time

// take counts one more, before it is checked; false when there were too many.
func (t *tries) take(d door, now time.Time) bool {
	recent := t.recent(d, now)
	if len(recent) >= TriesPerHour {
		return false
	}
	if *t == nil {
		*t = tries{}
	}
	if len(*t) >= maxDoors {
		for other := range *t {
			t.recent(other, now)
		}
	}
	(*t)[d] = append(recent, now)
	return true
}

// left tells whether one more may be tried.
func (t *tries) left(d door, now time.Time) bool { return len(t.recent(d, now)) < TriesPerHour }

// giveBack takes the count of one back that was right.
func (t tries) giveBack(d door, at time.Time) {
	for i, when := range t[d] {
		if when.Equal(at) {
			t[d] = append(t[d][:i], t[d][i+1:]...)
			return
		}
	}
}

// recent forgets what is older than an hour.
func (t tries) recent(d door, now time.Time) []time.Time {
	list := t[d]
	for len(list) > 0 && now.Sub(list[0]) >= tryWindow {
		list = list[1:]
	}
	if len(list) == 0 {
		delete(t, d)
		return nil
	}
	t[d] = list
	return list
}
