package store

import (
	"errors"

	"hookflash/registrar"
)

// Errors of a batch, told by Commit.
var (
	// ErrRecordTooLong: an encoded record is longer than MaxRecord.
	ErrRecordTooLong = errors.New("store: record too long")
	// ErrBacklog: PendingLimit bytes wait to be written.
	ErrBacklog = errors.New("store: too many changes wait for the disk")
	// ErrClosed: the store is closed.
	ErrClosed = errors.New("store: closed")
)

// PendingLimit is how many bytes of staged changes may wait to be written. More are
// refused: their Commit fails with ErrBacklog.
const PendingLimit = 64 << 20

// Batch collects the changes of one receive batch. It belongs to one goroutine; the
// batches of several goroutines may be staged and committed at the same time.
//
// Staging publishes a change to readers at once and puts it behind everything that any
// batch staged before. Commit writes all that is staged by whomever, in that order, with
// one write. When the write fails, everything staged and not yet written is taken back,
// last first, because later changes may build on earlier ones: then the Commit of every
// batch that had something there fails.
//
// The zero Batch is not usable; Bindings.Batch makes one. It is reused after Commit.
type Batch struct {
	bindings *Bindings
	// The rest is guarded by log.staging.
	last   uint64 // the log's count after the last change of this batch, 0 for none
	failed error  // a change of this batch was refused or taken back
}

// Batch makes an empty batch.
func (b *Bindings) Batch() *Batch { return &Batch{bindings: b} }

// Stage publishes a change and puts it in the batch. The change must be built on what
// readers see, so the caller keeps two changes of one address of record from crossing.
// Once a change of the batch has failed, further ones are refused until Commit has told.
func (b *Batch) Stage(change registrar.Change) {
	l := b.bindings.log
	address, record := change.AddressOfRecord, change.New
	if record != nil && len(record.Bindings) == 0 {
		record = nil
	}
	l.staging.Lock()
	defer l.staging.Unlock()
	if !l.admit(b) {
		return
	}
	start := len(l.pending)
	l.pending = openFrame(l.pending)
	if record != nil {
		address = record.AddressOfRecord // not to keep the message it was found in
		l.pending = appendRecord(l.pending, record)
	} else {
		l.pending = appendRemoval(l.pending, address)
	}
	if l.finish(b, start) {
		previous := b.bindings.records.swap(address, record)
		l.undo = append(l.undo, undo{batch: b, swapped: true, address: address, previous: previous})
	}
}

// Commit returns when everything this batch staged is written to the log, which kill -9
// survives, and empties the batch. An error says that it is not all kept: what was not
// written has been taken back; what another batch's Commit had written before the failure
// stays.
func (b *Batch) Commit() error { return b.bindings.log.commit(b) }

// admit tells whether the batch may stage. The caller holds staging.
func (l *log) admit(b *Batch) bool {
	switch {
	case b.failed != nil:
	case l.closed:
		b.failed = ErrClosed
	case len(l.pending) >= PendingLimit:
		b.failed = ErrBacklog
	}
	return b.failed == nil
}

// finish closes the frame that begins at start. The caller holds staging.
func (l *log) finish(b *Batch, start int) bool {
	if !closeFrame(l.pending, start, l.salt) {
		l.pending = l.pending[:start]
		b.failed = ErrRecordTooLong
		return false
	}
	l.staged++
	b.last = l.staged
	return true
}
