package transport

import (
	"sync"

	"hookflash/machine"
)

// Message is one that leaves on a stream, as Send takes it.
type Message struct {
	Flow   machine.Flow
	Data   []byte // never changed afterwards
	Ticket uint64
	// Err is set by SendAll: what Send would have given.
	Err error

	taken bool // by a call for an earlier one
}

const (
	// maxTogether and maxJoined bound what leaves with one system call, in messages and bytes.
	maxTogether = 32
	maxJoined   = 64 << 10
)

// SendAll sends messages as Send does; those of one flow leave together. It tells how many
// were not taken.
func (s *Streams) SendAll(messages []Message) (failed int) {
	var places [maxTogether]int
	for i := range messages {
		if messages[i].taken {
			continue
		}
		group, size := append(places[:0], i), len(messages[i].Data)
		for j := i + 1; j < len(messages) && len(group) < maxTogether; j++ {
			if messages[j].taken || messages[j].Flow != messages[i].Flow {
				continue
			}
			if size += len(messages[j].Data); size > maxJoined {
				break
			}
			group = append(group, j)
		}
		failed += s.sendTogether(messages, group)
	}
	return failed
}

// sendTogether sends the messages at some places, all of one flow.
func (s *Streams) sendTogether(messages []Message, places []int) (failed int) {
	var held *connection
	if len(places) > 1 {
		if c, err := s.reach(messages[places[0]].Flow); err == nil && c.hold() {
			held = c
		}
	}
	for _, i := range places {
		m := &messages[i]
		m.taken = true
		if held == nil {
			m.Err = s.Send(m.Flow, m.Data, m.Ticket)
		} else if m.Err = held.send(outgoing{m.Data, m.Ticket}); m.Err != nil {
			s.counters.failed.Add(1)
		}
		if m.Err != nil {
			failed++
		}
	}
	if held != nil {
		held.release()
	}
	return failed
}

// hold lets what is sent wait in the queue until release; false when it would have to wait
// anyhow.
func (c *connection) hold() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.attempt == nil || c.writing || c.closing || c.ended != nil || layered(c.flow.Transport) && !c.passable {
		return false
	}
	c.held++
	return true
}

// release writes what has gathered.
func (c *connection) release() {
	c.mutex.Lock()
	var err error
	if c.held--; c.held == 0 && !c.writing && c.ended == nil {
		err = c.writeQueue()
	}
	c.mutex.Unlock()
	if err != nil {
		c.end(err)
	}
}

var joins = sync.Pool{New: func() any { return new(make([]byte, 0, maxJoined)) }}

// writeQueue writes without waiting what it can of the queue, and leaves the rest to a
// writer. The caller holds c.mutex.
func (c *connection) writeQueue() error {
	buffer := joins.Get().(*[]byte)
	defer joins.Put(buffer)
	for len(c.queue) > 0 {
		joined := c.queue[0].data
		if len(c.queue) > 1 && len(joined) < maxJoined {
			joined = (*buffer)[:0]
			for i := range c.queue {
				if len(joined)+len(c.queue[i].data) > maxJoined {
					break
				}
				joined = append(joined, c.queue[i].data...)
			}
		}
		n, err := c.attempt.write(joined)
		if err != nil {
			return err
		}
		c.strike(n)
		if n < len(joined) {
			break
		}
	}
	c.startWriter()
	return nil
}

// strike takes bytes that were written off the queue. The caller holds c.mutex.
func (c *connection) strike(n int) {
	c.queued -= n
	c.streams.unsent.Add(-int64(n))
	for len(c.queue) > 0 && n >= len(c.queue[0].data) {
		n -= len(c.queue[0].data)
		c.queue[0] = outgoing{}
		c.queue = c.queue[1:]
	}
	if len(c.queue) > 0 {
		c.queue[0].data = c.queue[0].data[n:]
	} else {
		c.queue = nil
	}
}
