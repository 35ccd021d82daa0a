package server

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"hookflash/identity"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/registrar"
	"hookflash/transport"
)

// turnstile lets outputs leave in the order of the steps that made them. A step draws a
// ticket while it holds the machine's mutex; whoever sends waits until every earlier
// ticket has left.
type turnstile struct {
	drawn atomic.Uint64 // written under the machine's mutex
	left  atomic.Uint64
	mutex sync.Mutex
	cond  *sync.Cond
}

func newTurnstile() *turnstile {
	t := &turnstile{}
	t.cond = sync.NewCond(&t.mutex)
	return t
}

func (t *turnstile) draw() uint64 { return t.drawn.Add(1) }

// ready tells whether everything before a ticket has left.
func (t *turnstile) ready(ticket uint64) bool { return t.left.Load()+1 >= ticket }

func (t *turnstile) wait(ticket uint64) {
	if t.ready(ticket) {
		return
	}
	t.mutex.Lock()
	for !t.ready(ticket) {
		t.cond.Wait()
	}
	t.mutex.Unlock()
}

func (t *turnstile) leave(ticket uint64) {
	t.mutex.Lock()
	t.left.Store(ticket)
	t.mutex.Unlock()
	t.cond.Broadcast()
}

// callShard holds one proxy machine. The mutex is held for one step and never while
// another one is held.
type callShard struct {
	mutex   sync.Mutex
	gate    *turnstile
	machine *proxy.Machine
}

// userShard holds what is kept by user: nonce windows and guesses. Registrations of one
// address of record are stepped one after the other under its mutex.
type userShard struct {
	mutex      sync.Mutex
	gate       *turnstile
	identifier *identity.Identifier
	registrar  *registrar.Registrar
}

var shardSeed = maphash.MakeSeed()

func (s *Server) callShardOf(callID string) *callShard {
	return s.calls[maphash.String(shardSeed, callID)%uint64(len(s.calls))]
}

func (s *Server) userShardOf(user string) *userShard {
	return s.users[maphash.String(shardSeed, user)%uint64(len(s.users))]
}

// Limits of the shell.
const (
	MaxJobs    = 4096
	MaxJobWait = time.Second
	JobWorkers = 64 // names looked up at once: each waits for a name server
	SlowStep   = 20 * time.Millisecond
	tick       = 50 * time.Millisecond // how often due timers are looked for
)

// segment is a run of sends in a batch that one step made.
type segment struct {
	gate   *turnstile
	ticket uint64
	shard  *callShard // to be told of what could not be sent; nil: nobody
	end    int        // index after its last send
	jobs   int        // index after its last job
}

// batch gathers the outputs of the messages that arrived together. It belongs to one
// goroutine.
type batch struct {
	server    *Server
	out       machine.Output
	staged    int // changes of out that the store has seen
	segments  []segment
	commit    committer
	listener  int // of the datagrams gathered
	datagrams []transport.Datagram
	origins   []origin // of the datagrams, one each
	streamed  []transport.Message
	shards    []*callShard // that they are from, one each
	failed    []origin
}
