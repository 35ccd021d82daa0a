package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"

	"hookflash/registrar"
)

// keptBuffer is the capacity, in bytes, above which a buffer is not kept for the next write.
const keptBuffer = 1 << 20

// log is the node's own log of changes. Two locks, always taken in this order: writing by
// the one who writes to the active segment, staging by everybody for a moment.
type log struct {
	directory string // "" for a log that is not kept
	create    func(path string) (file, error)
	records   *table[registrar.Record]
	keepsakes *keepsakes
	salt      uint32
	floor     int64
	wake      chan struct{} // one element: rotation is due

	writing     sync.Mutex
	active      file
	number      uint64    // of the active segment
	next        uint64    // the number for the next one
	good        int64     // the length of the active segment up to which all is acknowledged
	broken      bool      // bytes after good could not be cut off
	flying      []byte    // being written
	older       []segment // the other segments, oldest first
	total       int64     // bytes in all segments
	due         int64     // the total at which to rotate
	dueSegments int       // the number of older segments at which to rotate

	staging    sync.Mutex
	pending    []byte // frames staged and not written
	undo       []undo // how to take them back
	flyingUndo []undo
	staged     uint64 // changes ever staged
	settled    uint64 // of these, written or taken back
	closed     bool
	statistics LogStatistics
}

// undo takes one staged change back.
type undo struct {
	batch    *Batch
	swapped  bool // a record was replaced: previous goes back
	address  string
	previous *registrar.Record
	keepsake keepsake // another value is kept: value goes back; the zero value: none is
	value    []byte
}

// newLog begins the segment after those that were recovered.
func newLog(options BindingsOptions, of *Bindings, past past) (*log, error) {
	l := &log{
		directory:   options.Directory,
		create:      options.create,
		records:     of.records,
		keepsakes:   of.keepsakes,
		salt:        rand.Uint32(),
		floor:       options.RotateFloor,
		wake:        make(chan struct{}, 1),
		older:       past.segments,
		dueSegments: segmentLimit,
	}
	for _, segment := range past.segments {
		l.total += segment.size
		l.number, l.good = segment.number, segment.size
	}
	l.next = past.highest + 1
	l.due = l.limit(past.live)
	return l, l.begin()
}

// commit writes what is staged, unless another commit has already taken it along.
func (l *log) commit(b *Batch) error {
	l.staging.Lock()
	if b.failed == nil && b.last <= l.settled {
		b.last = 0
		l.staging.Unlock()
		return nil
	}
	l.staging.Unlock()

	l.writing.Lock()
	defer l.writing.Unlock()
	l.staging.Lock()
	if b.last > l.settled {
		l.flush()
	}
	err := b.failed
	b.failed, b.last = nil, 0
	l.staging.Unlock()
	return err
}

// flush writes the pending frames with one write. The caller holds both locks; staging is
// let go while the write lasts.
func (l *log) flush() {
	last := l.staged
	l.pending, l.flying = l.flying[:0], l.pending
	l.undo, l.flyingUndo = l.flyingUndo[:0], l.undo
	l.staging.Unlock()
	err := l.write(l.flying)
	l.staging.Lock()
	l.statistics.Writes++
	l.statistics.Bytes, l.statistics.WriteError = l.total, nil
	if err != nil {
		err = fmt.Errorf("store: keep bindings: %w", err)
		l.statistics.Failures++
		l.statistics.WriteError = err
		l.takeBack(l.undo, err)
		l.takeBack(l.flyingUndo, err)
		l.pending, l.undo = l.pending[:0], empty(l.undo)
		last = l.staged
	}
	l.settled = last
	l.flyingUndo = empty(l.flyingUndo)
	if cap(l.flying) > keptBuffer {
		l.flying = nil
	}
}

// takeBack undoes changes, last first, and tells their batches.
func (l *log) takeBack(changes []undo, err error) {
	for _, change := range slices.Backward(changes) {
		if change.swapped {
			l.records.swap(change.address, change.previous)
		}
		if change.keepsake != (keepsake{}) {
			l.keepsakes.swap(change.keepsake, change.value)
		}
		if change.batch.failed == nil {
			change.batch.failed = err
		}
	}
}

// empty forgets what the elements point to and keeps the memory.
func empty(changes []undo) []undo {
	if cap(changes) > keptBuffer/64 {
		return nil
	}
	clear(changes)
	return changes[:0]
}

// write appends frames to the active segment, all or nothing. The caller holds writing.
func (l *log) write(frames []byte) error {
	if l.broken {
		if err := l.mend(); err != nil {
			return err
		}
	}
	if _, err := l.active.Write(frames); err != nil {
		l.broken = true
		return errors.Join(err, l.mend())
	}
	l.good += int64(len(frames))
	l.total += int64(len(frames))
	if l.total >= l.due || len(l.older) >= l.dueSegments {
		l.wakeRotation()
	}
	return nil
}

// mend cuts off what a failed write left. When that fails too, the segment is sealed at
// its good length and a new one begun.
func (l *log) mend() error {
	err := l.active.Truncate(l.good)
	if err != nil {
		err = l.begin()
	}
	l.broken = err != nil
	return err
}

// begin makes a new segment the active one and seals the one before. The caller holds
// writing. When it fails the old segment stays active.
func (l *log) begin() error {
	number := l.next
	l.next++ // a number that failed is not tried again: its file may be there
	path := segmentPath(l.directory, number)
	created, err := l.create(path)
	if err != nil {
		return err
	}
	head := header{number: number, previous: l.number, sealed: l.good, salt: l.salt}.append(nil)
	if _, err := created.Write(head); err != nil {
		return errors.Join(err, created.Close(), os.Remove(path))
	}
	if l.active != nil {
		// Its frames are in the page cache; rotation is about to make it superfluous.
		_ = l.active.Close()
		l.older = append(l.older, segment{number: l.number, size: l.good})
	}
	l.active, l.number, l.good = created, number, int64(len(head))
	l.total += l.good
	return nil
}

// close writes what is staged, syncs and closes.
func (l *log) close() error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.staging.Lock()
	l.closed = true
	var flushed error
	if l.staged > l.settled {
		l.flush()
		flushed = l.statistics.WriteError
	}
	l.staging.Unlock()
	err := errors.Join(flushed, l.active.Sync(), l.active.Close())
	if l.directory != "" {
		err = errors.Join(err, syncDirectory(l.directory))
	}
	return err
}
