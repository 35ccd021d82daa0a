package clicktodial

import (
	"errors"
	"slices"
	"time"
)

// Limits of a Book.
const (
	MaxCalls    = 10_000 // of all users; the oldest that is over is forgotten early
	MaxKept     = 100    // of one user, likewise
	MaxStanding = 4      // of one user that are not over
	MaxRate     = 20     // of one user in RateWindow
	RateWindow  = time.Minute
	Keep        = time.Hour // from a call's end on
)

// Errors of Book.Open.
var (
	ErrStanding = errors.New("clicktodial: too many calls of the user are not over")
	ErrRate     = errors.New("clicktodial: too many calls of the user in a minute")
	ErrFull     = errors.New("clicktodial: too many calls")
)

// Book remembers calls. It belongs to whoever holds its mutex.
type Book struct {
	calls map[string]Call
	order []string // as they were opened
	users map[string]*account
	swept time.Time
}

// account is what a Book knows of a user.
type account struct {
	calls []string    // as they were opened
	rate  []time.Time // when, within RateWindow
}

// Open begins a call: as long as nothing more is told, it is queued. Errors: ErrStanding, ErrRate, ErrFull.
func (b *Book) Open(now time.Time, c Call) error {
	if b.calls == nil {
		b.calls, b.users = map[string]Call{}, map[string]*account{}
	}
	b.forget(now)
	user := b.users[c.User]
	if user == nil {
		user = &account{}
	}
	standing := 0
	for _, id := range user.calls {
		if !b.calls[id].Status.Final() {
			standing++
		}
	}
	for len(user.rate) > 0 && now.Sub(user.rate[0]) >= RateWindow {
		user.rate = user.rate[1:]
	}
	switch {
	case standing >= MaxStanding:
		return ErrStanding
	case len(user.rate) >= MaxRate:
		return ErrRate
	case len(user.calls) >= MaxKept && !b.drop(user.calls), len(b.order) >= MaxCalls && !b.drop(b.order):
		return ErrFull
	}
	c.Created, c.Status = now, Queued
	user.rate, user.calls = append(user.rate, now), append(user.calls, c.ID)
	b.users[c.User], b.calls[c.ID] = user, c
	b.order = append(b.order, c.ID)
	return nil
}

// Change takes what was told of a call.
func (b *Book) Change(c Call) {
	if _, known := b.calls[c.ID]; known {
		b.calls[c.ID] = c
	}
}

// Find is a call by its ID.
func (b *Book) Find(id string) (Call, bool) {
	c, ok := b.calls[id]
	return c, ok
}

// Count counts the calls by how far they are.
func (b *Book) Count() (standing, kept int) {
	for _, c := range b.calls {
		if !c.Status.Final() {
			standing++
		}
	}
	return standing, len(b.calls)
}

// forget drops what was kept long enough, once a minute. Calls end in another order than they began.
func (b *Book) forget(now time.Time) {
	if now.Sub(b.swept) < time.Minute {
		return
	}
	b.swept = now
	for _, id := range slices.Clone(b.order) {
		if c := b.calls[id]; c.Status.Final() && now.Sub(c.Ended) >= Keep {
			b.remove(c)
		}
	}
}

// drop drops the oldest of a list that is over; false when none is.
func (b *Book) drop(list []string) bool {
	for _, id := range list {
		if c := b.calls[id]; c.Status.Final() {
			b.remove(c)
			return true
		}
	}
	return false
}

func (b *Book) remove(c Call) {
	delete(b.calls, c.ID)
	b.order = without(b.order, c.ID)
	user := b.users[c.User]
	if user == nil {
		return
	}
	if user.calls = without(user.calls, c.ID); len(user.calls) == 0 { // the last of them began long ago
		delete(b.users, c.User)
	}
}

func without(list []string, id string) []string {
	for i, other := range list {
		if other == id {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}
