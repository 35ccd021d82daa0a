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

// owner is a machine and its mutex, as those see it who let its outputs out.
type owner interface {
	// unsent steps it with a message of its that could not be sent, or was not since what it had to wait for
	// could not be kept.
	unsent(b *batch, now time.Time, ticket uint64, unkept bool)
	// done steps it with the result of a job of its.
	done(b *batch, now time.Time, job machine.Job, result any)
	// patience is how long a job of its may wait for a worker.
	patience() time.Duration
}

// callShard holds one proxy machine. The mutex is held for one step and never while
// another one is held.
type callShard struct {
	mutex   sync.Mutex
	gate    *turnstile
	machine *proxy.Machine
	inbox   inbox
}

func newCallShard(machine *proxy.Machine) *callShard {
	c := &callShard{gate: newTurnstile(), machine: machine}
	c.inbox.owner = c
	return c
}

// unsent implements owner.
func (c *callShard) unsent(b *batch, now time.Time, ticket uint64, unkept bool) {
	c.mutex.Lock()
	if unkept {
		c.machine.Unkept(now, ticket, &b.out)
	} else {
		c.machine.SendFailed(now, ticket, &b.out)
	}
	b.close(c.gate.draw(), c.gate, c)
	c.mutex.Unlock()
}

// done implements owner.
func (c *callShard) done(b *batch, now time.Time, job machine.Job, result any) {
	c.mutex.Lock()
	job.Done(now, result, &b.out)
	b.close(c.gate.draw(), c.gate, c)
	c.mutex.Unlock()
}

// patience implements owner.
func (c *callShard) patience() time.Duration { return MaxJobWait }

// userShard holds what is kept by user: nonce windows and guesses. Registrations of one
// address of record are stepped one after the other under its mutex.
type userShard struct {
	mutex      sync.Mutex
	gate       *turnstile
	identifier *identity.Identifier
	registrar  *registrar.Registrar
	lastMutex  sync.Mutex              // of last, which is asked in steps of other machines
	last       map[string]proxy.Called // who called a user last
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
	gate    *turnstile
	ticket  uint64
	owner   owner // to be told of what could not be sent; nil: nobody
	end     int   // index after its last send
	changes int   // index after its last change
	media   int   // index after its last change of the media graph
	jobs    int   // index after its last job
}

// batch gathers the outputs of the messages that arrived together. It belongs to one
// goroutine.
type batch struct {
	server    *Server
	out       machine.Output
	staged    int // changes of out that the store has seen
	told      int // events of out that agents have heard of
	segments  []segment
	commit    committer
	listener  int // of the datagrams gathered
	datagrams []transport.Datagram
	origins   []origin // of the datagrams, one each
	streamed  []transport.Message
	owners    []owner // that they are from, one each
	failed    []origin
	boxes     []*inbox // that something was put into
	delivered []*inbox // scratch of deliver
}
