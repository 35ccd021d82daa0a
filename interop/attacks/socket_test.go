//go:build interop

package attacks

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"hookflash/sip"
)

// socket is a bare UDP socket: an attacker's, or one that watches for what must not come.
// It keeps what it receives.
type socket struct {
	local   netip.AddrPort
	packets *net.UDPConn

	mutex    sync.Mutex
	arrived  []string
	received chan struct{} // one value a datagram, as far as there is room
}

const keptDatagrams = 100_000

// newSocket is one on a free address of loopback, until the test ends.
func newSocket(t testing.TB) *socket {
	t.Helper()
	return newSocketAt(t, freeAddress(t))
}

func newSocketAt(t testing.TB, local netip.AddrPort) *socket {
	t.Helper()
	packets, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(local))
	if err != nil {
		t.Fatal(err)
	}
	_ = packets.SetReadBuffer(4 << 20) // the kernel clamps it as it likes
	s := &socket{local: packets.LocalAddr().(*net.UDPAddr).AddrPort(), packets: packets, received: make(chan struct{}, 1)}
	t.Cleanup(func() { packets.Close() })
	go s.read()
	return s
}

func (s *socket) read() {
	buffer := make([]byte, 65536)
	for {
		n, err := s.packets.Read(buffer)
		if err != nil {
			if isClosed(err) {
				return
			}
			continue // a port that nobody listens on, told by ICMP
		}
		s.mutex.Lock()
		if len(s.arrived) < keptDatagrams {
			s.arrived = append(s.arrived, string(buffer[:n]))
		}
		s.mutex.Unlock()
		select {
		case s.received <- struct{}{}:
		default:
		}
	}
}

// send lets a datagram leave. What can't be sent is lost, as on a wire.
func (s *socket) send(to netip.AddrPort, text string) {
	_, _ = s.packets.WriteToUDPAddrPort([]byte(text), to)
}

// take empties the list of what was received.
func (s *socket) take() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	arrived := s.arrived
	s.arrived = nil
	return arrived
}

// some waits for the first datagram and gives what came.
func (s *socket) some(limit time.Duration) []string {
	for deadline := time.After(limit); ; {
		if arrived := s.take(); len(arrived) > 0 {
			return arrived
		}
		select {
		case <-s.received:
		case <-deadline:
			return s.take()
		}
	}
}

// answers waits until nothing has come for a while and gives what came.
func (s *socket) answers(quiet time.Duration) []string {
	for {
		select {
		case <-s.received:
		case <-time.After(quiet):
			return s.take()
		}
	}
}

// reply waits for one response to a request; nil when there is none in time.
func (s *socket) reply(r *request, limit time.Duration) *sip.Message {
	deadline := time.After(limit)
	for {
		for _, text := range s.take() {
			m, err := sip.Parse(text)
			if err == nil && !m.IsRequest() && m.Branch() == r.branch && m.StatusCode() >= 200 {
				return m
			}
		}
		select {
		case <-s.received:
		case <-deadline:
			return nil
		}
	}
}

// ask sends a request, and again if its response is lost, and gives the response.
func (s *socket) ask(to netip.AddrPort, r *request, tries int) *sip.Message {
	for range tries {
		s.send(to, r.text("UDP", s.local.String()))
		if m := s.reply(r, timerT1); m != nil {
			return m
		}
	}
	return nil
}

func isClosed(err error) bool { return errors.Is(err, net.ErrClosed) }
