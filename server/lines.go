package server

import (
	"sync"
	"sync/atomic"
)

// lines counts the calls of trunks over all shards: proxy.Lines.
type lines struct{ counts sync.Map } // *atomic.Int64 by the trunk's name

func (l *lines) of(trunk string) *atomic.Int64 {
	if count, ok := l.counts.Load(trunk); ok {
		return count.(*atomic.Int64)
	}
	count, _ := l.counts.LoadOrStore(trunk, new(atomic.Int64))
	return count.(*atomic.Int64)
}

// Take implements proxy.Lines.
func (l *lines) Take(trunk string, limit int) bool {
	count := l.of(trunk)
	for {
		taken := count.Load()
		if limit > 0 && taken >= int64(limit) {
			return false
		}
		if count.CompareAndSwap(taken, taken+1) {
			return true
		}
	}
}

// Give implements proxy.Lines.
func (l *lines) Give(trunk string) { l.of(trunk).Add(-1) }
