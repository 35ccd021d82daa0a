//go:build unix

package transport

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// attempt reads and writes a socket without waiting in a system call.
type attempt struct {
	raw syscall.RawConn

	// What follows is used under the connection's mutex: a write of what fits the buffer.
	writes func(fd uintptr) bool // a.writeOnce, made once
	data   []byte
	wrote  int
	failed error

	// The rest belongs to the connection's reader.
	reads  func(fd uintptr) bool // a.readOnce, made once
	buffer []byte
	got    int
	ended  error
}

// newAttempt is nil for a connection that is no plain socket.
func newAttempt(conn net.Conn) *attempt {
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	a := &attempt{raw: raw}
	a.writes, a.reads = a.writeOnce, a.readOnce
	return a
}

// write tells how much of data was written.
func (a *attempt) write(data []byte) (int, error) {
	a.data, a.wrote, a.failed = data, 0, nil
	err := a.raw.Write(a.writes)
	a.data = nil
	if err == nil {
		err = a.failed
	}
	return a.wrote, err
}

func (a *attempt) writeOnce(fd uintptr) bool {
	n, err := writeNow(fd, a.data)
	if err == nil {
		a.wrote = n
	} else if !errors.Is(err, syscall.EAGAIN) {
		a.failed = err
	}
	return true // never wait
}

// read waits for bytes of the peer, as the connection's own Read does.
func (a *attempt) read(p []byte) (int, error) {
	a.buffer, a.got, a.ended = p, 0, nil
	err := a.raw.Read(a.reads)
	a.buffer = nil
	if err == nil {
		err = a.ended
	}
	return a.got, err
}

func (a *attempt) readOnce(fd uintptr) bool {
	n, err := readNow(fd, a.buffer)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false
	case err != nil:
		a.ended = err
	case n == 0 && len(a.buffer) > 0:
		a.ended = io.EOF
	default:
		a.got = n
	}
	return true
}
