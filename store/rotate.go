package store

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"hookflash/registrar"
)

const (
	// rotateFloor is the size of the log, in bytes, below which it is not rotated.
	rotateFloor = 16 << 20
	// rotateFactor is how many times the size of what is live the log may grow to.
	rotateFactor = 4
	// copyChunk is how many records are copied before others may stage again.
	copyChunk = 64
	// copyBytes is how many bytes are copied before they are written.
	copyBytes = 64 << 10
	// segmentLimit is how many older segments there may be before rotation removes them.
	segmentLimit = 64
)

// limit is the size the log may grow to when live bytes of it count.
func (l *log) limit(live int64) int64 { return max(l.floor, rotateFactor*live) }

// wakeRotation lets the log be rotated soon.
func (l *log) wakeRotation() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// rotateWhenDue is the one goroutine of Bindings.
func (b *Bindings) rotateWhenDue() {
	for {
		select {
		case <-b.stop:
			return
		case <-b.log.wake:
			b.log.rotated(b.rotate())
		}
	}
}

// rotated notes how a rotation went. After a failure the log grows by another floor
// before the next try.
func (l *log) rotated(live int64, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.staging.Lock()
	defer l.staging.Unlock()
	l.statistics.Bytes, l.statistics.RotationError = l.total, err
	if err != nil {
		l.due = l.total + l.floor
		l.dueSegments = len(l.older) + segmentLimit
		return
	}
	l.statistics.Rotations++
	l.dueSegments = segmentLimit
	l.due = l.limit(live)
}

// rotate begins a new segment, copies into it, beside the changes that go on, everything
// that is live, and then removes the older segments. A crash at any point leaves the
// older segments or a complete new one. It returns the bytes copied.
func (b *Bindings) rotate() (live int64, err error) {
	b.rotating.Lock()
	defer b.rotating.Unlock()
	l := b.log
	l.writing.Lock()
	err = l.begin()
	number := l.number
	l.writing.Unlock()
	if err != nil {
		return 0, err
	}
	c := copier{bindings: b, batch: b.Batch(), now: b.now()}
	if err := c.copy(); err != nil {
		return 0, err
	}
	if err := c.complete(number); err != nil {
		return 0, err
	}
	if err := l.sync(number); err != nil {
		return 0, err
	}
	return c.total, l.removeOlder(number)
}

// sync makes the segment durable, if it is still the active one.
func (l *log) sync(number uint64) error {
	l.writing.Lock()
	active := l.active
	sealed := l.number != number
	l.writing.Unlock()
	if sealed {
		return errors.New("store: the new segment failed while the log was rotated")
	}
	return errors.Join(active.Sync(), syncDirectory(l.directory))
}

// removeOlder removes the segments before number, oldest first.
func (l *log) removeOlder(number uint64) error {
	for {
		l.writing.Lock()
		if len(l.older) == 0 || l.older[0].number >= number {
			l.writing.Unlock()
			return syncDirectory(l.directory)
		}
		oldest := l.older[0]
		l.writing.Unlock()
		err := os.Remove(segmentPath(l.directory, oldest.number))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		l.writing.Lock()
		l.older = l.older[1:]
		l.total -= oldest.size
		l.writing.Unlock()
	}
}

// copier copies what is live to the active segment.
type copier struct {
	bindings *Bindings
	batch    *Batch
	now      time.Time
	waiting  int   // bytes staged since the last write
	total    int64 // bytes staged
}

func (c *copier) copy() error {
	if err := c.keep(); err != nil {
		return err
	}
	var records []*registrar.Record
	var names []string
	for i := range shardCount {
		records = c.bindings.records.collect(i, records[:0])
		for start := 0; start < len(records); start += copyChunk {
			c.stageRecords(records[start:min(start+copyChunk, len(records))])
			if err := c.write(copyBytes); err != nil {
				return err
			}
		}
		names = c.bindings.nonces.prune(i, c.now, names[:0])
		for start := 0; start < len(names); start += copyChunk {
			c.stageWindows(names[start:min(start+copyChunk, len(names))])
			if err := c.write(copyBytes); err != nil {
				return err
			}
		}
	}
	return c.write(1)
}

// stageRecords stages what is registered now for the addresses of some records that were.
func (c *copier) stageRecords(records []*registrar.Record) {
	l := c.bindings.log
	l.staging.Lock()
	defer l.staging.Unlock()
	before := len(l.pending)
	for _, record := range records {
		record = c.bindings.records.get(record.AddressOfRecord)
		if record = alive(record, c.now); record == nil || !l.admit(c.batch) {
			continue
		}
		start := len(l.pending)
		l.pending = appendRecord(openFrame(l.pending), record)
		l.finish(c.batch, start)
	}
	c.staged(len(l.pending) - before)
}

// stageWindows stages the nonces some users have in use.
func (c *copier) stageWindows(names []string) {
	l := c.bindings.log
	l.staging.Lock()
	defer l.staging.Unlock()
	before := len(l.pending)
	for _, username := range names {
		if !l.admit(c.batch) {
			return
		}
		start := len(l.pending)
		payload, ok := c.bindings.nonces.appendWindows(openFrame(l.pending), username)
		if ok {
			l.pending = payload
			l.finish(c.batch, start)
		}
	}
	c.staged(len(l.pending) - before)
}

// staged notes that bytes were staged. The caller holds staging.
func (c *copier) staged(bytes int) {
	if bytes > 0 {
		c.waiting += bytes
		c.total += int64(bytes)
		c.bindings.log.undo = append(c.bindings.log.undo, undo{batch: c.batch})
	}
}

// write commits when enough waits for it.
func (c *copier) write(enough int) error {
	if c.waiting < enough {
		return nil
	}
	c.waiting = 0
	return c.batch.Commit()
}

// complete writes that everything is copied.
func (c *copier) complete(number uint64) error {
	l := c.bindings.log
	l.staging.Lock()
	if l.admit(c.batch) {
		start := len(l.pending)
		l.pending = appendComplete(openFrame(l.pending), number)
		l.finish(c.batch, start)
		l.undo = append(l.undo, undo{batch: c.batch})
	}
	l.staging.Unlock()
	return c.batch.Commit()
}
