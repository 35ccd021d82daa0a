package transport

import (
	"bytes"
	"errors"
	"io"
	"os"
	"time"

	"github.com/coder/websocket"
)

const (
	// minRead and maxRead bound the read buffer of a connection in bytes: small while
	// idle, larger while reads fill it.
	minRead = 2 << 10
	maxRead = 64 << 10
	// maxLinger is how many bytes are read and thrown away before a refused connection
	// is closed, so that its peer reads the response rather than a reset.
	maxLinger = 64 << 10
)

var pongs = bytes.Repeat([]byte("\r\n"), maxRead/4)

// run serves an open connection until it ends.
func (c *connection) run() {
	var reason error
	switch {
	case c.conn == nil:
	case c.web != nil:
		reason = c.readWeb()
	case c.secured != nil:
		reason = c.read(c.secured.Read)
	default:
		reason = c.read(c.receive)
	}
	c.finish(reason)
}

// read reads messages until the stream ends.
func (c *connection) read(receive func([]byte) (int, error)) error {
	buffer := make([]byte, minRead)
	for {
		if c.secured == nil { // else wire does
			c.arm(time.Now())
		}
		n, err := receive(buffer)
		if n > 0 {
			if err := c.take(buffer[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && (c.framer.Pending() > 0 || !c.proven):
			return ErrMessageTimeout
		case errors.Is(err, os.ErrDeadlineExceeded):
			return ErrIdle
		case errors.Is(err, io.ErrUnexpectedEOF) && c.framer.Pending() == 0:
			return io.EOF // without close_notify, as many do; a message would be missed by its length
		case errors.Is(err, io.EOF) && c.framer.Pending() > 0:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case n == len(buffer) && n < maxRead:
			buffer = make([]byte, 2*n)
		case n < len(buffer)/4 && len(buffer) > minRead:
			buffer = make([]byte, len(buffer)/2)
		}
	}
}

// arm sets the read deadline that fits the connection's state.
func (c *connection) arm(now time.Time) {
	if c.lingering {
		return
	}
	options := &c.streams.options
	wait := options.IdleTimeout
	if c.web != nil {
		wait = options.PingInterval
	}
	deadline := now.Add(wait)
	if c.framer.Pending() > 0 || c.midway || !c.proven {
		deadline = c.since.Add(options.MessageTimeout)
	} else if c.pinged {
		deadline = c.since.Add(options.PingTimeout)
	} else if moved := deadline.Sub(c.armed); moved >= 0 && moved < wait/8 {
		return // near enough, and a deadline is not free
	}
	if !deadline.Equal(c.armed) {
		c.armed = deadline
		_ = c.conn.SetReadDeadline(deadline) // fails when closed, and the read says so
	}
}

// take gives what arrived to the framer and the messages it completes to the handler.
func (c *connection) take(data []byte) error {
	fresh := c.proven && c.framer.Pending() == 0
	texts, pings, err := c.framer.Feed(data, c.texts[:0])
	c.texts = texts
	if fresh || len(texts) > 0 {
		c.since = time.Now() // what is unfinished now began here
	}
	if pings > 0 {
		_ = c.send(outgoing{data: pongs[:2*min(pings, len(pongs)/2)]}) // a failure ends the connection
	}
	if len(texts) > 0 {
		if err := c.deliver(); err != nil {
			return err
		}
	}
	var doubt *FramingError
	if errors.As(err, &doubt) {
		c.refuse(doubt)
		return doubt
	}
	return c.reserve(c.framer.Pending())
}

// deliver gives messages to the handler. When one of them was none, it waits until the
// peer can have read what was sent to it, and the connection is to be closed.
func (c *connection) deliver() error {
	s := c.streams
	if !c.proven {
		c.proven = true
		s.mutex.Lock()
		s.forgetUnproven(c)
		s.mutex.Unlock()
	}
	for _, text := range c.texts {
		c.batch = append(c.batch, Incoming{Text: text, Flow: c.flow})
	}
	s.counters.messages.Add(uint64(len(c.texts)))
	err := s.handler.Messages(c.batch)
	clear(c.batch) // keep no message alive
	clear(c.texts)
	c.batch = c.batch[:0]
	if err != nil {
		s.counters.malformed.Add(1)
		c.linger(err)
	}
	return err
}

// reserve keeps the account of unfinished bytes over all connections.
func (c *connection) reserve(pending int) error {
	if pending == c.reserved {
		return nil
	}
	total := c.streams.unparsed.Add(int64(pending - c.reserved))
	grew := pending > c.reserved
	c.reserved = pending
	if grew && total > int64(c.streams.options.MaxUnparsed) {
		return ErrUnparsedFull
	}
	return nil
}

// refuse answers a malformed stream, and waits until the peer can have read it.
func (c *connection) refuse(doubt *FramingError) {
	c.streams.counters.malformed.Add(1)
	response := c.streams.handler.Malformed(c.flow, doubt)
	if response != nil && c.send(outgoing{data: response}) == nil {
		c.linger(doubt)
	}
}

// linger ends a connection for a reason so that its peer reads what was sent before.
func (c *connection) linger(reason error) {
	if c.web != nil {
		c.closeWeb(websocket.StatusProtocolError, reason)
		return
	}
	until := time.Now().Add(c.streams.options.LingerTimeout)
	c.mutex.Lock()
	c.closing, c.hurry = true, until
	c.mutex.Unlock()
	_ = c.conn.SetWriteDeadline(until)
	c.writers.Wait()
	if c.secured != nil {
		_ = c.secured.CloseWrite()
	}
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = c.conn.SetReadDeadline(until)
		_, _ = io.CopyN(io.Discard, c.conn, maxLinger) // until it closes too, or time is up
	}
}
