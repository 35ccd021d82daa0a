package media

import (
	"fmt"
	"time"

	"hookflash/media/graph"
	"hookflash/media/rtp"
)

// Statistics are of one stream.
type Statistics struct {
	rtp.Statistics
	Relayed   uint64        // packets sent on as they came (see relay.go)
	Concealed uint64        // frames made up, because a packet was missing
	Late      uint64        // packets that came after their time
	Duplicate uint64        // packets that came twice
	Foreign   uint64        // packets dropped: from elsewhere than signalled
	Forged    uint64        // packets dropped: not authentic, or replayed
	Malformed uint64        // packets dropped: not RTP, RTCP or of their codec
	Unwanted  uint64        // packets dropped: nothing like it was to be taken
	Quiet     time.Duration // since the last packet was taken
}

func (s *stream) statistics(now time.Duration) Statistics {
	statistics := Statistics{
		Statistics: s.session.Statistics(), Foreign: s.drops.foreign, Forged: s.drops.forged,
		Malformed: s.drops.malformed, Unwanted: s.drops.unwanted, Quiet: now - s.heard, Relayed: s.relayed,
	}
	if s.in.buffer != nil {
		buffered := s.in.buffer.Statistics()
		statistics.Concealed, statistics.Late, statistics.Duplicate = buffered.Concealed, buffered.Late, buffered.Duplicate
	}
	return statistics
}

// Statistics tells how a stream goes: ErrNode when there is none, ErrClosed.
func (e *Engine) Statistics(stream graph.Node) (Statistics, error) {
	answer := make(chan *Statistics, 1)
	e.mutex.Lock()
	at := e.nodes[stream]
	if e.closed || at == nil {
		defer e.mutex.Unlock()
		if e.closed {
			return Statistics{}, ErrClosed
		}
		return Statistics{}, fmt.Errorf("statistics of node %d: %w", stream, ErrNode)
	}
	w := at.worker
	w.inbox.put(command{stream, ask{answer}})
	w.wake()
	e.mutex.Unlock()
	select {
	case statistics := <-answer:
		if statistics == nil {
			return Statistics{}, fmt.Errorf("statistics of node %d: %w", stream, ErrNode)
		}
		return *statistics, nil
	case <-w.done:
		return Statistics{}, ErrClosed
	}
}

// Counters are of a whole engine since it began.
type Counters struct {
	Ticks      uint64 // of all workers
	Skipped    uint64 // ticks left out because a worker was kept from running
	EventsLost uint64 // because nobody took them
}

// Counters tells how the engine goes: ErrClosed.
func (e *Engine) Counters() (Counters, error) {
	sum := Counters{EventsLost: e.teller.lost.Load()}
	for _, w := range e.workers {
		answer := make(chan workerCounters, 1)
		if err := e.question(w, command{0, count{answer}}); err != nil {
			return sum, err
		}
		select {
		case counters := <-answer:
			sum.Ticks += counters.ticks
			sum.Skipped += counters.skipped
		case <-w.done:
			return sum, ErrClosed
		}
	}
	return sum, nil
}

// question gives a worker something to answer.
func (e *Engine) question(w *worker, c command) error {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.closed {
		return ErrClosed
	}
	w.inbox.put(c)
	w.wake()
	return nil
}
