package media

import (
	"errors"
	"sync/atomic"
	"time"

	"hookflash/media/graph"
	"hookflash/media/rtp"
	"hookflash/media/socket"
)

// worker owns nodes and rooms. All but the inbox and load belong to its goroutine.
type worker struct {
	engine *Engine
	inbox  *queue
	load   int // nodes, as the engine counts; guarded by its mutex
	pacer  *pacer
	quit   atomic.Bool
	asleep atomic.Bool // it waits for a kick
	done   chan struct{}

	nodes  []*node       // in the order they came
	watch  *socket.Watch // of the streams that are relayed
	pairs  int           // of streams that are relayed
	passed time.Duration // when a packet was there to relay, since the engine began
	// unsettled rooms have changed.
	unsettled []*room
	known     map[graph.Node]*node
	rooms     map[graph.Room]*room
	gathered  []*room // the rooms, to go through
	tuners    map[*station]*tuner
	spare     []command
	counters  workerCounters

	now     moment
	next    int64 // the tick in which streams send next, or that has been
	beating bool  // it is under way
	pace    pace
	batch   *socket.Batch
	header  rtp.Header
	packet  [packetSize]byte
	samples [pcmSize]int16 // of one packet
}

// moment is one instant as a tick sees it.
type moment struct {
	time  time.Time
	since time.Duration // since the engine began
	tick  int64
}

// packetSize has room for a packet of ours, and what SRTP adds.
const packetSize = 2048

// workerCounters are sums over the life of a worker.
type workerCounters struct {
	ticks, skipped uint64
}

func newWorker(e *Engine) (*worker, error) {
	pacer, err := newPacer()
	if err != nil {
		return nil, err
	}
	watch, err := socket.NewWatch()
	if err != nil {
		return nil, errors.Join(err, pacer.close())
	}
	return &worker{
		watch: watch, engine: e, inbox: &queue{}, pacer: pacer, done: make(chan struct{}),
		known: map[graph.Node]*node{}, rooms: map[graph.Room]*room{}, tuners: map[*station]*tuner{}, batch: socket.NewBatch(),
	}, nil
}

// stop ends the worker; done tells when.
func (w *worker) stop() {
	w.quit.Store(true)
	w.pacer.kick()
}

// wake makes the worker look at its inbox. One that ticks does so at the next tick anyway.
func (w *worker) wake() {
	if w.asleep.CompareAndSwap(true, false) {
		w.pacer.kick()
	}
}

// run steps at every tick while there is anything to do in them, and when it is woken.
func (w *worker) run() {
	defer close(w.done)
	w.pacer.run(w.step)
}

// step takes the changes that have come, and does the work of a tick if one is due.
func (w *worker) step() (done bool) {
	if w.quit.Load() {
		w.end()
		return true
	}
	w.asleep.Store(false)
	w.drain()
	since := time.Since(w.engine.began)
	if !w.busy() {
		w.rest()
		return false
	}
	if !w.pace.running {
		w.pace.begin(since)
	}
	if tick, missed, ok := w.pace.due(since); ok {
		w.counters.skipped += uint64(missed)
		w.beat(tick)
	} else if w.pairs > 0 {
		w.relays()
	}
	since = time.Since(w.engine.began)
	wait := w.pace.wait(since)
	if w.pairs > 0 && since-w.passed < passPatience {
		wait = min(wait, passEvery-since%passEvery)
	}
	w.pacer.arm(wait)
	return false
}

// rest sleeps until the next change.
func (w *worker) rest() {
	w.pace.running = false
	w.pacer.disarm()
	w.asleep.Store(true)
	if w.inbox.filled.Load() || w.quit.Load() { // it came in between
		w.wake()
	}
}

// busy tells whether any node needs ticks: the device alone doesn't.
func (w *worker) busy() bool {
	return len(w.nodes) > 1 || len(w.nodes) == 1 && (w.nodes[0].id != graph.Device || w.nodes[0].room != nil)
}

// beat does the work of one tick.
func (w *worker) beat(tick int64) {
	w.look()
	w.now.tick, w.next, w.beating = tick, tick, true
	if w.pairs > 0 {
		w.relays()
		w.now.tick = tick
	}
	for _, n := range w.nodes {
		n.part.read(w)
	}
	for _, r := range w.gathered {
		r.tick()
	}
	for _, n := range w.nodes {
		n.part.write(w)
	}
	w.next, w.beating = tick+1, false
	w.counters.ticks++
}

// upcoming is the tick in which streams send next.
func (w *worker) upcoming() int64 {
	if w.beating {
		return w.next
	}
	return max(w.now.tick, w.next)
}

// look looks at the clock.
func (w *worker) look() {
	now := time.Now()
	since := now.Sub(w.engine.began)
	w.now = moment{time: now, since: since, tick: int64(since / Tick)}
}

// end closes all nodes, and what is still on its way here.
func (w *worker) end() {
	w.drain()
	w.look()
	for len(w.nodes) > 0 {
		w.remove(w.nodes[len(w.nodes)-1])
	}
}
