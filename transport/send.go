package transport

import (
	"errors"
	"time"

	"hookflash/machine"
)

// Send sends a message on the flow's connection; one without a number goes on any open
// connection to its remote address, or on one that is dialled now. It never waits and
// doesn't copy data, which must not change afterwards. An error means the message was
// not taken; what goes wrong later is told by Handler.Unsent, if ticket isn't zero.
func (s *Streams) Send(flow machine.Flow, data []byte, ticket uint64) error {
	var err error
	for range 2 { // again when the connection found by its remote address ended meanwhile
		var c *connection
		if c, err = s.reach(flow); err != nil {
			break
		}
		if err = c.send(outgoing{data, ticket}); !errors.Is(err, ErrGone) || flow.Connection != 0 {
			break
		}
	}
	if err != nil {
		s.counters.failed.Add(1)
	}
	return err
}

// send writes a message, or what can't be written at once to the queue.
func (c *connection) send(m outgoing) error {
	if layered(c.flow.Transport) {
		return c.sendLayered(m)
	}
	c.mutex.Lock()
	broken, err := c.sendOrQueue(m)
	c.mutex.Unlock()
	if broken {
		c.end(err)
	}
	return err
}

// sendOrQueue tells whether the connection is broken. The caller holds c.mutex.
func (c *connection) sendOrQueue(m outgoing) (broken bool, err error) {
	if c.ended != nil || c.closing {
		return false, ErrGone
	}
	begun := false
	if c.attempt != nil && !c.writing && c.held == 0 {
		n, err := c.attempt.write(m.data)
		if err != nil || n == len(m.data) {
			return err != nil, err
		}
		begun = n > 0
		m.data = m.data[n:]
	}
	options := &c.streams.options
	size := len(m.data)
	full := c.queued+size > options.QueueBytes || len(c.queue) >= options.QueueMessages ||
		c.streams.unsent.Load()+int64(size) > int64(options.MaxUnsent)
	if full && !begun {
		return false, ErrQueueFull
	}
	c.queue = append(c.queue, m)
	c.queued += size
	c.streams.unsent.Add(int64(size))
	c.startWriter()
	return false, nil
}

// startWriter starts a writer if something waits and can be written; while layers are
// being put above the socket it waits for them. The caller holds c.mutex.
func (c *connection) startWriter() {
	if layered(c.flow.Transport) && !c.passable || c.held > 0 {
		return
	}
	if c.ready && !c.writing && len(c.queue) > 0 {
		c.writing = true
		c.writers.Go(c.write)
	}
}

// write empties the queue, waiting for the peer.
func (c *connection) write() {
	for {
		m, deadline, more := c.nextQueued()
		if !more {
			return
		}
		if len(m.data) > 0 { // not a mark
			_ = c.conn.SetWriteDeadline(deadline) // fails when closed, and the write says so
			if _, err := c.conn.Write(m.data); err != nil {
				c.end(err)
				continue
			}
		}
		c.mutex.Lock()
		c.queue[0] = outgoing{}
		c.queue = c.queue[1:]
		c.queued -= len(m.data)
		c.mutex.Unlock()
		c.streams.unsent.Add(-int64(len(m.data)))
	}
}

// nextQueued is the next message to write, which stays queued until it is written, and
// until when; false: the writer must stop.
func (c *connection) nextQueued() (m outgoing, deadline time.Time, more bool) {
	c.mutex.Lock()
	if c.ended == nil && len(c.queue) > 0 {
		deadline = time.Now().Add(c.streams.options.WriteTimeout)
		if !c.hurry.IsZero() && c.hurry.Before(deadline) {
			deadline = c.hurry
		}
		m = c.queue[0]
		c.mutex.Unlock()
		return m, deadline, true
	}
	c.writing = false
	queue, ended, finally := c.takeQueue(), c.ended, c.finally
	if ended == nil {
		_ = c.conn.SetWriteDeadline(time.Time{}) // the next attempt has none
	}
	c.mutex.Unlock()
	c.unsent(queue, ended)
	if finally {
		c.end(ErrShutdown)
	}
	return m, deadline, false
}

// takeQueue empties the queue. The caller holds c.mutex.
func (c *connection) takeQueue() []outgoing {
	queue := c.queue
	c.streams.unsent.Add(-int64(c.queued))
	c.queue, c.queued = nil, 0
	return queue
}

// unsent tells of messages that will never be written.
func (c *connection) unsent(queue []outgoing, reason error) {
	for _, m := range queue {
		c.streams.counters.failed.Add(1)
		if m.ticket != 0 {
			c.streams.handler.Unsent(c.flow, m.ticket, reason)
		}
	}
}
