package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
)

// Delete removes a message. When it returns nil the message stays away.
func (b *Boxes) Delete(box, id string) error {
	x := b.find(box)
	if x == nil {
		return ErrUnknown
	}
	if err := b.delete(x, id); err != nil {
		return fmt.Errorf("delete a message: %w", err)
	}
	b.leave(x)
	b.changed(box)
	return nil
}

func (b *Boxes) delete(x *box, id string) error {
	x.change.Lock()
	defer x.change.Unlock()
	if _, ok := x.before(id); !ok || id == greeting {
		return ErrUnknown
	}
	if err := b.disown(x, id); err != nil {
		x.doubt(id)
		return err
	}
	x.mutex.Lock()
	i := x.index(id)
	x.octets -= x.messages[i].Octets
	x.messages = append(x.messages[:i], x.messages[i+1:]...)
	x.mutex.Unlock()
	// The recording is rubbish now: what is left of it goes at the next Open.
	_ = b.discard(x.path(id, sound))
	return nil
}

// disown removes a description, to last. Its recording must still be there until then: a description
// without one would look like damage.
func (b *Boxes) disown(x *box, name string) error {
	if err := b.disk.Remove(x.path(name, sidecar)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return b.trouble(err)
	}
	if err := b.disk.Sync(x.place()); err != nil {
		return b.trouble(err)
	}
	return nil
}

// Empty removes all messages of a box and its greeting, as when its user is no more.
func (b *Boxes) Empty(box string) error {
	var failed error
	for _, message := range b.List(box) {
		if err := b.Delete(box, message.ID); err != nil && !errors.Is(err, ErrUnknown) {
			failed = errors.Join(failed, err)
		}
	}
	return errors.Join(failed, b.DropGreeting(box))
}
