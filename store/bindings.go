package store

import (
	"fmt"
	"os"
	"sync"
	"time"

	"hookflash/registrar"
)

// BindingsOptions says where bindings are kept.
type BindingsOptions struct {
	// Directory holds the segments of the log; it is made when it is not there. Nobody
	// else may have it open: Lock the data directory first.
	Directory string
	// RotateFloor is the size of the log, in bytes, below which it is never rotated.
	// Zero: 16 MiB.
	RotateFloor int64
	// NonceLifetime is how long nonces are good for. Zero: digest.Lifetime.
	NonceLifetime time.Duration
	// Now is the clock that expiry is told by. Nil: time.Now.
	Now func() time.Time

	create func(path string) (file, error) // nil: createFile
}

// Bindings is everything registered and what agents keep, in memory for readers, each change kept by the
// node's own log. It implements registrar.View. Any number of goroutines may use it; a
// Batch belongs to one.
type Bindings struct {
	records   *table[registrar.Record]
	keepsakes *keepsakes
	nonces    *nonces
	log       *log
	now       func() time.Time

	rotating sync.Mutex // taken before the locks of the log

	stop    chan struct{}
	stopped sync.WaitGroup
	closing sync.Once

	sweeping sync.Mutex
	sweepAt  int                 // the shard Sweep goes on with
	sweepBuf []*registrar.Record // kept between calls
}

var _ registrar.View = (*Bindings)(nil)

// OpenBindings reads the log and begins a new segment of it. The Recovery tells what was
// read and what was lost. The error says what could not be read or made.
func OpenBindings(options BindingsOptions) (*Bindings, Recovery, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.create == nil {
		options.create = createFile
	}
	if options.RotateFloor == 0 {
		options.RotateFloor = rotateFloor
	}
	if err := os.MkdirAll(options.Directory, 0o700); err != nil {
		return nil, Recovery{}, fmt.Errorf("bindings: %w", err)
	}
	b := &Bindings{
		records:   newTable[registrar.Record](),
		keepsakes: newKeepsakes(),
		nonces:    newNonces(options.NonceLifetime),
		now:       options.Now,
		stop:      make(chan struct{}),
	}
	past, err := b.recover(options.Directory)
	if err != nil {
		return nil, past.Recovery, fmt.Errorf("bindings: %w", err)
	}
	b.log, err = newLog(options, b, past)
	if err != nil {
		return nil, past.Recovery, fmt.Errorf("bindings: begin a segment: %w", err)
	}
	b.stopped.Go(b.rotateWhenDue)
	if past.Damaged > 0 {
		b.log.wakeRotation() // leave the damaged segment behind
	}
	return b, past.Recovery, nil
}

// Bindings is the record of a canonical address of record, nil without bindings. It takes
// no allocation.
func (b *Bindings) Bindings(addressOfRecord string) *registrar.Record {
	return b.records.get(addressOfRecord)
}

// Count is the number of addresses of record with bindings.
func (b *Bindings) Count() int { return b.records.count() }

// All lists the records as they are, in no order. Changes made while it runs may or may
// not be in it.
func (b *Bindings) All() []*registrar.Record {
	var all []*registrar.Record
	for i := range shardCount {
		all = b.records.collect(i, all)
	}
	return all
}

// LogStatistics counts what the log of bindings did since it was opened.
type LogStatistics struct {
	Writes    uint64 // tried
	Failures  uint64 // of these
	Rotations uint64 // that came to their end
	Bytes     int64  // the size of the log on disk after the last write or rotation
	// WriteError and RotationError are what the last write and the last rotation failed
	// at; nil when they went well.
	WriteError, RotationError error
}

// LogStatistics tells how the log does. It never waits for the disk.
func (b *Bindings) LogStatistics() LogStatistics {
	b.log.staging.Lock()
	defer b.log.staging.Unlock()
	return b.log.statistics
}

// Close writes what is staged, syncs the log to disk and closes it. Changes staged later
// are refused with ErrClosed.
func (b *Bindings) Close() error {
	err := ErrClosed
	b.closing.Do(func() {
		close(b.stop)
		b.stopped.Wait()
		err = b.log.close()
	})
	return err
}
