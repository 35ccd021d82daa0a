package media

import (
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
	quit   chan struct{}
	done   chan struct{}

	nodes    []*node // in the order they came
	known    map[graph.Node]*node
	rooms    map[graph.Room]*room
	gathered []*room // the rooms, to go through
	spare    []command
	counters workerCounters

	now    moment
	tick   int64 // the number of the tick that is due next, since the engine began
	batch  *socket.Batch
	header rtp.Header
	packet [packetSize]byte
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

func newWorker(e *Engine) *worker {
	return &worker{
		engine: e, inbox: newQueue(), quit: make(chan struct{}), done: make(chan struct{}),
		known: map[graph.Node]*node{}, rooms: map[graph.Room]*room{}, batch: socket.NewBatch(),
	}
}

func (w *worker) stop() { close(w.quit) }

// run wakes at the ticks while there is anything to do in them, and whenever a change comes.
func (w *worker) run() {
	defer close(w.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	ticking := false
	for {
		if !ticking && w.busy() {
			w.tick = int64(time.Since(w.engine.began)/Tick) + 1
			ticking = true
		}
		due := time.Hour
		if ticking {
			due = w.engine.at(w.tick).Sub(time.Now())
		}
		timer.Reset(max(due, 0))
		select {
		case <-w.quit:
			w.end()
			return
		case <-w.inbox.bell:
			w.drain()
		case <-timer.C:
			if ticking = w.busy(); ticking {
				w.beat()
			}
		}
	}
}

// at is when a tick is due.
func (e *Engine) at(tick int64) time.Time { return e.began.Add(time.Duration(tick) * Tick) }

// busy tells whether any node needs ticks: the device alone doesn't.
func (w *worker) busy() bool {
	return len(w.nodes) > 1 || len(w.nodes) == 1 && (w.nodes[0].id != graph.Device || w.nodes[0].room != nil)
}

// beat does the work of one tick, and goes on to the next that isn't over.
func (w *worker) beat() {
	w.drain()
	w.look()
	for _, n := range w.nodes {
		n.part.read(w)
	}
	for _, r := range w.gathered {
		r.mixer.Tick(r.members)
	}
	for _, n := range w.nodes {
		n.part.write(w)
	}
	w.counters.ticks++
	w.tick++
	if late := int64(time.Since(w.engine.began)/Tick) - w.tick; late > 0 {
		w.counters.skipped += uint64(late)
		w.tick += late
	}
}

// look looks at the clock.
func (w *worker) look() {
	now := time.Now()
	w.now = moment{time: now, since: now.Sub(w.engine.began), tick: w.tick}
}

// end closes all nodes, and what is still on its way here.
func (w *worker) end() {
	w.drain()
	w.look()
	for len(w.nodes) > 0 {
		w.remove(w.nodes[len(w.nodes)-1])
	}
}
