package transport

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync/atomic"
	"time"
)

// Limits and defaults of UDP.
const (
	// BatchSize is how many datagrams one batch holds at most, in either direction.
	BatchSize = 64
	// MaxDatagram is the room for one received datagram in bytes; no UDP payload over
	// IPv4 or IPv6 is larger (RFC 768, RFC 8200 without jumbograms).
	MaxDatagram = 65_535
	// DefaultBuffer is what is asked of the kernel for each direction, in bytes: half a
	// second of 16 MB/s while the process is held up.
	DefaultBuffer = 8 << 20
	// MaxCoalesce bounds UDPOptions.Coalesce: what a datagram may wait at most.
	MaxCoalesce = time.Millisecond
	// SendWait is how long one Send waits at most, in sum, for room in a full send
	// buffer; what still finds none is dropped, as the network would have done.
	SendWait = 20 * time.Millisecond
	// maxReceiveErrors is how many failing receives in a row are tried again before the
	// reader waits for the socket to report something new.
	maxReceiveErrors = 16
)

// UDPOptions tunes a UDP socket. The zero value works.
type UDPOptions struct {
	// ReceiveBuffer and SendBuffer are the kernel's buffers in bytes; 0 means
	// DefaultBuffer, negative leaves what the system gives.
	ReceiveBuffer, SendBuffer int
	// ReusePort lets several sockets share the address; the kernel spreads the peers
	// over them. Linux only.
	ReusePort bool
	// Coalesce is how long the reader rests after a batch while batches follow each
	// other closely, so that one wake-up and one call serve many datagrams. The first
	// datagram after a quiet time is never delayed. 0, the default, never rests: under
	// a server that does some work for each datagram, batches grow by themselves and a
	// rest saves nothing; it serves a bare relay. At most MaxCoalesce; it needs Linux
	// and two processors.
	Coalesce time.Duration
	// NoSegments turns off sending neighbours of equal length to one peer as one run
	// that the kernel or the network card cuts into datagrams (Linux udp(7),
	// UDP_SEGMENT). The peer sees the same datagrams either way.
	NoSegments bool
}

// Validate reports the first option that can't be honoured.
func (o UDPOptions) Validate() error {
	if o.Coalesce < 0 || o.Coalesce > MaxCoalesce {
		return fmt.Errorf("coalesce %v: from 0 to %v", o.Coalesce, MaxCoalesce)
	}
	return nil
}

func (o UDPOptions) withDefaults() UDPOptions {
	if o.ReceiveBuffer == 0 {
		o.ReceiveBuffer = DefaultBuffer
	}
	if o.SendBuffer == 0 {
		o.SendBuffer = DefaultBuffer
	}
	// A resting reader holds its processor; with only one, everything else would rest too.
	if runtime.GOMAXPROCS(0) == 1 {
		o.Coalesce = 0
	}
	return o
}

// Buffer is the size of a kernel buffer in bytes: what was asked and what was granted.
type Buffer struct{ Asked, Granted int }

// Clamped tells that the kernel gave less than was asked, for instance by
// net.core.rmem_max; bursts are then lost earlier.
func (b Buffer) Clamped() bool { return b.Granted < b.Asked }

// Datagram is one datagram to send.
type Datagram struct {
	Data []byte
	To   netip.AddrPort
	// Err is set by Send: nil when the kernel took the datagram. It says nothing about
	// arrival.
	Err error
}

// UDPCounts are running totals of a socket.
type UDPCounts struct {
	Received, Batches uint64 // datagrams, and the batches they came in
	Truncated         uint64 // received with their end cut off, delivered as empty
	ReceiveErrors     uint64
	Sent, Failed      uint64 // Failed includes Dropped
	Dropped           uint64 // found no room in the send buffer within SendWait
	Segmented         uint64 // sent as a further part of a run
}

type udpCounters struct {
	received, batches, truncated, receiveErrors, sent, failed, dropped, segmented atomic.Uint64
}

// Counts reads the totals; safe from any goroutine.
func (u *UDP) Counts() UDPCounts {
	c := &u.counters
	return UDPCounts{
		Received: c.received.Load(), Batches: c.batches.Load(), Truncated: c.truncated.Load(),
		ReceiveErrors: c.receiveErrors.Load(), Sent: c.sent.Load(), Failed: c.failed.Load(),
		Dropped: c.dropped.Load(), Segmented: c.segmented.Load(),
	}
}

// LocalAddr is the address the socket is bound to, with the port the kernel chose if
// none was asked for.
func (u *UDP) LocalAddr() netip.AddrPort { return u.local }

// Buffers tells the sizes of the kernel's buffers.
func (u *UDP) Buffers() (receive, send Buffer) { return u.receiveBuffer, u.sendBuffer }

// Close closes the socket: Receive returns net.ErrClosed once its handler is done,
// Send reports it for every datagram.
func (u *UDP) Close() error { return u.conn.Close() }

func udpNetwork(address netip.AddrPort) string {
	if address.Addr().Is4() {
		return "udp4"
	}
	return "udp6" // sets IPV6_V6ONLY: IPv4 has its own listener and its own addresses
}

func localAddrPort(address net.Addr) netip.AddrPort {
	var from netip.AddrPort
	switch address := address.(type) {
	case *net.UDPAddr:
		from = address.AddrPort()
	case *net.TCPAddr:
		from = address.AddrPort()
	}
	return netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
}
