package store

import (
	"time"

	"hookflash/registrar"
)

// alive is record without the bindings that have expired at now: record itself when none
// has, nil when all have.
func alive(record *registrar.Record, now time.Time) *registrar.Record {
	if record == nil {
		return nil
	}
	expired := 0
	for i := range record.Bindings {
		if !record.Bindings[i].Expires.After(now) {
			expired++
		}
	}
	switch expired {
	case 0:
		return record
	case len(record.Bindings):
		return nil
	}
	left := *record
	left.Bindings = make([]registrar.Binding, 0, len(record.Bindings)-expired)
	for i := range record.Bindings {
		if record.Bindings[i].Expires.After(now) {
			left.Bindings = append(left.Bindings, record.Bindings[i])
		}
	}
	return &left
}

// Sweep removes expired bindings from memory, going on where the last call stopped. It
// looks at about limit records, at least at one shard, and returns how many bindings it
// removed. Nothing is written: expired bindings are not read back.
func (b *Bindings) Sweep(now time.Time, limit int) (removed int) {
	b.sweeping.Lock()
	defer b.sweeping.Unlock()
	for seen, shards := 0, 0; shards < shardCount && (shards == 0 || seen < limit); shards++ {
		records := b.records.collect(b.sweepAt, b.sweepBuf[:0])
		b.sweepAt = (b.sweepAt + 1) % shardCount
		for _, record := range records {
			left := alive(record, now)
			// Whoever changed the record meanwhile goes before.
			if left != record && b.records.replace(record.AddressOfRecord, record, left) {
				removed += len(record.Bindings)
				if left != nil {
					removed -= len(left.Bindings)
				}
			}
		}
		seen += len(records)
		clear(records)
		b.sweepBuf = records[:0]
	}
	return removed
}
