//go:build unix

package transport

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// attempt writes to a socket what fits its buffer, without waiting, under its connection's
// mutex; and its reader reads by it.
type attempt struct {
	raw   syscall.RawConn
	call  func(fd uintptr) bool // a.once, made once
	data  []byte
	wrote int
	err   error

	readCall func(fd uintptr) bool // a.readOnce, made once
	buffer   []byte
	got      int
	readErr  error
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
	a.call, a.readCall = a.once, a.readOnce
	return a
}

// write tells how much of data was written.
func (a *attempt) write(data []byte) (int, error) {
	a.data, a.wrote, a.err = data, 0, nil
	err := a.raw.Write(a.call)
	a.data = nil
	if err == nil {
		err = a.err
	}
	return a.wrote, err
}

func (a *attempt) once(fd uintptr) bool {
	n, err := writeNow(fd, a.data)
	if err == nil {
		a.wrote = n
	} else if !errors.Is(err, syscall.EAGAIN) {
		a.err = err
	}
	return true // never wait
}

// read waits for bytes of the peer, as the connection's own Read does.
func (a *attempt) read(p []byte) (int, error) {
	a.buffer, a.got, a.readErr = p, 0, nil
	err := a.raw.Read(a.readCall)
	a.buffer = nil
	if err == nil {
		err = a.readErr
	}
	return a.got, err
}

func (a *attempt) readOnce(fd uintptr) bool {
	n, err := readNow(fd, a.buffer)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false
	case err != nil:
		a.readErr = err
	case n == 0 && len(a.buffer) > 0:
		a.readErr = io.EOF
	default:
		a.got = n
	}
	return true
}
