package socket

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file is the only one with unsafe: recvmmsg(2), sendto(2) and epoll_wait(2) without an allocation per call.
// They never block (MSG_DONTWAIT), so they go past the Go scheduler, whose monitor thread would
// wake up for each.

// mmsghdr is struct mmsghdr of recvmmsg(2); Go pads it as C does.
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

// sockaddr has room for struct sockaddr_in and sockaddr_in6; the family says which.
type sockaddr = unix.RawSockaddrInet6

const stampSize = 16 // of struct timespec, on 64 bits

// Socket is a bound UDP socket. It belongs to one goroutine at a time.
type Socket struct {
	fd    int
	local netip.AddrPort
	name  sockaddr // of the last peer sent to
	to    netip.AddrPort
	size  uintptr
}

// Listen binds a socket to address; port 0 lets the system choose.
func Listen(address netip.AddrPort) (*Socket, error) {
	family := unix.AF_INET
	if address.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open a socket for %v: %w", address, err)
	}
	s := &Socket{fd: fd}
	if err := s.bind(address); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("bind %v: %w", address, err)
	}
	return s, nil
}

func (s *Socket) bind(address netip.AddrPort) error {
	// What is denied here costs quality, not calls.
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	var where unix.Sockaddr
	if address.Addr().Is6() {
		_ = unix.SetsockoptInt(s.fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, expedited)
		where = &unix.SockaddrInet6{Port: int(address.Port()), Addr: address.Addr().As16()}
	} else {
		_ = unix.SetsockoptInt(s.fd, unix.IPPROTO_IP, unix.IP_TOS, expedited)
		where = &unix.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()}
	}
	if err := unix.Bind(s.fd, where); err != nil {
		return err
	}
	bound, err := unix.Getsockname(s.fd)
	if err != nil {
		return err
	}
	switch bound := bound.(type) {
	case *unix.SockaddrInet4:
		s.local = netip.AddrPortFrom(netip.AddrFrom4(bound.Addr), uint16(bound.Port))
	case *unix.SockaddrInet6:
		s.local = netip.AddrPortFrom(netip.AddrFrom16(bound.Addr), uint16(bound.Port))
	}
	return nil
}

// Local is the address it is bound to.
func (s *Socket) Local() netip.AddrPort { return s.local }

// Close frees the port.
func (s *Socket) Close() error { return unix.Close(s.fd) }

// Batch is the datagrams of one Receive. It belongs to one goroutine.
type Batch struct {
	headers  [BatchSize]mmsghdr
	names    [BatchSize]sockaddr
	vectors  [BatchSize]unix.Iovec
	controls [BatchSize][64]byte
	data     [BatchSize][MaxDatagram]byte
	armed    int // headers that the kernel has written to
}

// NewBatch makes room for a batch.
func NewBatch() *Batch {
	b := &Batch{armed: BatchSize}
	for i := range b.headers {
		b.vectors[i].Base = &b.data[i][0]
		b.vectors[i].SetLen(MaxDatagram)
		header := &b.headers[i].header
		header.Iov = &b.vectors[i]
		header.SetIovlen(1)
		header.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		header.Control = &b.controls[i][0]
	}
	return b
}

// Receive takes what has come, at most BatchSize datagrams; 0 when there is nothing.
func (s *Socket) Receive(b *Batch) int {
	for i := range b.armed {
		header := &b.headers[i].header
		header.Namelen = unix.SizeofSockaddrInet6
		header.SetControllen(len(b.controls[i]))
		header.Flags = 0
	}
	b.armed = 0
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&b.headers[0])), BatchSize, unix.MSG_DONTWAIT, 0, 0)
		if errno == 0 {
			b.armed = min(int(n)+1, BatchSize)
			return int(n)
		}
		if errno != unix.EINTR {
			b.armed = 1
			return 0
		}
	}
}

// Datagram is the i-th of the last Receive: its bytes, valid until the next one, with room to grow
// in place; who sent it; and when it came by the system's wall clock, zero if it isn't known. A
// truncated one is empty.
func (b *Batch) Datagram(i int) (data []byte, from netip.AddrPort, at time.Time) {
	header := &b.headers[i]
	if header.header.Flags&unix.MSG_TRUNC == 0 {
		data = b.data[i][:header.length]
	}
	return data, b.peer(i), b.stamp(i)
}

func (b *Batch) peer(i int) netip.AddrPort {
	name := &b.names[i]
	port := networkOrder(name.Port)
	if name.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(name.Addr).Unmap(), port)
}

// stamp reads the SCM_TIMESTAMPNS message, the only one asked for.
func (b *Batch) stamp(i int) time.Time {
	if int(b.headers[i].header.Controllen) < unix.CmsgLen(stampSize) {
		return time.Time{}
	}
	control := b.controls[i][unix.CmsgLen(0):]
	seconds := binary.NativeEndian.Uint64(control)
	nanoseconds := binary.NativeEndian.Uint64(control[8:])
	return time.Unix(int64(seconds), int64(nanoseconds))
}

// Send sends one datagram, or drops it if that would mean to wait: the error tells.
func (s *Socket) Send(data []byte, to netip.AddrPort) error {
	if len(data) == 0 {
		return nil
	}
	if to != s.to {
		s.aim(to)
	}
	for {
		_, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)),
			unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&s.name)), s.size)
		if errno == 0 {
			return nil
		}
		if errno != unix.EINTR {
			return errno
		}
	}
}

// aim writes the peer's address as the kernel reads it; one of another family is refused by it.
func (s *Socket) aim(to netip.AddrPort) {
	s.to = to
	port := networkOrder(to.Port())
	address := to.Addr()
	if s.local.Addr().Is4() && address.Unmap().Is4() {
		*(*unix.RawSockaddrInet4)(unsafe.Pointer(&s.name)) = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port, Addr: address.Unmap().As4()}
		s.size = unix.SizeofSockaddrInet4
		return
	}
	s.name = sockaddr{Family: unix.AF_INET6, Port: port, Addr: address.As16()}
	s.size = unix.SizeofSockaddrInet6
}

// networkOrder turns a port between our byte order and the network's.
func networkOrder(port uint16) uint16 {
	var order [2]byte
	binary.BigEndian.PutUint16(order[:], port)
	return binary.NativeEndian.Uint16(order[:])
}

// Watch tells which of many sockets something has come on. It belongs to one goroutine.
type Watch struct {
	fd     int
	events [WatchSize]unix.EpollEvent
}

// NewWatch makes one that watches nothing.
func NewWatch() (*Watch, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("watch sockets: %w", err)
	}
	return &Watch{fd: fd}, nil
}

// Close ends it.
func (w *Watch) Close() error { return unix.Close(w.fd) }

// Add watches a socket under a key of the caller's.
func (w *Watch) Add(s *Socket, key uint64) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(uint32(key)), Pad: int32(uint32(key >> 32))}
	if err := unix.EpollCtl(w.fd, unix.EPOLL_CTL_ADD, s.fd, &event); err != nil {
		return fmt.Errorf("watch %v: %w", s.local, err)
	}
	return nil
}

// Remove watches a socket no more.
func (w *Watch) Remove(s *Socket) { _ = unix.EpollCtl(w.fd, unix.EPOLL_CTL_DEL, s.fd, nil) }

// Ready puts the keys of sockets on which something has come since they were last told into keys, at
// most WatchSize, and tells how many. Who is told empties the socket: it isn't told again of what it left.
func (w *Watch) Ready(keys []uint64) int {
	most := min(len(keys), WatchSize)
	if most == 0 {
		return 0
	}
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(w.fd), uintptr(unsafe.Pointer(&w.events[0])), uintptr(most), 0, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return 0
		}
		for i := range int(n) {
			keys[i] = uint64(uint32(w.events[i].Fd)) | uint64(uint32(w.events[i].Pad))<<32
		}
		return int(n)
	}
}
