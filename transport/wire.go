package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// stage is how far the layers above a connection's socket stand. The connection's
// goroutine moves it on.
type stage uint8

const (
	opening     stage = iota // nobody else sends or receives; reads and writes wait as long as establish lets them
	handshaking              // the same, and this goroutine has the slot of s.handshakes except while it waits for the peer
	standing                 // reads keep the connection's deadlines, writes go to its queue
)

// wire is a connection's socket as TLS and WebSocket see it.
type wire connection

// Read waits for bytes of the peer.
func (w *wire) Read(p []byte) (int, error) {
	c := (*connection)(w)
	switch c.stage {
	case handshaking:
		<-c.streams.handshakes
		n, err := c.conn.Read(p)
		c.streams.handshakes <- struct{}{}
		if err == nil && time.Now().After(c.armed) {
			err = os.ErrDeadlineExceeded // it waited for the slot for too long
		}
		return n, err
	case opening:
		return c.conn.Read(p)
	case standing:
	}
	for {
		c.arm(time.Now())
		if !c.lingering && c.leaving() {
			_ = c.conn.SetReadDeadline(past)
		}
		n, err := c.receive(p)
		if n > 0 {
			c.pinged = false
			c.arrived += n
		}
		if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && c.ping() {
			continue
		}
		if c.web != nil && c.arrived > maxOnWire {
			return 0, ErrFlood
		}
		return n, err
	}
}

// receive waits for bytes of the peer.
func (c *connection) receive(p []byte) (int, error) {
	if c.attempt != nil {
		return c.attempt.read(p)
	}
	return c.conn.Read(p)
}

// Write sends bytes that a layer made of messages, after those before them.
func (w *wire) Write(p []byte) (int, error) {
	c := (*connection)(w)
	if c.stage != standing {
		return c.conn.Write(p)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(p), c.enqueue(p)
}

// enqueue writes what can be written at once and queues a copy of the rest. The caller
// holds c.mutex.
func (c *connection) enqueue(p []byte) error {
	if c.attempt != nil && !c.writing && c.held == 0 {
		n, err := c.attempt.write(p)
		if err != nil || n == len(p) {
			return err
		}
		p = p[n:]
	}
	switch {
	case c.ended != nil:
		return nil // a goodbye that finds no room
	case c.queued+len(p) > 2*c.streams.options.QueueBytes: // pass has asked about less
		return ErrQueueFull
	}
	c.queue = append(c.queue, outgoing{data: bytes.Clone(p)})
	c.queued += len(p)
	c.streams.unsent.Add(int64(len(p)))
	c.startWriter()
	return nil
}

// Close ends the connection, when a layer finds that the peer has closed it.
func (w *wire) Close() error {
	(*connection)(w).end(io.EOF)
	return nil
}

// LocalAddr is the socket's.
func (w *wire) LocalAddr() net.Addr { return w.conn.LocalAddr() }

// RemoteAddr is the socket's.
func (w *wire) RemoteAddr() net.Addr { return w.conn.RemoteAddr() }

// SetDeadline, SetReadDeadline and SetWriteDeadline do nothing: the connection's
// deadlines are its own.
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// past is a deadline that is over, to wake a reader.
var past = time.Unix(1, 0)

// leaving tells whether the connection is being closed in good order.
func (c *connection) leaving() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.goodbye
}

// ping asks a WebSocket that was silent for PingInterval whether it is there; false when
// it was asked already, or the time is up for another reason.
func (c *connection) ping() bool {
	if c.web == nil || c.pinged || c.midway || !c.proven || c.leaving() || c.lingering {
		return false
	}
	c.pinged = true
	c.since = time.Now()
	c.writers.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), c.streams.options.PingTimeout)
		defer cancel()
		_ = c.web.Ping(ctx) // the reader notices
	})
	return true
}
