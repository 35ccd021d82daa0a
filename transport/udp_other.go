//go:build !linux

package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"
)

// UDP is a bound UDP socket. One goroutine receives; any goroutine may send, read
// counts or close.
type UDP struct {
	conn                      *net.UDPConn
	local                     netip.AddrPort
	receiveBuffer, sendBuffer Buffer
	counters                  udpCounters
}

// ListenUDP binds a UDP socket to address. An unspecified address takes datagrams for
// every local address of its family and answers from the one that routing picks: a
// host with several addresses should list each of them instead.
func ListenUDP(address netip.AddrPort, options UDPOptions) (*UDP, error) {
	err := options.Validate()
	if err == nil && options.ReusePort {
		err = errors.ErrUnsupported
	}
	if err != nil {
		return nil, fmt.Errorf("listen on udp %v: %w", address, err)
	}
	options = options.withDefaults()
	conn, err := net.ListenUDP(udpNetwork(address), net.UDPAddrFromAddrPort(address))
	if err != nil {
		return nil, fmt.Errorf("listen on udp %v: %w", address, err)
	}
	u := &UDP{conn: conn, local: localAddrPort(conn.LocalAddr())}
	u.receiveBuffer = setBuffer(options.ReceiveBuffer, conn.SetReadBuffer)
	u.sendBuffer = setBuffer(options.SendBuffer, conn.SetWriteBuffer)
	return u, nil
}

func setBuffer(size int, set func(int) error) Buffer {
	if size <= 0 {
		return Buffer{}
	}
	if set(size) != nil {
		return Buffer{Asked: size}
	}
	return Buffer{Asked: size, Granted: size}
}

// Batch is the datagrams of one receive: here always one. It belongs to the goroutine
// that receives.
type Batch struct {
	buffer [MaxDatagram]byte
	length int
	peer   netip.AddrPort
}

// NewBatch makes room for a datagram.
func NewBatch() *Batch { return new(Batch) }

// Len is how many datagrams the batch holds.
func (b *Batch) Len() int { return 1 }

// Datagram is the i-th datagram and who sent it; the bytes are valid until the handler
// of Receive returns.
func (b *Batch) Datagram(int) ([]byte, netip.AddrPort) { return b.buffer[:b.length], b.peer }

// Receive waits for datagrams and hands them to handle in batches, in the order they
// arrived, until the socket is closed; then it returns an error that is net.ErrClosed.
func (u *UDP) Receive(batch *Batch, handle func(*Batch)) error {
	for failures := 0; failures < maxReceiveErrors; {
		length, peer, err := u.conn.ReadFromUDPAddrPort(batch.buffer[:])
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil { // such as a port-unreachable report on Windows
			u.counters.receiveErrors.Add(1)
			failures++
			continue
		}
		failures = 0
		u.counters.received.Add(1)
		u.counters.batches.Add(1)
		batch.length, batch.peer = length, netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
		handle(batch)
	}
	return fmt.Errorf("receive on udp %v: %d failures in a row", u.local, maxReceiveErrors)
}

// Send sends the datagrams in order, sets Err of each and returns how many failed. It
// doesn't keep Data. Safe from several goroutines; it waits at most SendWait.
func (u *UDP) Send(datagrams []Datagram) (failed int) {
	_ = u.conn.SetWriteDeadline(time.Now().Add(SendWait)) // a closed socket says so below
	for i := range datagrams {
		d := &datagrams[i]
		_, d.Err = u.conn.WriteToUDPAddrPort(d.Data, d.To)
		if d.Err == nil {
			continue
		}
		failed++
		if errors.Is(d.Err, os.ErrDeadlineExceeded) {
			u.counters.dropped.Add(1)
		}
	}
	u.counters.sent.Add(uint64(len(datagrams) - failed))
	u.counters.failed.Add(uint64(failed))
	return failed
}
