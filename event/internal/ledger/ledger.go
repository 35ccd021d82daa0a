package ledger

import "slices"

// MaxEnded is how many ended rows are remembered for subscriptions that were not told yet.
const MaxEnded = 64

// Ledger holds rows in the order they came. The zero value is empty. It belongs to one owner.
type Ledger[T any] struct {
	rows     []row[T]
	ended    []row[T]
	revision uint64
	floor    uint64 // the revision of the newest ended row that is not remembered
}

type row[T any] struct {
	key      string
	value    T
	revision uint64
}

// Revision rises with every change; what a subscription saw is a revision.
func (l *Ledger[T]) Revision() uint64 { return l.revision }

// Len is how many rows there are, ended ones apart.
func (l *Ledger[T]) Len() int { return len(l.rows) }

// Touch counts a change of something beside the rows.
func (l *Ledger[T]) Touch() uint64 {
	l.revision++
	return l.revision
}

// Get is the row of a key.
func (l *Ledger[T]) Get(key string) (value T, ok bool) {
	if i := index(l.rows, key); i >= 0 {
		return l.rows[i].value, true
	}
	return value, false
}

// All are the values of all rows, ended ones apart, in memory of the caller's.
func (l *Ledger[T]) All() []T { return values(l.rows, 0) }

// Put adds or replaces a row; false when there are limit rows already.
func (l *Ledger[T]) Put(key string, value T, limit int) bool {
	i := index(l.rows, key)
	if i < 0 {
		if len(l.rows) >= limit {
			return false
		}
		l.forget(key)
		i = len(l.rows)
		l.rows = append(l.rows, row[T]{key: key})
	}
	l.revision++
	l.rows[i].value, l.rows[i].revision = value, l.revision
	return true
}

// End removes a row and keeps its last value for subscriptions that were not told yet.
func (l *Ledger[T]) End(key string, last T) {
	if i := index(l.rows, key); i >= 0 {
		l.rows = slices.Delete(l.rows, i, i+1)
	}
	l.forget(key)
	if len(l.ended) >= MaxEnded {
		l.floor = max(l.floor, l.ended[0].revision)
		l.ended = slices.Delete(l.ended, 0, 1)
	}
	l.revision++
	l.ended = append(l.ended, row[T]{key: key, value: last, revision: l.revision})
}

// Since gives what changed after a revision and what ended after it. It is not complete when
// some of it was forgotten: then everything is to be told.
func (l *Ledger[T]) Since(revision uint64) (changed, ended []T, complete bool) {
	if revision < l.floor {
		return nil, nil, false
	}
	return values(l.rows, revision), values(l.ended, revision), true
}

// forget drops an ended row whose key is in use again: who was not told of the end is told
// everything, lest the new row be taken for a change of the old one.
func (l *Ledger[T]) forget(key string) {
	if i := index(l.ended, key); i >= 0 {
		l.floor = max(l.floor, l.ended[i].revision)
		l.ended = slices.Delete(l.ended, i, i+1)
	}
}

func index[T any](rows []row[T], key string) int {
	return slices.IndexFunc(rows, func(r row[T]) bool { return r.key == key })
}

func values[T any](rows []row[T], after uint64) []T {
	count := 0
	for i := range rows {
		if rows[i].revision > after {
			count++
		}
	}
	if count == 0 {
		return nil
	}
	list := make([]T, 0, count) // rows are large
	for i := range rows {
		if rows[i].revision > after {
			list = append(list, rows[i].value)
		}
	}
	return list
}
