package digest

import (
	"iter"
	"slices"
	"time"
)

// MaxWindows is how many nonces a user can have in use, over all devices; one more makes
// the oldest Stale.
const MaxWindows = 32

// windowSize is how far an nc may be behind the highest; further behind is Replayed.
const windowSize = 64

// Window is which nonce counts of one nonce were used (RFC 7616 §3.4: nc).
type Window struct {
	Nonce   Nonce
	Highest uint32
	Seen    uint64 // bit i: Highest-i was used; bit 0 is always set
}

// use marks nc as used and tells whether it wasn't yet. 0 is no nonce count.
func (w *Window) use(nc uint32) bool {
	if nc == 0 {
		return false
	}
	if nc > w.Highest {
		// A shift by 64 and more leaves nothing.
		w.Seen = w.Seen<<(nc-w.Highest) | 1
		w.Highest = nc
		return true
	}
	behind := w.Highest - nc
	if behind >= windowSize || w.Seen>>behind&1 == 1 {
		return false
	}
	w.Seen |= 1 << behind
	return true
}

// Windows is which nonces one user used, and how often. The zero value is a user who used none.
// Whoever holds it must be alone with it. It is worth keeping when it is empty but has a
// Floor: that is what refuses old nonces when the clock was set back.
type Windows struct {
	floor   int64 // nonces without a window that were issued up to here are Stale
	windows []Window
}

// Accept tells whether a use is Fresh, and then remembers it; else it is Stale or Replayed. The
// nonce must have passed Nonces.Check and the credentials Verify.
func (w *Windows) Accept(now time.Time, nonce Nonce, nc uint32) Verdict {
	limit := w.settle(now)
	if nonce.Issued > limit {
		return Stale
	}
	if window := w.find(nonce); window != nil {
		if window.use(nc) {
			return Fresh
		}
		return Replayed
	}
	if nonce.Issued <= w.floor {
		return Stale
	}
	if nc == 0 {
		return Replayed
	}
	w.insert(limit, Window{Nonce: nonce, Highest: nc, Seen: 1})
	return Fresh
}

// Restore remembers a use that was accepted before a restart. Uses come in the order in which
// they were accepted; one that is known already changes nothing. Now is the time of the restart.
func (w *Windows) Restore(now time.Time, nonce Nonce, nc uint32) {
	limit := w.settle(now)
	if window := w.find(nonce); window != nil {
		window.use(nc)
		return
	}
	if nonce.Issued <= w.floor || nc == 0 {
		return
	}
	w.insert(limit, Window{Nonce: nonce, Highest: nc, Seen: 1})
}

// Prune forgets nonces older than the lifetime of Nonces, which are Stale anyhow, and raises
// the floor above them, lest they come to life when the clock is set back.
func (w *Windows) Prune(now time.Time, lifetime time.Duration) {
	oldest := milliseconds(now) - lifetime.Milliseconds()
	w.windows = slices.DeleteFunc(w.windows, func(window Window) bool {
		old := window.Nonce.Issued < oldest
		if old {
			w.floor = max(w.floor, window.Nonce.Issued)
		}
		return old
	})
	if len(w.windows) == 0 {
		w.windows = nil
	}
}

// Floor is the issue time, in milliseconds since 1970, up to which nonces without a window
// are Stale; 0 if none was ever forgotten.
func (w *Windows) Floor() int64 { return w.floor }

// Len is the number of nonces in use, at most MaxWindows.
func (w *Windows) Len() int { return len(w.windows) }

// All is the nonces in use, in the order of their first use.
func (w *Windows) All() iter.Seq[Window] { return slices.Values(w.windows) }

// settle brings a floor from the future down to now, and returns the latest issue time that
// is not from the future. Such a floor was set before the clock was set back, and would lock
// the user out until the clock gets there; this way all nonces so far are Stale, once.
func (w *Windows) settle(now time.Time) (limit int64) {
	limit = milliseconds(now) + MaxAhead.Milliseconds()
	if w.floor > limit {
		w.floor = milliseconds(now)
	}
	return limit
}

func (w *Windows) find(nonce Nonce) *Window {
	// The latest nonce is the likely one.
	for i := len(w.windows) - 1; i >= 0; i-- {
		if w.windows[i].Nonce == nonce {
			return &w.windows[i]
		}
	}
	return nil
}

// insert adds a window and, if there are too many, forgets the oldest.
func (w *Windows) insert(limit int64, window Window) {
	w.windows = append(w.windows, window)
	if len(w.windows) <= MaxWindows {
		return
	}
	victim := 0
	for i := range w.windows {
		issued, worst := w.windows[i].Nonce.Issued, w.windows[victim].Nonce.Issued
		// Those from the future (the clock was set back) go first, the farthest before the rest.
		if worst > limit && issued > worst || worst <= limit && (issued > limit || issued < worst) {
			victim = i
		}
	}
	if issued := w.windows[victim].Nonce.Issued; issued <= limit {
		w.floor = max(w.floor, issued)
	}
	w.windows = slices.Delete(w.windows, victim, victim+1)
}
