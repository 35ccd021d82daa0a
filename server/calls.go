package server

import (
	"hash/maphash"
	"sync"
)

// userCalls counts the calls of users over all shards: proxy.Calls. Users of different parts don't wait for each other.
type userCalls [64]struct {
	mutex  sync.Mutex
	counts map[string]int32
}

func newUserCalls() *userCalls {
	u := &userCalls{}
	for i := range u {
		u[i].counts = map[string]int32{}
	}
	return u
}

func (u *userCalls) add(user string, by int32) {
	part := &u[maphash.String(shardSeed, user)%uint64(len(u))]
	part.mutex.Lock()
	if count := part.counts[user] + by; count == 0 {
		delete(part.counts, user)
	} else {
		part.counts[user] = count
	}
	part.mutex.Unlock()
}

// Begin implements proxy.Calls.
func (u *userCalls) Begin(user string) { u.add(user, 1) }

// End implements proxy.Calls.
func (u *userCalls) End(user string) { u.add(user, -1) }

// Count implements proxy.Calls.
func (u *userCalls) Count(user string) int {
	part := &u[maphash.String(shardSeed, user)%uint64(len(u))]
	part.mutex.Lock()
	count := part.counts[user]
	part.mutex.Unlock()
	return int(count)
}
