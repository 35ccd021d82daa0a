package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// bucketStream begins the name of the stream beneath a bucket.
const bucketStream = "KV_"

// bucketSubject begins the subjects of that stream.
const bucketSubject = "$KV."

// collection is the entries of one kind in an engine.
type collection[E any] struct {
	*kind[E]
	engine  *engine
	source  source
	replica *replica[E]
}

func newCollection[E any](e *engine, k *kind[E], t *table[E], moved func(name string, previous, entry *E)) *collection[E] {
	return &collection[E]{kind: k, engine: e, replica: newReplica(k, t, moved)}
}

// collected is what a collection of any kind does with the engine.
type collected interface {
	// open makes or opens the bucket.
	open(ctx context.Context, streams jetstream.JetStream) error
	// watch fills the replica and keeps it up, again after a restart.
	watch(ctx context.Context) error
	stop()
	unreadable() []string
}

func (c *collection[E]) open(ctx context.Context, streams jetstream.JetStream) (err error) {
	c.source.values, err = bucket(ctx, streams, jetstream.KeyValueConfig{
		Bucket: c.bucket, MaxValueSize: int32(c.limit), History: 1, LimitMarkerTTL: markerLifetime,
	})
	if err == nil {
		c.source.stream, err = streams.Stream(ctx, bucketStream+c.bucket)
	}
	return err
}

func (c *collection[E]) watch(ctx context.Context) error { return c.replica.watch(ctx, c.source) }

func (c *collection[E]) stop() { c.replica.stop() }

func (c *collection[E]) unreadable() []string { return c.replica.unreadable() }

// find implements keeper.
func (c *collection[E]) find(name string) *E { return c.replica.entries.get(name) }

// all implements keeper.
func (c *collection[E]) all() []*E { return c.sorted(c.replica.entries) }

// put implements keeper.
func (c *collection[E]) put(ctx context.Context, entry *E) (revision uint64, err error) {
	value, err := c.encode(entry)
	if err != nil {
		return 0, err
	}
	head := c.head(entry)
	if head.revision == 0 {
		head.revision = c.replica.unreadableAt(head.name) // what can't be read is as if it were not there
	}
	if err := c.replica.writable(); err != nil {
		return 0, fmt.Errorf("put %s %s: %w", c.name, head.name, err)
	}
	err = c.engine.write(ctx, func(ctx context.Context) (err error) {
		if head.revision == 0 {
			revision, err = c.source.values.Create(ctx, keyOf(head.name), value)
		} else {
			revision, err = c.source.values.Update(ctx, keyOf(head.name), value, head.revision)
		}
		return err
	})
	if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		err = ErrConflict
	}
	if err != nil {
		return 0, fmt.Errorf("put %s %s: %w", c.name, head.name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return revision, c.replica.await(ctx, func(seen uint64) bool { return seen >= revision })
}

// remove implements keeper.
func (c *collection[E]) remove(ctx context.Context, name string, revision uint64) error {
	if err := c.replica.writable(); err != nil {
		return fmt.Errorf("delete %s %s: %w", c.name, name, err)
	}
	present := c.find(name)
	switch {
	case present == nil:
		return fmt.Errorf("delete %s %s: %w", c.name, name, ErrNotFound)
	case c.head(present).revision != revision:
		return fmt.Errorf("delete %s %s: %w", c.name, name, ErrConflict)
	}
	err := c.engine.write(ctx, func(ctx context.Context) error {
		return c.source.values.Purge(ctx, keyOf(name), jetstream.LastRevision(revision), jetstream.PurgeTTL(markerLifetime))
	})
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		err = ErrConflict
	}
	if err != nil {
		return fmt.Errorf("delete %s %s: %w", c.name, name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	return c.replica.await(ctx, func(uint64) bool {
		present := c.find(name)
		return present == nil || c.head(present).revision > revision
	})
}
