package transport

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	// maxOnWire bounds the bytes that may arrive on a WebSocket from one message's end to the
	// next's: the longest message, as much again for the frames it comes in and for
	// control frames between them.
	maxOnWire = 2 * MaxMessage
	// controlBurst control frames may come at once, and one each second afterwards: some
	// ping far more often than needed, a flood goes beyond.
	controlBurst = 32
	// smallMessage is the first size of a buffer for a message, which grows as it arrives.
	smallMessage = 4 << 10
)

var messageBuffers = sync.Pool{New: func() any { return new(make([]byte, 0, smallMessage)) }}

// readWeb reads messages until the WebSocket ends.
func (c *connection) readWeb() error {
	for {
		_, message, err := c.web.Reader(context.Background())
		if err != nil {
			return c.webEnd(err)
		}
		if c.midway = true; c.proven {
			c.since = time.Now()
		}
		err = c.readMessage(message)
		c.midway, c.arrived = false, 0
		if err != nil {
			return err
		}
	}
}

// readMessage reads one message and gives it on.
func (c *connection) readMessage(from io.Reader) error {
	buffer := messageBuffers.Get().(*[]byte)
	defer func() {
		if cap(*buffer) <= 4*smallMessage {
			messageBuffers.Put(buffer)
		}
	}()
	data := (*buffer)[:0]
	for {
		n, err := from.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return c.webEnd(err)
		}
		if err := c.reserve(len(data)); err != nil {
			return err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)] // room for more
		}
	}
	*buffer = data
	_ = c.reserve(0)
	return c.takeWhole(data)
}

// takeWhole gives a message that came in one piece to the handler (RFC 7118 §5).
func (c *connection) takeWhole(data []byte) error {
	text, pings, err := Whole(data, c.streams.options.MaxMessage)
	if pings > 0 { // RFC 7118 §6: CRLF keep-alives work here, too
		_ = c.send(outgoing{data: pongs[:2]})
	}
	var doubt *FramingError
	if errors.As(err, &doubt) {
		c.refuse(doubt)
		return doubt
	}
	if text != "" {
		c.texts = append(c.texts[:0], text)
		return c.deliver()
	}
	return nil
}

// webEnd is the reason behind an error of the library.
func (c *connection) webEnd(err error) error {
	var closed websocket.CloseError
	switch {
	case c.leaving():
		c.closeWeb(websocket.StatusGoingAway, ErrShutdown)
		return ErrShutdown
	case errors.As(err, &closed), errors.Is(err, io.EOF):
		return io.EOF
	case errors.Is(err, websocket.ErrMessageTooBig):
		c.streams.counters.malformed.Add(1)
		return &FramingError{Reason: "a message is longer than it may be", Status: 513}
	case errors.Is(err, os.ErrDeadlineExceeded) && (c.midway || !c.proven):
		return ErrMessageTimeout
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrIdle
	}
	return err
}

// closeWeb sends a Close frame and waits a moment for the peer's (RFC 6455 §7.1.2).
func (c *connection) closeWeb(code websocket.StatusCode, reason error) {
	until := time.Now().Add(c.streams.options.LingerTimeout)
	c.mutex.Lock()
	c.closing, c.hurry, c.sentence = true, until, reason
	c.mutex.Unlock()
	_ = c.conn.SetDeadline(until)
	c.lingering = true
	_ = c.web.Close(code, "")
}

// control counts a control frame against the connection's allowance; false: too many, and
// the connection is over.
func (c *connection) control(now time.Time) bool {
	c.controls = max(c.controls, now.Add(-controlBurst*time.Second).UnixNano()) + int64(time.Second)
	if c.controls <= now.UnixNano() {
		return true
	}
	c.end(ErrFlood)
	return false
}
