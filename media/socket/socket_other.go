//go:build !linux

package socket

import (
	"net"
	"net/netip"
	"slices"
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

// Watch tells which of many sockets something may have come on. It belongs to one goroutine.
type Watch struct {
	keys []watched
	next int
}

type watched struct {
	socket *Socket
	key    uint64
}

// NewWatch makes one that watches nothing.
func NewWatch() (*Watch, error) { return &Watch{}, nil }

// Close ends it.
func (w *Watch) Close() error { return nil }

// Add watches a socket under a key of the caller's.
func (w *Watch) Add(s *Socket, key uint64) error {
	w.keys = append(w.keys, watched{s, key})
	return nil
}

// Remove watches a socket no more.
func (w *Watch) Remove(s *Socket) {
	w.keys = slices.DeleteFunc(w.keys, func(one watched) bool { return one.socket == s })
}

// Ready puts the keys of sockets on which something waits into keys, at most WatchSize, and tells how many.
func (w *Watch) Ready(keys []uint64) (n int) {
	for w.next < len(w.keys) && n < min(len(keys), WatchSize) {
		one := w.keys[w.next]
		w.next++
		one.socket.mutex.Lock()
		if len(one.socket.came) > 0 {
			keys[n] = one.key
			n++
		}
		one.socket.mutex.Unlock()
	}
	if w.next >= len(w.keys) {
		w.next = 0
	}
	return n
}
