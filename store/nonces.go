package store

import (
	"hash/maphash"
	"strings"
	"sync"
	"time"

	"hookflash/digest"
)

// floorKept is how long after its last nonce a user's floor is remembered: it refuses
// old nonces should the clock be set back.
const floorKept = 24 * time.Hour

// nonces is which nonces were used, as the log tells it. Any number of goroutines may
// use it; a shard's mutex is taken after log.staging.
type nonces struct {
	lifetime time.Duration
	seed     maphash.Seed
	shards   [shardCount]noncesShard
}

type noncesShard struct {
	mutex sync.Mutex
	users map[string]*digest.Windows
}

func newNonces(lifetime time.Duration) *nonces {
	if lifetime <= 0 {
		lifetime = digest.Lifetime
	}
	n := &nonces{lifetime: lifetime, seed: maphash.MakeSeed()}
	for i := range n.shards {
		n.shards[i].users = make(map[string]*digest.Windows)
	}
	return n
}

func (n *nonces) shard(username string) *noncesShard {
	return &n.shards[maphash.String(n.seed, username)&(shardCount-1)]
}

// remember notes a use.
func (n *nonces) remember(now time.Time, use digest.Use) {
	s := n.shard(use.Username)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	windows := s.users[use.Username]
	if windows == nil {
		windows = new(digest.Windows)
		s.users[strings.Clone(use.Username)] = windows
	}
	windows.Restore(now, use.Nonce, use.NC)
}

// put replaces the windows of a user.
func (n *nonces) put(username string, windows digest.Windows) {
	s := n.shard(username)
	s.mutex.Lock()
	s.users[username] = &windows
	s.mutex.Unlock()
}

// prune forgets, in one shard, nonces past their lifetime and users without any, and
// appends the names of the others to names.
func (n *nonces) prune(index int, now time.Time, names []string) []string {
	s := &n.shards[index]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for username, windows := range s.users {
		windows.Prune(now, n.lifetime)
		if windows.Len() == 0 && windows.Floor() < now.Add(-floorKept).UnixMilli() {
			delete(s.users, username)
			continue
		}
		names = append(names, username)
	}
	return names
}

// appendWindows encodes the windows of a user; false when there are none.
func (n *nonces) appendWindows(buffer []byte, username string) ([]byte, bool) {
	s := n.shard(username)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	windows := s.users[username]
	if windows == nil {
		return buffer, false
	}
	buffer = append(buffer, kindWindows)
	buffer = appendString(buffer, username)
	return windows.Append(buffer), true
}

// StageUse puts the use of a nonce in the batch, to be kept by its Commit.
func (b *Batch) StageUse(use digest.Use) {
	l := b.bindings.log
	l.staging.Lock()
	defer l.staging.Unlock()
	if !l.admit(b) {
		return
	}
	start := len(l.pending)
	l.pending = openFrame(l.pending)
	l.pending = append(l.pending, kindUse)
	l.pending = use.Append(l.pending)
	if l.finish(b, start) {
		b.bindings.nonces.remember(b.bindings.now(), use)
		// A use that could not be kept stays used for this process: its owner takes the
		// next count.
		l.undo = append(l.undo, undo{batch: b})
	}
}

// EachWindows calls each with a copy of every user's windows: after OpenBindings, what
// was in use before the restart.
func (b *Bindings) EachWindows(each func(username string, windows digest.Windows)) {
	var names []string
	var buffer []byte
	for i := range shardCount {
		names = b.nonces.prune(i, b.now(), names[:0])
		for _, username := range names {
			encoded, ok := b.nonces.appendWindows(buffer[:0], username)
			if !ok {
				continue
			}
			buffer = encoded
			if _, windows, ok := parseWindows(encoded); ok {
				each(username, windows)
			}
		}
	}
}

// parseWindows reads what appendWindows wrote.
func parseWindows(payload []byte) (username string, windows digest.Windows, ok bool) {
	d := decoder{text: string(payload)}
	if d.byte() != kindWindows {
		return "", windows, false
	}
	username = d.string()
	if d.failed {
		return "", windows, false
	}
	windows, rest, err := digest.ParseWindows(payload[len(payload)-len(d.text):])
	return strings.Clone(username), windows, err == nil && len(rest) == 0
}
