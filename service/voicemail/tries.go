package voicemail

import "time"

// Limits of PINs that are tried.
const (
	TriesPerCall = 3
	TriesPerHour = 10 // of a mailbox: from others' phones, and as many from the owner's own
	tryWindow    = time.Hour
)

// door is where a mailbox is entered from.
type door struct {
	box string
	own bool
}

// tries are the PINs that were tried within the last hour. Only doors of mailboxes that there are have any.
type tries map[door][]time.Time

// left tells whether another one may be tried.
func (t tries) left(d door, now time.Time) bool { return len(t.recent(d, now)) < TriesPerHour }

// take counts one, before it is checked: as many at once count as well.
func (t *tries) take(d door, now time.Time) bool {
	recent := t.recent(d, now)
	if len(recent) >= TriesPerHour {
		return false
	}
	if *t == nil {
		*t = tries{}
	}
	(*t)[d] = append(recent, now)
	return true
}

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
