package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"hookflash/machine"
)

// layered tells whether anything stands between the socket and the messages.
func layered(transport machine.Transport) bool { return transport != machine.TCP }

// launch serves an open connection. A handshake needs a deep stack and waiting for
// messages does not, so each has a goroutine of its own.
func (c *connection) launch() {
	if layered(c.flow.Transport) {
		if err := c.establish(); err != nil {
			c.streams.counters.unlayered.Add(1)
			c.finish(err)
			c.streams.group.Done()
			return
		}
		go func() {
			defer c.streams.group.Done()
			c.run()
		}()
		return
	}
	defer c.streams.group.Done()
	c.run()
}

// establish puts TLS and WebSocket above the socket, in the time that a first message
// has, and sends what waited for them.
func (c *connection) establish() error {
	if c.conn == nil {
		return ErrShed
	}
	options, security := &c.streams.options, c.streams.security.Load()
	wait := options.MessageTimeout
	if !c.accepted {
		wait = options.DialTimeout
	}
	c.armed = c.since.Add(wait)
	_ = c.conn.SetDeadline(c.armed) // fails when closed, and the read says so
	err := c.stack(security)
	for err == nil && !c.stands() {
		c.mutex.Lock()
		waiting := c.takeQueue()
		c.mutex.Unlock()
		for i := range waiting {
			if err = c.pass(waiting[i]); err != nil {
				c.unsent(waiting[i:], err)
				break
			}
		}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ErrHandshakeTimeout
	}
	return err
}

// stack builds the layers, lowest first.
func (c *connection) stack(security *Security) error {
	var stream net.Conn = (*wire)(c)
	if secured(c.flow.Transport) {
		layer, err := c.handshake(security)
		if err != nil {
			return fmt.Errorf("handshake: %w", err)
		}
		c.secured, stream = layer, layer
	}
	if c.flow.Transport == machine.WS || c.flow.Transport == machine.WSS {
		layer, err := c.upgrade(stream, security)
		if err != nil {
			return fmt.Errorf("opening a WebSocket: %w", err)
		}
		c.web = layer
	}
	return nil
}

// stands lets messages pass from now on, unless some wait still.
func (c *connection) stands() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.queue) > 0 {
		return false
	}
	_ = c.conn.SetDeadline(time.Time{})
	c.armed = time.Time{}
	c.stage, c.passable = standing, true
	return true
}

// sendLayered gives a message to the layers, or to the queue while they don't stand yet.
func (c *connection) sendLayered(m outgoing) error {
	options := &c.streams.options
	size := len(m.data)
	c.mutex.Lock()
	switch {
	case c.ended != nil || c.closing:
		c.mutex.Unlock()
		return ErrGone
	case c.queued+size > options.QueueBytes || len(c.queue) >= options.QueueMessages ||
		c.streams.unsent.Load()+int64(size) > int64(options.MaxUnsent):
		c.mutex.Unlock()
		return ErrQueueFull
	case !c.passable:
		c.queue = append(c.queue, m)
		c.queued += size
		c.streams.unsent.Add(int64(size))
		c.mutex.Unlock()
		return nil
	}
	c.mutex.Unlock()
	return c.pass(m)
}

// pass sends a message through the layers, which never wait once they stand.
func (c *connection) pass(m outgoing) (err error) {
	if c.web != nil {
		// RFC 7118 §5: either kind is right, but text must be UTF-8 (RFC 6455 §8.1).
		kind := websocket.MessageText
		if !utf8.Valid(m.data) {
			kind = websocket.MessageBinary
		}
		err = c.web.Write(context.Background(), kind, m.data)
	} else {
		_, err = c.secured.Write(m.data)
	}
	if err == nil {
		err = c.mark(m.ticket)
	}
	if err != nil {
		c.end(err)
	}
	return err
}

// mark has the sender told if what is queued by now is never sent.
func (c *connection) mark(ticket uint64) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch {
	case ticket == 0 || len(c.queue) == 0 && c.ended == nil:
		return nil
	case c.ended != nil:
		return ErrGone
	}
	c.queue = append(c.queue, outgoing{ticket: ticket})
	return nil
}
