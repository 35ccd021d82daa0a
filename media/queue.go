package media

import (
	"sync"
	"sync/atomic"

	"hookflash/media/graph"
)

// command is one change for one node of a worker.
type command struct {
	node   graph.Node
	change any // of package graph, or one of the following
}

// The changes that only the engine makes.
type (
	arrive struct{ node *node }                   // it lives here from now on
	expect struct{}                               // it will arrive: keep what it is told
	depart struct{ to *worker }                   // it moves
	ask    struct{ answer chan<- *Statistics }    // how it goes
	count  struct{ answer chan<- workerCounters } // of the whole worker
	loaded struct {                               // a player's file was read
		sound *sound
		err   error
	}
)

// queue is how changes reach a worker. What it holds is bounded by the nodes there are and what one
// Apply brings: a worker empties it at least once a tick.
type queue struct {
	mutex    sync.Mutex
	commands []command // guarded by mutex
	filled   atomic.Bool
}

// put adds a command; who puts wakes the worker afterwards.
func (q *queue) put(c command) {
	q.mutex.Lock()
	q.commands = append(q.commands, c)
	q.mutex.Unlock()
	q.filled.Store(true)
}

// take gives all commands in their order, in exchange for an empty slice.
func (q *queue) take(empty []command) []command {
	if !q.filled.Load() {
		return nil
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.filled.Store(false)
	commands := q.commands
	q.commands = empty[:0]
	return commands
}
