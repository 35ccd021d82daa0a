package sim

import (
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"hookflash/internal/ladder"
)

// Limits of a run.
const (
	DefaultMaxEvents = 2_000_000
	MaxStall         = 1000
	MaxKeptEvents    = 10_000
)

// quietGap: when the next event is further away than this, the network is quiet. It
// outlasts Timer C (RFC 3261 §16.6 step 11), not the refreshing of registrations.
const quietGap = 4 * time.Minute

// Errors of a run.
var (
	ErrEventLimit = errors.New("sim: more events than Config.MaxEvents")
	ErrStall      = errors.New("sim: a machine asks to be advanced again and again without progress of time")
	ErrNotQuiet   = errors.New("sim: not quiet in the time given")
	ErrNeverTrue  = errors.New("sim: the condition did not come true in the time given")
	ErrChanged    = errors.New("sim: a machine changed the data of a message after sending it")
)

// Config describes a network. The zero value works.
type Config struct {
	Seed      uint64
	Link      Link          // of every pair of hosts without one of its own
	JobDelay  time.Duration // until a job is done; zero: 5 ms, negative: none
	Start     time.Time     // of the virtual clock; zero: 2026-01-01 00:00 UTC
	MaxEvents int           // zero: DefaultMaxEvents
	Brief     bool          // leaves the messages themselves out of the ladder
}

// Network is the hosts, the links between them and the one clock.
type Network struct {
	config    Config
	now       time.Time
	random    *rand.Rand
	events    eventHeap
	order     uint64
	processed int
	hosts     []*Host
	phones    []*Phone
	listeners map[endpoint]listener
	links     map[[2]string]Link
	losses    map[string]int // copies lost per datagram
	numbers   uint64         // of connections
	ports     uint16
	recorder  ladder.Recorder
	failure   error
}

// New makes an empty network.
func New(config Config) *Network {
	if config.Start.IsZero() {
		config.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if config.MaxEvents == 0 {
		config.MaxEvents = DefaultMaxEvents
	}
	if config.JobDelay == 0 {
		config.JobDelay = 5 * time.Millisecond
	}
	return &Network{
		config: config, now: config.Start,
		random:    rand.New(rand.NewPCG(config.Seed, 0x5349_5020)),
		listeners: map[endpoint]listener{}, links: map[[2]string]Link{}, losses: map[string]int{},
		recorder: ladder.Recorder{Brief: config.Brief},
	}
}

// Now is the virtual time.
func (n *Network) Now() time.Time { return n.now }

// Elapsed is the virtual time since the start.
func (n *Network) Elapsed() time.Duration { return n.now.Sub(n.config.Start) }

// Ladder is what happened so far.
func (n *Network) Ladder() *ladder.Ladder { return n.recorder.Ladder() }

// Forget leaves what happened so far out of the ladder.
func (n *Network) Forget() { n.recorder.Forget() }

// Note adds a remark below the last arrow of the ladder.
func (n *Network) Note(text string) { n.recorder.Note(text) }

// Fail ends the run with an error; the first one counts.
func (n *Network) Fail(err error) {
	if n.failure == nil {
		n.failure = fmt.Errorf("after %v: %w", n.Elapsed(), err)
	}
}

// At runs a step of the script at a time since the start; at once if that is past.
func (n *Network) At(offset time.Duration, step func()) {
	n.push(n.config.Start.Add(offset), func() { step(); n.reschedule() })
}

// After runs a step of the script after some time.
func (n *Network) After(wait time.Duration, step func()) { n.At(n.Elapsed()+wait, step) }

// event is something that happens at a time. Events of the same time happen in the
// order in which they were put there.
type event struct {
	at    time.Time
	order uint64
	run   func()
}

func (n *Network) push(at time.Time, run func()) {
	if at.Before(n.now) {
		at = n.now
	}
	n.order++
	heap.Push(&n.events, event{at: at, order: n.order, run: run})
}

type eventHeap []event

func (h eventHeap) Len() int      { return len(h) }
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h eventHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].order < h[j].order
	}
	return h[i].at.Before(h[j].at)
}
func (h *eventHeap) Push(value any) { *h = append(*h, value.(event)) }
func (h *eventHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = event{}
	*h = old[:len(old)-1]
	return last
}

// next is the time of the next event; false when there is none.
func (n *Network) next() (time.Time, bool) {
	n.reschedule()
	if len(n.events) == 0 {
		return time.Time{}, false
	}
	return n.events[0].at, true
}

func (n *Network) step() {
	if n.processed++; n.processed > n.config.MaxEvents {
		n.Fail(ErrEventLimit)
		return
	}
	event := heap.Pop(&n.events).(event)
	n.now = event.at
	event.run()
}

// reschedule puts the deadlines of all hosts in: a script may have changed them.
func (n *Network) reschedule() {
	for _, host := range n.hosts {
		host.schedule()
	}
}

// Run lets the time pass until some time since the start. It ends early with an error
// when a limit is hit or a machine breaks its contract.
func (n *Network) Run(until time.Duration) error {
	end := n.config.Start.Add(until)
	for n.failure == nil {
		at, ok := n.next()
		if !ok || at.After(end) {
			break
		}
		n.step()
	}
	if n.failure == nil && n.now.Before(end) {
		n.now = end
	}
	return n.failure
}

// RunFor lets some time pass.
func (n *Network) RunFor(wait time.Duration) error { return n.Run(n.Elapsed() + wait) }

// RunUntil lets the time pass until the condition, asked after every event, is true:
// ErrNeverTrue when it still isn't after at most wait.
func (n *Network) RunUntil(condition func() bool, wait time.Duration) error {
	end := n.now.Add(wait)
	for n.failure == nil && !condition() {
		at, ok := n.next()
		if !ok || at.After(end) {
			return fmt.Errorf("%w (%v)", ErrNeverTrue, wait)
		}
		n.step()
	}
	return n.failure
}

// RunUntilQuiet lets the time pass until nothing happens for four minutes to come:
// ErrNotQuiet when that takes longer than wait.
func (n *Network) RunUntilQuiet(wait time.Duration) error {
	end := n.now.Add(wait)
	for n.failure == nil {
		at, ok := n.next()
		if !ok || at.Sub(n.now) > quietGap {
			break
		}
		if at.After(end) {
			return fmt.Errorf("%w (%v)", ErrNotQuiet, wait)
		}
		n.step()
	}
	return n.failure
}
