package transport

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file has unsafe in it: recvmmsg(2) and sendmmsg(2) without an
// allocation per call. Three measured habits make it cheap:
//   - The calls never block (MSG_DONTWAIT), so they go past the Go scheduler
//     (RawSyscall6). A scheduled system call wakes the runtime's monitor thread, which
//     then polls every 20 µs: a third of a relay's CPU at 6,000 packets a second.
//   - The handler runs inside the poller's wait loop. A short batch proves the queue
//     empty and the poller is edge-triggered, so the receive that would only fail with
//     EAGAIN is left out.
//   - Neighbours of equal length to one peer pass the kernel's stack once (UDP_SEGMENT).

// mmsghdr is struct mmsghdr of recvmmsg(2); Go pads it as C does.
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

// sockaddr has room for struct sockaddr_in and sockaddr_in6; the family says which.
type sockaddr = unix.RawSockaddrInet6

// UDP is a bound UDP socket. One goroutine receives; any goroutine may send, read
// counts or close.
type UDP struct {
	conn                      *net.UDPConn
	raw                       syscall.RawConn
	local                     netip.AddrPort
	coalesce                  time.Duration
	receiveBuffer, sendBuffer Buffer
	counters                  udpCounters

	mutex   sync.Mutex
	idle    []*sender // prepared headers, guarded by mutex
	segment bool      // UDP_SEGMENT is worth trying, guarded by mutex
}

// ListenUDP binds a UDP socket to address. An unspecified address takes datagrams for
// every local address of its family and answers from the one that routing picks: a
// host with several addresses should list each of them instead.
func ListenUDP(address netip.AddrPort, options UDPOptions) (*UDP, error) {
	if err := options.Validate(); err != nil {
		return nil, fmt.Errorf("listen on udp %v: %w", address, err)
	}
	options = options.withDefaults()
	u := &UDP{coalesce: options.Coalesce, segment: !options.NoSegments}
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) { failed = u.configure(int(fd), options) })
		return errors.Join(err, failed)
	}}
	conn, err := config.ListenPacket(context.Background(), udpNetwork(address), address.String())
	if err != nil {
		return nil, fmt.Errorf("listen on udp %v: %w", address, err)
	}
	u.conn = conn.(*net.UDPConn)
	if u.raw, err = u.conn.SyscallConn(); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on udp %v: %w", address, err), u.conn.Close())
	}
	u.local = localAddrPort(u.conn.LocalAddr())
	return u, nil
}

func (u *UDP) configure(fd int, options UDPOptions) error {
	u.receiveBuffer = setBuffer(fd, options.ReceiveBuffer, unix.SO_RCVBUFFORCE, unix.SO_RCVBUF)
	u.sendBuffer = setBuffer(fd, options.SendBuffer, unix.SO_SNDBUFFORCE, unix.SO_SNDBUF)
	if options.ReusePort {
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}
	return nil
}

// setBuffer asks for a buffer, past the system's limit if we may. The kernel reports
// twice what it grants, for its own book-keeping (socket(7)).
func setBuffer(fd, size, force, option int) Buffer {
	if size > 0 && unix.SetsockoptInt(fd, unix.SOL_SOCKET, force, size) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, option, size) // what was granted says whether it worked
	}
	granted, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, option)
	return Buffer{Asked: max(size, 0), Granted: granted / 2}
}

// Batch is the datagrams of one receive. It belongs to the goroutine that receives.
type Batch struct {
	count   int
	ended   time.Time // when the batch before was done
	headers [BatchSize]mmsghdr
	names   [BatchSize]sockaddr
	vectors [BatchSize]unix.Iovec
	buffer  []byte
	scope   uint32 // the scope of the last link-local peer, and its zone
	zone    string
}

// NewBatch makes room for BatchSize datagrams: 4 MiB of address space, of which the
// kernel touches what arrives.
func NewBatch() *Batch {
	b := &Batch{buffer: make([]byte, BatchSize*MaxDatagram)}
	for i := range b.headers {
		b.vectors[i].Base = &b.buffer[i*MaxDatagram]
		b.vectors[i].SetLen(MaxDatagram)
		b.headers[i].header.Iov = &b.vectors[i]
		b.headers[i].header.SetIovlen(1)
		b.headers[i].header.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		b.headers[i].header.Namelen = unix.SizeofSockaddrInet6
	}
	return b
}

// Len is how many datagrams the batch holds.
func (b *Batch) Len() int { return b.count }

// Datagram is the i-th datagram and who sent it; the bytes are valid until the handler
// of Receive returns. A truncated datagram is empty.
func (b *Batch) Datagram(i int) ([]byte, netip.AddrPort) {
	start := i * MaxDatagram
	header := &b.headers[i]
	if header.header.Flags&unix.MSG_TRUNC != 0 {
		return nil, b.peer(i)
	}
	return b.buffer[start : start+int(header.length) : start+MaxDatagram], b.peer(i)
}

func (b *Batch) peer(i int) netip.AddrPort {
	name := &b.names[i]
	port := networkOrder(name.Port)
	if name.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(name)).Addr), port)
	}
	address := netip.AddrFrom16(name.Addr).Unmap()
	if name.Scope_id != 0 && address.IsLinkLocalUnicast() {
		if b.scope != name.Scope_id {
			b.scope, b.zone = name.Scope_id, strconv.FormatUint(uint64(name.Scope_id), 10)
		}
		address = address.WithZone(b.zone)
	}
	return netip.AddrPortFrom(address, port)
}

// rearm undoes what the kernel wrote into the first n headers.
func (b *Batch) rearm(n int) {
	for i := range n {
		b.headers[i].header.Namelen = unix.SizeofSockaddrInet6
		b.headers[i].header.Flags = 0
	}
}

// Receive waits for datagrams and hands them to handle in batches, in the order they
// arrived, until the socket is closed; then it returns an error that is net.ErrClosed.
func (u *UDP) Receive(batch *Batch, handle func(*Batch)) error {
	return u.raw.Read(func(fd uintptr) bool {
		u.drain(fd, batch, handle)
		return false // wait for the next edge
	})
}

// drain handles batches until the socket's queue was seen empty.
func (u *UDP) drain(fd uintptr, b *Batch, handle func(*Batch)) {
	for failures := 0; failures < maxReceiveErrors; {
		var began time.Time
		if u.coalesce > 0 {
			began = time.Now()
		}
		n, errno := receiveBatch(fd, b)
		if errno == unix.EAGAIN {
			return
		}
		if errno != 0 {
			u.counters.receiveErrors.Add(1)
			failures++
			continue
		}
		failures = 0
		u.account(b, n)
		handle(b)
		b.rearm(n)
		if !u.rest(b, began) && n < BatchSize {
			return
		}
	}
}

func (u *UDP) account(b *Batch, n int) {
	b.count = n
	u.counters.received.Add(uint64(n))
	u.counters.batches.Add(1)
	for i := range n {
		if b.headers[i].header.Flags&unix.MSG_TRUNC != 0 {
			u.counters.truncated.Add(1)
		}
	}
}

// rest lets datagrams gather when this batch began soon after the one before ended;
// it tells whether it did.
func (u *UDP) rest(b *Batch, began time.Time) bool {
	if u.coalesce <= 0 {
		return false
	}
	busy := began.Sub(b.ended) < 2*u.coalesce
	b.ended = time.Now()
	if !busy || b.count == BatchSize {
		return false
	}
	pause := unix.NsecToTimespec(int64(u.coalesce))
	// Past the scheduler for the reason above; a signal, such as the collector's, ends it early.
	_, _, _ = syscall.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0)
	return true
}

func receiveBatch(fd uintptr, b *Batch) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&b.headers[0])), BatchSize, unix.MSG_DONTWAIT, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

func sendBatch(fd uintptr, headers []mmsghdr) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&headers[0])), uintptr(len(headers)), unix.MSG_DONTWAIT, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// putName writes a peer's address as the kernel reads it, and returns its size: zero
// for a family other than the socket's.
func putName(name *sockaddr, local netip.Addr, to netip.AddrPort) uint32 {
	address := to.Addr().Unmap()
	port := networkOrder(to.Port())
	switch {
	case address.Is4() && local.Is4():
		*(*unix.RawSockaddrInet4)(unsafe.Pointer(name)) = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port, Addr: address.As4()}
		return unix.SizeofSockaddrInet4
	case address.Is6() && local.Is6():
		*name = sockaddr{Family: unix.AF_INET6, Port: port, Addr: address.As16(), Scope_id: scopeOf(address.Zone())}
		return unix.SizeofSockaddrInet6
	}
	return 0
}

func nameBytes(name *sockaddr) *byte { return (*byte)(unsafe.Pointer(name)) }

func setVector(vector *unix.Iovec, data []byte) {
	vector.Base = unsafe.SliceData(data)
	vector.SetLen(len(data))
}

func setControl(header *unix.Msghdr, control *segmentControl) {
	header.Control = (*byte)(unsafe.Pointer(control))
	header.SetControllen(int(unsafe.Sizeof(*control)))
}

// networkOrder turns a port between our byte order and the network's.
func networkOrder(port uint16) uint16 {
	var order [2]byte
	binary.BigEndian.PutUint16(order[:], port)
	return binary.NativeEndian.Uint16(order[:])
}
