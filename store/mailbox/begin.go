package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// Begin names a recording that is to be made for a box, where Incoming says. The recording has its
// place from now on: Keep, KeepGreeting or Drop ends that. The error is ErrFull, ErrBoxes, ErrBox
// or, where the disk does not work, that of Health.
func (b *Boxes) Begin(box string, now time.Time) (id string, err error) {
	x, err := b.enter(box)
	if err != nil {
		return "", err
	}
	if err = b.Health(); err == nil {
		id, err = b.name(x, now)
	}
	if err != nil {
		x.release()
		b.leave(x)
	}
	return id, err
}

func (b *Boxes) name(x *box, now time.Time) (id string, err error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if id, err = newID(b.settings.Random); err == nil {
		b.begun[id] = begun{x, now}
	}
	return id, err
}

// Drop removes a recording that is not to be kept. One that Begin did not name, or that was
// ended already, is ErrUnknown.
func (b *Boxes) Drop(id string) error {
	x, err := b.end(id, nil)
	if err != nil {
		return err
	}
	x.release()
	b.leave(x)
	return b.discard(Incoming(id))
}

// end takes a recording out of those that have begun; its place stays reserved.
func (b *Boxes) end(id string, name *string) (*box, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	recording, ok := b.begun[id]
	if !ok || name != nil && recording.box.name != *name {
		return nil, ErrUnknown
	}
	delete(b.begun, id)
	return recording.box, nil
}

// discard removes a file that nobody needs; it may be gone.
func (b *Boxes) discard(name string) error {
	if err := b.disk.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return b.trouble(fmt.Errorf("remove %s: %w", name, err))
	}
	return nil
}

// reserve keeps a place for a message. The boxes' mutex is held: nobody forgets the box meanwhile.
func (x *box) reserve(limits *Settings) bool {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if len(x.messages)+x.pending >= limits.Messages || x.octets >= limits.Octets {
		return false
	}
	x.pending++
	return true
}

func (x *box) release() {
	x.mutex.Lock()
	x.pending--
	x.mutex.Unlock()
}

// leave forgets a box in which there is nothing, so that it does not count.
func (b *Boxes) leave(x *box) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if len(x.messages) == 0 && x.pending == 0 && x.greeting == nil && b.boxes[x.name] == x {
		delete(b.boxes, x.name)
	}
}
