package identity

import (
	"strings"
	"time"

	"hookflash/digest"
)

// floorKept is how long after its last nonce a user's floor is remembered: it refuses old
// nonces should the clock be set back.
const floorKept = 24 * time.Hour

// windows is which nonces each user used. Only users that exist get here, so their number
// bounds it.
type windows struct {
	users map[string]*digest.Windows
	order []string // every user in the map, once
	next  int      // the one to be pruned next
}

// of finds the windows of a user, and makes them.
func (w *windows) of(name string) *digest.Windows {
	found := w.users[name]
	if found == nil {
		found = new(digest.Windows)
		w.add(name, found)
	}
	return found
}

func (w *windows) add(name string, windows *digest.Windows) {
	if w.users[name] == nil {
		w.order = append(w.order, name)
	}
	w.users[name] = windows
}

// prune forgets what one user needs no more. Called with each use, it keeps up with them.
func (w *windows) prune(now time.Time, lifetime time.Duration) {
	if len(w.order) == 0 {
		return
	}
	if w.next >= len(w.order) {
		w.next = 0
	}
	name := w.order[w.next]
	found := w.users[name]
	found.Prune(now, lifetime)
	if found.Len() > 0 || found.Floor() >= now.Add(-floorKept).UnixMilli() {
		w.next++
		return
	}
	delete(w.users, name)
	last := len(w.order) - 1
	w.order[w.next], w.order[last] = w.order[last], ""
	w.order = w.order[:last]
}

// Restore gives back the windows of a user after a restart, before the first request.
func (i *Identifier) Restore(username string, windows digest.Windows) {
	i.windows.add(strings.Clone(username), &windows)
}
