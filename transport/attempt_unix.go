//go:build unix

package transport

import (
	"errors"
	"net"
	"syscall"
)

// attempt writes to a socket what fits its buffer, without waiting. It is used under
// its connection's mutex.
type attempt struct {
	raw   syscall.RawConn
	call  func(fd uintptr) bool // a.once, made once
	data  []byte
	wrote int
	err   error
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
	a.call = a.once
	return a
}

// write tells how much of data was written.
func (a *attempt) write(data []byte) (int, error) {
	a.data, a.wrote, a.err = data, 0, nil
	err := a.raw.Write(a.call)
	a.data = nil
	return a.wrote, errors.Join(err, a.err)
}

func (a *attempt) once(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), a.data)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
		case err != nil:
			a.err = err
		default:
			a.wrote = n
		}
		return true // never wait
	}
}
