package mailbox

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Keep makes a recording that has begun, and is whole, a message. When it returns nil the message
// stays, whatever happens to the process or the power; otherwise it is as good as dropped. It may
// wait for the disk several times.
func (b *Boxes) Keep(box, id string, meta Meta) error {
	x, err := b.end(id, &box)
	if err != nil {
		return err
	}
	x.change.Lock()
	message, err := b.settle(x, id, meta)
	if err == nil {
		err = b.commit(x, id, x.record(message))
	}
	if err != nil {
		x.change.Unlock()
		x.release()
		b.leave(x)
		return fmt.Errorf("keep a message: %w", err)
	}
	x.add(message)
	x.change.Unlock()
	b.changed(box)
	return nil
}

// settle makes the recording last, in its box.
func (b *Boxes) settle(x *box, id string, meta Meta) (kept, error) {
	from, to := Incoming(id), x.path(id, sound)
	if err := b.sync(from); err != nil {
		return kept{}, errors.Join(b.trouble(err), b.discard(from))
	}
	octets, sum, err := b.measure(from)
	if err != nil {
		return kept{}, errors.Join(err, b.discard(from))
	}
	if err := b.room(x); err != nil {
		return kept{}, errors.Join(err, b.discard(from))
	}
	if err := b.disk.Rename(from, to); err != nil {
		return kept{}, errors.Join(b.trouble(err), b.discard(from))
	}
	// The name is synced before a description can be there that promises it.
	if err := b.disk.Sync(x.place()); err != nil {
		return kept{}, errors.Join(b.trouble(err), b.discard(to))
	}
	return kept{Message: Message{ID: id, Meta: meta.clean(), Octets: octets}, sum: sum}, nil
}

// sync makes the content of a recording last.
func (b *Boxes) sync(name string) error {
	file, err := b.disk.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// measure reads a recording once.
func (b *Boxes) measure(name string) (octets int64, sum uint32, err error) {
	file, err := b.disk.Open(name)
	if err != nil {
		return 0, 0, b.trouble(err)
	}
	defer file.Close()
	buffer := make([]byte, 64<<10)
	for first := true; ; first = false {
		n, err := file.Read(buffer)
		if first && !isSound(buffer[:n]) {
			return 0, 0, ErrNoSound
		}
		sum = crc32.Update(sum, castagnoli, buffer[:n])
		if octets += int64(n); octets > MaxMessage {
			return 0, 0, ErrTooLong
		}
		if errors.Is(err, io.EOF) {
			return octets, sum, nil
		}
		if err != nil {
			return 0, 0, b.trouble(err)
		}
	}
}

// isSound looks for the header of a WAV file.
func isSound(start []byte) bool {
	return len(start) >= 12 && bytes.Equal(start[:4], []byte("RIFF")) && bytes.Equal(start[8:12], []byte("WAVE"))
}

// room makes the directory of a box, to last.
func (b *Boxes) room(x *box) error {
	if x.made {
		return nil
	}
	if err := b.disk.Mkdir(x.place()); err != nil {
		return b.trouble(err)
	}
	if err := b.disk.Sync(boxes); err != nil {
		return b.trouble(err)
	}
	x.made = true
	return nil
}

// commit writes a description under its name, as the one moment in which it begins to hold. Whether
// an error came before that moment is not known: what it was about is taken back.
func (b *Boxes) commit(x *box, name string, r *record) error {
	text, err := r.encode()
	if err != nil {
		return err
	}
	temporary, final := x.path(name, unnamed), x.path(name, sidecar)
	if err := b.store(temporary, text); err != nil {
		return errors.Join(b.trouble(err), b.discard(temporary), b.retract(x, name, r))
	}
	if err := b.disk.Rename(temporary, final); err != nil {
		return errors.Join(b.trouble(err), b.discard(temporary), b.retract(x, name, r))
	}
	if err := b.disk.Sync(x.place()); err != nil {
		return errors.Join(b.trouble(err), b.retract(x, name, r))
	}
	return nil
}

// retract takes back what could not be committed: a new message goes, and what was there before
// stays as it was.
func (b *Boxes) retract(x *box, name string, r *record) error {
	before, ok := x.before(name)
	if ok {
		text, err := x.record(before).encode()
		if err == nil {
			err = b.store(x.path(name, unnamed), text)
		}
		if err == nil {
			err = b.disk.Rename(x.path(name, unnamed), x.path(name, sidecar))
		}
		if err == nil {
			err = b.disk.Sync(x.place())
		}
		if err != nil {
			return b.trouble(err)
		}
	} else if err := b.disown(x, name); err != nil {
		return err
	}
	if before.ID != r.ID {
		return b.discard(x.path(r.ID, sound)) // nothing names it any more, for sure
	}
	return nil
}

// before is what the memory holds of a description.
func (x *box) before(name string) (kept, bool) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if name == greeting {
		if x.greeting == nil {
			return kept{}, false
		}
		return *x.greeting, true
	}
	if i := x.index(name); i >= 0 {
		return x.messages[i], true
	}
	return kept{}, false
}

// doubt notes that a change of a message failed. One that is there is there.
func (x *box) doubt(id string) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.messages[x.index(id)].unsure = true
}

// add puts a message into the list, and gives its reservation back.
func (x *box) add(message kept) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.pending--
	x.insert(message)
}
