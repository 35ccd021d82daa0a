package transport

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// maxRun is how many datagrams one UDP_SEGMENT run holds at most.
	maxRun = 16
	// maxSegment is the longest datagram in a run: what fits a packet of 1,500 bytes
	// over IPv6. A run can't be fragmented, a single datagram can.
	maxSegment = 1_452
	// maxLookBack is how many runs back a datagram looks for one to the same peer.
	maxLookBack = 8
)

// sender is the prepared headers of one sendmmsg. It belongs to one Send at a time.
type sender struct {
	socket *UDP
	call   func(fd uintptr) // s.transmit, made once

	batch    []Datagram // what is being sent
	segment  bool
	deadline time.Time // end of waiting for room, zero while there was always room

	runs     int // headers in use
	headers  [BatchSize]mmsghdr
	names    [BatchSize]sockaddr
	peers    [BatchSize]netip.AddrPort
	lengths  [BatchSize]int // of the first datagram of a run
	controls [BatchSize]segmentControl
	vectors  [BatchSize][maxRun]unix.Iovec
	owners   [BatchSize]int8 // the run of each datagram of the batch, -1: none
	single   sender1
}

// sender1 is the header of a datagram that is sent by itself after its run failed.
type sender1 struct {
	header [1]mmsghdr
	vector unix.Iovec
}

// segmentControl is the control message that sets the length of the parts of a run.
type segmentControl struct {
	header unix.Cmsghdr
	length uint16
	_      [6]byte
}

// Send sends the datagrams in order, sets Err of each and returns how many failed. It
// doesn't keep Data. Safe from several goroutines; it waits at most SendWait.
func (u *UDP) Send(datagrams []Datagram) (failed int) {
	if len(datagrams) == 0 {
		return 0
	}
	s := u.takeSender()
	for rest := datagrams; len(rest) > 0; {
		s.batch = rest[:min(len(rest), BatchSize)]
		rest = rest[len(s.batch):]
		s.prepare()
		if err := u.raw.Control(s.call); err != nil {
			for i := range s.batch {
				s.batch[i].Err = net.ErrClosed
			}
		}
		for i := range s.batch {
			if s.batch[i].Err != nil {
				failed++
			}
		}
	}
	u.counters.sent.Add(uint64(len(datagrams) - failed))
	u.counters.failed.Add(uint64(failed))
	u.returnSender(s)
	return failed
}

func (u *UDP) takeSender() *sender {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if n := len(u.idle); n > 0 {
		s := u.idle[n-1]
		u.idle = u.idle[:n-1]
		s.segment = u.segment
		return s
	}
	s := &sender{socket: u, segment: u.segment}
	s.call = s.transmit
	for i := range s.headers {
		s.headers[i].header.Iov = &s.vectors[i][0]
		s.headers[i].header.Name = nameBytes(&s.names[i])
		s.controls[i].header.Level = unix.IPPROTO_UDP
		s.controls[i].header.Type = unix.UDP_SEGMENT
		s.controls[i].header.SetLen(unix.CmsgLen(2))
	}
	s.single.header[0].header.Iov = &s.single.vector
	s.single.header[0].header.SetIovlen(1)
	return s
}

func (u *UDP) returnSender(s *sender) {
	s.batch, s.deadline = nil, time.Time{}
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.segment = u.segment && s.segment
	u.idle = append(u.idle, s)
}

// prepare lays the batch out as runs.
func (s *sender) prepare() {
	s.runs = 0
	for i := range s.batch {
		d := &s.batch[i]
		d.Err = nil
		if s.join(i, d) {
			continue
		}
		size := putName(&s.names[s.runs], s.socket.local.Addr(), d.To)
		if size == 0 {
			d.Err, s.owners[i] = unix.EAFNOSUPPORT, -1
			continue
		}
		run := s.runs
		s.runs++
		s.owners[i], s.peers[run], s.lengths[run] = int8(run), d.To, len(d.Data)
		setVector(&s.vectors[run][0], d.Data)
		header := &s.headers[run].header
		header.Namelen = size
		header.SetIovlen(1)
		header.Control = nil
		header.SetControllen(0)
	}
}

// join adds a datagram to the last run to its peer, if there is one close by that it
// fits: every part of a run has the first one's length, but the last may be shorter.
func (s *sender) join(i int, d *Datagram) bool {
	if !s.segment || len(d.Data) == 0 || len(d.Data) > maxSegment {
		return false
	}
	for run := s.runs - 1; run >= max(0, s.runs-maxLookBack); run-- {
		if s.peers[run] != d.To {
			continue
		}
		header := &s.headers[run].header
		parts := int(header.Iovlen)
		length := s.lengths[run]
		if length > maxSegment || len(d.Data) > length || parts == maxRun || int(s.vectors[run][parts-1].Len) != length {
			return false
		}
		setVector(&s.vectors[run][parts], d.Data)
		header.SetIovlen(parts + 1)
		s.controls[run].length = uint16(length)
		setControl(header, &s.controls[run])
		s.owners[i] = int8(run)
		s.socket.counters.segmented.Add(1)
		return true
	}
	return false
}

// transmit hands the runs to the kernel, which stops at the first that fails.
func (s *sender) transmit(fd uintptr) {
	for run := 0; run < s.runs; {
		n, errno := sendBatch(fd, s.headers[run:s.runs])
		switch {
		case errno == 0:
			run += n
		case errno == unix.EAGAIN && s.waitForRoom(int(fd)):
		case errno == unix.EAGAIN:
			s.drop(run)
			run = s.runs
		case s.headers[run].header.Iovlen > 1:
			s.separate(fd, run, errno)
			run++
		default:
			s.report(run, errno)
			run++
		}
	}
	for run := range s.runs { // keep no message alive
		clear(s.vectors[run][:s.headers[run].header.Iovlen])
	}
}

// separate sends the datagrams of a run that the kernel refused one by one.
func (s *sender) separate(fd uintptr, run int, errno syscall.Errno) {
	if errno == unix.EIO || errno == unix.EINVAL || errno == unix.EOPNOTSUPP {
		s.segment = false // the device or the kernel can't: don't ask again
	}
	header := &s.single.header[0].header
	header.Name, header.Namelen = s.headers[run].header.Name, s.headers[run].header.Namelen
	for i := range s.batch {
		if s.owners[i] != int8(run) {
			continue
		}
		setVector(&s.single.vector, s.batch[i].Data)
		_, errno := sendBatch(fd, s.single.header[:])
		for errno == unix.EAGAIN && s.waitForRoom(int(fd)) {
			_, errno = sendBatch(fd, s.single.header[:])
		}
		if errno == unix.EAGAIN {
			s.socket.counters.dropped.Add(1)
		}
		if errno != 0 {
			s.batch[i].Err = errno
		}
	}
	s.single.vector = unix.Iovec{}
}

func (s *sender) report(run int, errno syscall.Errno) {
	for i := range s.batch {
		if s.owners[i] == int8(run) {
			s.batch[i].Err = errno
		}
	}
}

// drop gives up on all runs from the given one.
func (s *sender) drop(from int) {
	for i := range s.batch {
		if int(s.owners[i]) >= from {
			s.batch[i].Err = unix.EAGAIN
			s.socket.counters.dropped.Add(1)
		}
	}
}

// waitForRoom waits until the socket takes data again; false when SendWait is used up.
func (s *sender) waitForRoom(fd int) bool {
	if s.deadline.IsZero() {
		s.deadline = time.Now().Add(SendWait)
	}
	left := time.Until(s.deadline)
	if left <= 0 {
		return false
	}
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	n, err := unix.Poll(poll, int(left/time.Millisecond)+1)
	return n > 0 || errors.Is(err, unix.EINTR)
}

// scopeOf is the number of an address's zone: itself a number, or an interface's name.
func scopeOf(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if number, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(number)
	}
	if device, err := net.InterfaceByName(zone); err == nil {
		return uint32(device.Index)
	}
	return 0
}
