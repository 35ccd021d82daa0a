package media

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pacer wakes a worker at its ticks. It is a timer of the kernel in the Go scheduler's poller: a timer of
// Go wakes a second thread with each firing, which looks for work in vain (measured: 30 % of the CPU time
// of a room of twenty).
type pacer struct {
	file *os.File
	raw  syscall.RawConn
	fd   int
}

func newPacer() (*pacer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a timer: %w", err)
	}
	p := &pacer{file: os.NewFile(uintptr(fd), "timer"), fd: fd}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		p.file.Close()
		return nil, fmt.Errorf("make a timer: %w", err)
	}
	return p, nil
}

// run calls step whenever the timer fires, until it returns true. Nobody reads the timer: the
// poller is told of each firing.
func (p *pacer) run(step func() (done bool)) {
	_ = p.raw.Read(func(uintptr) bool { return step() })
}

// close is for when nobody kicks any more: the number of a closed file is soon another's.
func (p *pacer) close() error { return p.file.Close() }

// arm lets it fire once, after a while.
func (p *pacer) arm(after time.Duration) { p.set(max(after, 1)) }

// disarm lets it rest until arm or kick.
func (p *pacer) disarm() { p.set(0) }

// kick lets it fire now. Any goroutine may call it; an arm just after it may undo it.
func (p *pacer) kick() { p.set(1) }

// set also forgets a firing that the poller hasn't told of.
func (p *pacer) set(after time.Duration) {
	_ = unix.TimerfdSettime(p.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(after))}, nil)
}
