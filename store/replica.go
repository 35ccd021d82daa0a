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
// bucket is here. A watch that ran before is stopped.
func (r *replica) watch(ctx context.Context, bucket jetstream.KeyValue) error {
	r.stop()
	watcher, err := bucket.WatchAll(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	filled, stopped := make(chan struct{}), make(chan struct{})
	r.mutex.Lock()
	r.watcher, r.stopped = watcher, stopped
	r.mutex.Unlock()
	go func() {
		defer close(stopped)
		for update := range watcher.Updates() {
			if update == nil {
				close(filled)
				continue
			}
			r.apply(update)
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

// apply takes one change in.
func (r *replica) apply(update jetstream.KeyValueEntry) {
	name, known := userName(update.Key())
	var entry *UserEntry
	if known && update.Operation() == jetstream.KeyValuePut {
		var err error
		entry, err = decodeUser(update.Value(), update.Revision())
		known = err == nil && entry.User.Name == name
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if update.Revision() <= r.seen {
		return // a second watch begins from the start
	}
	switch {
	case known:
		r.users.swap(name, entry)
	default:
		// Not to serve what was there before it.
		r.users.swap(name, nil)
		r.damaged++
	}
	r.seen = update.Revision()
	close(r.changed)
	r.changed = make(chan struct{})
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
