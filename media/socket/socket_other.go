//go:build !linux

package socket

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

const maxWaiting = 256 // datagrams; the newest are dropped

type datagram struct {
	data []byte
	from netip.AddrPort
	at   time.Time
}

// Socket is a bound UDP socket. It belongs to one goroutine at a time.
type Socket struct {
	conn  *net.UDPConn
	done  chan struct{}
	mutex sync.Mutex
	came  []datagram // guarded by mutex
}

// Listen binds a socket to address; port 0 lets the system choose.
func Listen(address netip.AddrPort) (*Socket, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(address))
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(receiveBuffer)
	s := &Socket{conn: conn, done: make(chan struct{})}
	go s.read()
	return s, nil
}

func (s *Socket) read() {
	defer close(s.done)
	buffer := make([]byte, MaxDatagram+1)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		if n > MaxDatagram {
			n = 0
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		s.mutex.Lock()
		if len(s.came) < maxWaiting {
			s.came = append(s.came, datagram{append(make([]byte, 0, MaxDatagram), buffer[:n]...), from, time.Now()})
		}
		s.mutex.Unlock()
	}
}

// Local is the address it is bound to.
func (s *Socket) Local() netip.AddrPort { return s.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Close frees the port.
func (s *Socket) Close() error {
	err := s.conn.Close()
	<-s.done
	return err
}

// Batch is the datagrams of one Receive. It belongs to one goroutine.
type Batch struct{ datagrams []datagram }

// NewBatch makes room for a batch.
func NewBatch() *Batch { return &Batch{} }

// Receive takes what has come, at most BatchSize datagrams; 0 when there is nothing.
func (s *Socket) Receive(b *Batch) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	n := min(len(s.came), BatchSize)
	b.datagrams = append(b.datagrams[:0], s.came[:n]...)
	s.came = append(s.came[:0], s.came[n:]...)
	return n
}

// Datagram is the i-th of the last Receive: its bytes, valid until the next one, with room to grow
// in place; who sent it; and when it came. A truncated one is empty.
func (b *Batch) Datagram(i int) (data []byte, from netip.AddrPort, at time.Time) {
	d := &b.datagrams[i]
	return d.data, d.from, d.at
}

// Send sends one datagram.
func (s *Socket) Send(data []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(data, to)
	return err
}
