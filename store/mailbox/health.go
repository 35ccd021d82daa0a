package mailbox

import (
	"errors"
	"fmt"
	"sync"
)

// probe is the file that tells whether the disk takes files.
const probe = incoming + "/probe"

// health is the disk's.
type health struct {
	mutex   sync.Mutex
	running *trial // guarded by mutex; nil: none
}

// trial is one look at the disk, which everybody who asks meanwhile waits for.
type trial struct {
	done chan struct{}
	err  error // once done
}

// Health tells whether a message could be kept now: it writes and syncs a file. The error is
// ErrSpace or ErrDisk, joined with what the disk says.
func (b *Boxes) Health() error {
	h := &b.health
	h.mutex.Lock()
	running := h.running
	if running == nil {
		running = &trial{done: make(chan struct{})}
		h.running = running
		h.mutex.Unlock()
		running.err = b.look()
		h.mutex.Lock()
		h.running = nil
		h.mutex.Unlock()
		close(running.done)
		return running.err
	}
	h.mutex.Unlock()
	<-running.done
	return running.err
}

func (b *Boxes) look() error {
	if left := b.disk.Free(); left >= 0 && left < MinFree {
		return fmt.Errorf("%w: %d octets are left", ErrSpace, left)
	}
	if err := b.store(probe, []byte("probe\n")); err != nil {
		return b.trouble(err)
	}
	return nil
}

// store writes a file and syncs it. Nothing refers to it yet.
func (b *Boxes) store(name string, text []byte) error {
	file, err := b.disk.Create(name)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// trouble is an error of the disk.
func (b *Boxes) trouble(err error) error { return fmt.Errorf("%w: %w", ErrDisk, err) }
