package store

import (
	"context"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// replica is the users in memory, kept up by a watch on their bucket. Only the watch
// changes it, so that changes are seen in the order they were made.
type replica struct {
	users *table[UserEntry]

	mutex   sync.Mutex
	seen    uint64        // the revision up to which all is here
	changed chan struct{} // closed at the next change of seen
	damaged int           // values that can't be read
	watcher jetstream.KeyWatcher
	stopped chan struct{} // closed when the goroutine of watcher is gone
}

func newReplica() *replica {
	return &replica{users: newTable[UserEntry](), changed: make(chan struct{})}
}

// watch fills the replica and keeps it up until stop. It returns when all that is in the
// bucket is here and nothing else. A watch that ran before is stopped.
func (r *replica) watch(ctx context.Context, bucket jetstream.KeyValue) error {
	r.stop()
	watcher, err := bucket.WatchAll(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	filled, stopped := make(chan struct{}), make(chan struct{})
	r.mutex.Lock()
	r.watcher, r.stopped = watcher, stopped
	r.seen = 0 // what was written and not acknowledged may have been lost, and its numbers are used again
	r.mutex.Unlock()
	before := make(map[string]bool)
	for _, entry := range sortedUsers(r.users) {
		before[entry.User.Name] = true
	}
	go func() {
		defer close(stopped)
		for update := range watcher.Updates() {
			switch {
			case update != nil:
				delete(before, r.apply(update))
			default:
				for name := range before {
					r.users.swap(name, nil)
				}
				before = nil
				close(filled)
			}
		}
	}()
	select {
	case <-filled:
		return nil
	case <-stopped:
		return fmt.Errorf("watch: %w", ErrClosed)
	case <-ctx.Done():
		r.stop()
		return fmt.Errorf("watch: %w", ctx.Err())
	}
}

// apply takes one change in and returns whose it is.
func (r *replica) apply(update jetstream.KeyValueEntry) (name string) {
	name, known := userName(update.Key())
	var entry *UserEntry
	if known && update.Operation() == jetstream.KeyValuePut {
		var err error
		entry, err = decodeUser(update.Value(), update.Revision())
		known = err == nil && entry.User.Name == name
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !known {
		entry = nil // not to serve what was there before it
		r.damaged++
	}
	r.users.swap(name, entry)
	r.seen = update.Revision()
	close(r.changed)
	r.changed = make(chan struct{})
	return name
}

// await waits until done is true, which is asked again after every change.
func (r *replica) await(ctx context.Context, done func(seen uint64) bool) error {
	for {
		r.mutex.Lock()
		reached, changed := done(r.seen), r.changed
		r.mutex.Unlock()
		if reached {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("store: kept, but not yet to be read: %w", ctx.Err())
		}
	}
}

// stop ends the watch.
func (r *replica) stop() {
	r.mutex.Lock()
	watcher, stopped := r.watcher, r.stopped
	r.watcher = nil
	r.mutex.Unlock()
	if watcher != nil {
		_ = watcher.Stop() // the connection may be gone, and the watch with it
		<-stopped
	}
}
