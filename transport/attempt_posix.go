//go:build unix && (!linux || race)

package transport

import (
	"errors"
	"syscall"
)

// readNow reads what is there.
func readNow(fd uintptr, p []byte) (int, error) { return again(syscall.Read, fd, p) }

// writeNow writes what there is room for.
func writeNow(fd uintptr, p []byte) (int, error) { return again(syscall.Write, fd, p) }

func again(call func(fd int, p []byte) (int, error), fd uintptr, p []byte) (int, error) {
	for {
		if n, err := call(int(fd), p); !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
