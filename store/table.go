package store

import (
	"hash/maphash"
	"sync"
)

// shardCount is a power of two well above the number of cores, so that readers on the
// call path rarely meet a writer.
const shardCount = 256

// table maps names to immutable values. Any number of goroutines may use it: a value is
// replaced, never changed, so a reader holds a lock only while fetching the pointer.
type table[V any] struct {
	seed   maphash.Seed
	shards [shardCount]shard[V]
}

// shard fills a cache line, so that two locks never share one.
type shard[V any] struct {
	mutex   sync.RWMutex
	entries map[string]*V
	_       [32]byte
}

func newTable[V any]() *table[V] {
	t := &table[V]{seed: maphash.MakeSeed()}
	for i := range t.shards {
		t.shards[i].entries = make(map[string]*V)
	}
	return t
}

func (t *table[V]) shard(name string) *shard[V] {
	return &t.shards[maphash.String(t.seed, name)&(shardCount-1)]
}

// get is the value of name, nil when there is none.
func (t *table[V]) get(name string) *V {
	s := t.shard(name)
	s.mutex.RLock()
	value := s.entries[name]
	s.mutex.RUnlock()
	return value
}

// swap puts value under name, or removes name when value is nil, and returns what was
// there before.
func (t *table[V]) swap(name string, value *V) (previous *V) {
	s := t.shard(name)
	s.mutex.Lock()
	previous = s.entries[name]
	if value == nil {
		delete(s.entries, name)
	} else {
		s.entries[name] = value
	}
	s.mutex.Unlock()
	return previous
}

// replace is swap, if what is there is still old.
func (t *table[V]) replace(name string, old, value *V) bool {
	s := t.shard(name)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.entries[name] != old {
		return false
	}
	if value == nil {
		delete(s.entries, name)
	} else {
		s.entries[name] = value
	}
	return true
}

// collect appends the values of one shard to values.
func (t *table[V]) collect(index int, values []*V) []*V {
	s := &t.shards[index]
	s.mutex.RLock()
	for _, value := range s.entries {
		values = append(values, value)
	}
	s.mutex.RUnlock()
	return values
}

// count is the number of names.
func (t *table[V]) count() int {
	total := 0
	for i := range t.shards {
		s := &t.shards[i]
		s.mutex.RLock()
		total += len(s.entries)
		s.mutex.RUnlock()
	}
	return total
}
