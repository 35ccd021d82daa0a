package transport

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"hookflash/machine"
)

// Why a connection ended or a message was not sent, besides what the system reports.
var (
	ErrMessageTimeout   = errors.New("no complete message in time")
	ErrIdle             = errors.New("idle for too long")
	ErrShed             = errors.New("made room for another connection before its first message")
	ErrUnparsedFull     = errors.New("too many unfinished bytes on all connections")
	ErrHungUp           = errors.New("hung up")
	ErrShutdown         = errors.New("shutting down")
	ErrGone             = errors.New("the connection is closed")
	ErrQueueFull        = errors.New("too much waits to be sent")
	ErrTooMany          = errors.New("too many connections")
	ErrHandshakeTimeout = errors.New("no TLS or WebSocket in time")
	ErrNoSecurity       = errors.New("no certificate to show, or nobody to believe")
	ErrFlood            = errors.New("too much beside messages")
	ErrNoDialer         = errors.New("no connection, and none can be opened over this transport")
)

// Incoming is one message that arrived on a stream, and its connection.
type Incoming struct {
	Text string
	Flow machine.Flow
}

// Handler takes what happens on streams. Its methods are called on goroutines of
// Streams, for one connection one at a time but for Unsent, and must not wait for
// Streams.Close.
type Handler interface {
	// Messages takes the complete messages of one read, in order. The slice is reused
	// after the call, the texts are not. An error says that one was no message, however
	// it was framed, and that nothing behind it was looked at: the connection is closed.
	Messages(batch []Incoming) error
	// Malformed takes the doubt that ends a connection, and returns what to send before
	// it is closed; nil: nothing.
	Malformed(flow machine.Flow, doubt *FramingError) (response []byte)
	// Unsent tells that a message with a ticket, taken by Send, was not sent: refused,
	// timed out, or the connection closed before all of it was written.
	Unsent(flow machine.Flow, ticket uint64, err error)
	// Closed tells once that a connection which was open is not any more, after the
	// last call of the others for it. io.EOF: the peer closed it in good order.
	Closed(flow machine.Flow, err error)
}

// StreamOptions are the limits of streams. Zero means the default named beside it.
type StreamOptions struct {
	// Held: nothing is accepted before Release.
	Held bool

	MaxConnections int // 16,384: accepted and dialled; above it the oldest that sent no message yet is shed, or the new one refused
	MaxPerSource   int // 1,024: accepted from one IPv4 address or IPv6 /64 prefix
	MaxDialling    int // 256: connections being opened
	MaxMessage     int // MaxMessage, in bytes
	MaxUnparsed    int // 64 MiB: unfinished messages on all connections
	MaxUnsent      int // 64 MiB: queued on all connections
	QueueBytes     int // 256 KiB: queued on one connection
	QueueMessages  int // 512: queued on one connection

	// FirstNumber is the number of the first connection; 0: 1. Calls and phones remember
	// numbers beyond the end of a process: a start at random keeps them from meaning
	// somebody else in the next.
	FirstNumber uint64

	// MessageTimeout, 10 s, is from accepting to the first complete message, and from
	// the first byte of a later one to its last.
	MessageTimeout time.Duration
	IdleTimeout    time.Duration // 65 min without a byte, longer than the usual registration
	DialTimeout    time.Duration // 5 s, so that a transaction has time to fail over
	WriteTimeout   time.Duration // 10 s for one message to a peer that takes nothing
	PingInterval   time.Duration // 45 s of silence on a WebSocket until it is pinged
	PingTimeout    time.Duration // 10 s for it to answer
	LingerTimeout  time.Duration // 1 s for the response to a malformed message to be read
}

// Validate reports the first limit that makes no sense.
func (o StreamOptions) Validate() error {
	for _, limit := range []int{o.MaxConnections, o.MaxPerSource, o.MaxDialling, o.MaxMessage, o.MaxUnparsed, o.MaxUnsent, o.QueueBytes, o.QueueMessages} {
		if limit < 0 {
			return fmt.Errorf("stream limit %d: at least 1, or 0 for the default", limit)
		}
	}
	for _, wait := range []time.Duration{o.MessageTimeout, o.IdleTimeout, o.DialTimeout, o.WriteTimeout, o.LingerTimeout, o.PingInterval, o.PingTimeout} {
		if wait < 0 {
			return fmt.Errorf("stream timeout %v: more than 0, or 0 for the default", wait)
		}
	}
	return nil
}

func (o StreamOptions) withDefaults() StreamOptions {
	for _, limit := range []struct {
		value   *int
		instead int
	}{
		{&o.MaxConnections, 16_384},
		{&o.MaxPerSource, 1_024},
		{&o.MaxDialling, 256},
		{&o.MaxMessage, MaxMessage},
		{&o.MaxUnparsed, 64 << 20},
		{&o.MaxUnsent, 64 << 20},
		{&o.QueueBytes, 256 << 10},
		{&o.QueueMessages, 512},
	} {
		if *limit.value == 0 {
			*limit.value = limit.instead
		}
	}
	for _, wait := range []struct {
		value   *time.Duration
		instead time.Duration
	}{
		{&o.MessageTimeout, 10 * time.Second},
		{&o.IdleTimeout, 65 * time.Minute},
		{&o.DialTimeout, 5 * time.Second},
		{&o.WriteTimeout, 10 * time.Second},
		{&o.LingerTimeout, time.Second},
		{&o.PingInterval, 45 * time.Second},
		{&o.PingTimeout, 10 * time.Second},
	} {
		if *wait.value == 0 {
			*wait.value = wait.instead
		}
	}
	return o
}

// Streams owns the listeners and connections of all stream transports, and every
// goroutine that serves them: one for each listener and each connection, and one more
// for a connection while a peer reads slower than we write.
type Streams struct {
	handler  Handler
	options  StreamOptions
	released chan struct{}   // closed by Release
	context  context.Context // ends when Close begins
	cancel   context.CancelFunc
	group    sync.WaitGroup // listeners and connections; grows only under mutex while not closing
	dialler  func(ctx context.Context, flow machine.Flow) (net.Conn, error)

	security   atomic.Pointer[Security]
	handshakes chan struct{} // the slots of handshakes that compute

	unparsed, unsent atomic.Int64
	counters         streamCounters

	mutex       sync.Mutex // guards what follows; a connection's own mutex may be taken under it, never the reverse
	closing     bool
	last        uint64 // the last connection number given
	connections map[uint64]*connection
	peers       map[peer]*connection
	sources     map[netip.Addr]int
	unproven    *list.List // of *connection, accepted without a message yet, oldest first
	dialling    int
	listeners   map[uint16]net.Listener
}

// peer is what a connection is found by when its number isn't known.
type peer struct {
	remote    netip.AddrPort
	listener  uint16
	transport machine.Transport
	name      string
}

func peerOf(flow machine.Flow) peer {
	return peer{flow.Remote, flow.Listener, flow.Transport, flow.Name}
}

// NewStreams makes streams that give what happens to handler.
func NewStreams(handler Handler, options StreamOptions) (*Streams, error) {
	if err := options.Validate(); err != nil {
		return nil, err
	}
	s := &Streams{
		handler: handler, options: options.withDefaults(), unproven: list.New(),
		connections: map[uint64]*connection{}, peers: map[peer]*connection{},
		sources: map[netip.Addr]int{}, listeners: map[uint16]net.Listener{},
		handshakes: make(chan struct{}, maxHandshakes), released: make(chan struct{}),
	}
	s.context, s.cancel = context.WithCancel(context.Background())
	s.last = max(options.FirstNumber, 1) - 1
	s.dialler = s.dialTCP
	if !options.Held {
		s.Release()
	}
	return s, nil
}

// Release lets connections in, where they were held.
func (s *Streams) Release() { close(s.released) }

// StreamCounts are running totals, but for the first four, which are as of now.
type StreamCounts struct {
	Open, Dialling              int
	Unparsed, Unsent            int64 // bytes
	Accepted, Refused, Shed     uint64
	Dialled, DialFailed         uint64
	Unlayered                   uint64 // no TLS or WebSocket came about
	Messages, Malformed, Failed uint64 // Failed: messages with an error from Send or told by Unsent
}

type streamCounters struct {
	accepted, refused, shed, dialled, dialFailed, unlayered, messages, malformed, failed atomic.Uint64
}

// Counts reads the totals; safe from any goroutine.
func (s *Streams) Counts() StreamCounts {
	s.mutex.Lock()
	open, dialling := len(s.connections)-s.dialling, s.dialling
	s.mutex.Unlock()
	c := &s.counters
	return StreamCounts{
		Open: open, Dialling: dialling, Unparsed: s.unparsed.Load(), Unsent: s.unsent.Load(),
		Accepted: c.accepted.Load(), Refused: c.refused.Load(), Shed: c.shed.Load(),
		Dialled: c.dialled.Load(), DialFailed: c.dialFailed.Load(),
		Unlayered: c.unlayered.Load(), Messages: c.messages.Load(), Malformed: c.malformed.Load(), Failed: c.failed.Load(),
	}
}
