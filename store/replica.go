package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// replica is the entries of one kind in memory, kept up by a watch on their bucket. Only the
// watch changes it, so that changes are seen in the order they were made.
type replica[E any] struct {
	*kind[E]
	entries *table[E]
	// moved is told of each change, after it; either entry may be nil. It may be nil itself.
	moved func(name string, previous, entry *E)

	mutex   sync.Mutex
	seen    uint64            // the revision up to which all is here
	changed chan struct{}     // closed at the next change of seen
	damaged map[string]uint64 // revisions of values that can't be read, by their keys
	broken  bool              // the bucket is damaged on the disk: the engine may never end a write to it
	watcher jetstream.KeyWatcher
	stopped chan struct{} // closed when the goroutine of watcher is gone
}

func newReplica[E any](kind *kind[E], entries *table[E], moved func(name string, previous, entry *E)) *replica[E] {
	return &replica[E]{kind: kind, entries: entries, moved: moved, changed: make(chan struct{})}
}

// source is where a replica's entries are kept.
type source struct {
	values jetstream.KeyValue
	stream jetstream.Stream // beneath values
}

// watch fills the replica and keeps it up until stop. It returns when all that is in the
// bucket is here and nothing else. A watch that ran before is stopped.
func (r *replica[E]) watch(ctx context.Context, from source) error {
	r.stop()
	info, err := from.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	watcher, err := from.values.WatchAll(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	filling := filling[E]{replica: r, source: from, state: info.State, before: make(map[string]bool), done: make(chan struct{})}
	stopped := make(chan struct{})
	r.mutex.Lock()
	r.watcher, r.stopped = watcher, stopped
	r.damaged, r.broken = make(map[string]uint64), false
	r.seen = 0 // what was written and not acknowledged may have been lost, and its numbers are used again
	r.mutex.Unlock()
	for _, entry := range r.sorted(r.entries) {
		filling.before[r.head(entry).name] = true
	}
	go func() {
		defer close(stopped)
		filling.fill(ctx, watcher.Updates())
		for update := range watcher.Updates() {
			if update != nil {
				r.apply(update)
			}
		}
	}()
	select {
	case <-filling.done:
		return nil
	case <-stopped:
		return fmt.Errorf("watch: %w", ErrClosed)
	case <-ctx.Done():
		r.stop()
		return fmt.Errorf("watch: %w", ctx.Err())
	}
}

// apply takes one change in and returns whose it is.
func (r *replica[E]) apply(update jetstream.KeyValueEntry) (name string) {
	name, known := nameOf(update.Key())
	var entry *E
	if known && update.Operation() == jetstream.KeyValuePut {
		var err error
		entry, err = r.decode(update.Value(), update.Revision())
		known = err == nil && r.head(entry).name == name
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if known {
		delete(r.damaged, update.Key())
	} else {
		entry = nil // not to serve what was there before it
		r.damaged[update.Key()] = update.Revision()
	}
	r.put(name, entry)
	r.seen = update.Revision()
	close(r.changed)
	r.changed = make(chan struct{})
	return name
}

// put publishes an entry, or that there is none.
func (r *replica[E]) put(name string, entry *E) {
	previous := r.entries.swap(name, entry)
	if r.moved != nil {
		r.moved(name, previous, entry)
	}
}

// unreadable names what is in the bucket and can't be read.
func (r *replica[E]) unreadable() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	names := make([]string, 0, len(r.damaged))
	for _, key := range slices.Sorted(maps.Keys(r.damaged)) {
		names = append(names, r.bucket+"/"+key)
	}
	return names
}

// unreadableAt is the revision of what is there under a name and can't be read, 0 when nothing is.
func (r *replica[E]) unreadableAt(name string) uint64 {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.damaged[keyOf(name)]
}

// writable is ErrDamaged for a bucket that is damaged on the disk.
func (r *replica[E]) writable() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.broken {
		return ErrDamaged
	}
	return nil
}

// await waits until done is true, which is asked again after every change.
func (r *replica[E]) await(ctx context.Context, done func(seen uint64) bool) error {
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
func (r *replica[E]) stop() {
	r.mutex.Lock()
	watcher, stopped := r.watcher, r.stopped
	r.watcher = nil
	r.mutex.Unlock()
	if watcher != nil {
		_ = watcher.Stop() // the connection may be gone, and the watch with it
		<-stopped
	}
}
