package store

import (
	"io"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// A write into the page cache takes a few microseconds. A scheduled system call would
// wake the runtime's monitor thread each time, which costs a fifth of a registration; so
// the write goes past the scheduler, for as long as writes are quick. While it lasts, this
// processor does nothing else, which a disk that is behind would turn into seconds.
const (
	slowWrite  = 2 * time.Millisecond // a write that takes longer is slow
	afterSlow  = 10 * time.Second     // how long writes are scheduled after a slow one
	rawAtMost  = 256 << 10            // bytes; longer writes are scheduled
	rawRetries = 8                    // of a write that a signal interrupted
)

// quickFile is a file whose short writes are not scheduled. Its owner is the one writer.
type quickFile struct {
	*os.File
	descriptor uintptr
	slowUntil  time.Time
}

func newQuickFile(f *os.File) file { return &quickFile{File: f, descriptor: f.Fd()} }

// Write writes all of data, or tells what stopped it.
func (q *quickFile) Write(data []byte) (int, error) {
	began := time.Now()
	if len(data) == 0 || len(data) > rawAtMost || began.Before(q.slowUntil) {
		return q.File.Write(data)
	}
	written, err := q.writeRaw(data)
	if ended := time.Now(); ended.Sub(began) > slowWrite {
		q.slowUntil = ended.Add(afterSlow)
	}
	return written, err
}

func (q *quickFile) writeRaw(data []byte) (written int, err error) {
	for range rawRetries {
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, q.descriptor, uintptr(unsafe.Pointer(&data[written])), uintptr(len(data)-written))
		switch {
		case errno == syscall.EINTR:
			continue
		case errno != 0:
			return written, &os.PathError{Op: "write", Path: q.Name(), Err: errno}
		}
		if written += int(n); written == len(data) {
			return written, nil
		}
	}
	return written, io.ErrShortWrite
}
