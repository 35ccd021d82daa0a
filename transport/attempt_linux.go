//go:build !race

package transport

import (
	"syscall"
	"unsafe"
)

// Reads and writes that don't wait go past the scheduler as those of datagrams do: see
// udp_linux.go. The race detector doesn't see them, so it gets those of attempt_posix.go.

// readNow reads what is there.
func readNow(fd uintptr, p []byte) (int, error) { return pastScheduler(syscall.SYS_READ, fd, p) }

// writeNow writes what there is room for.
func writeNow(fd uintptr, p []byte) (int, error) { return pastScheduler(syscall.SYS_WRITE, fd, p) }

func pastScheduler(call, fd uintptr, p []byte) (int, error) {
	for {
		n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), nil
		case syscall.EINTR:
		case syscall.EAGAIN:
			return 0, syscall.EAGAIN // an interface made once
		default:
			return 0, errno
		}
	}
}
