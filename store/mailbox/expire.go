package mailbox

import (
	"errors"
	"time"
)

// Expire removes messages that are older than Settings.Keep, and recordings that nobody ended. It
// gives the number of messages that went.
func (b *Boxes) Expire(now time.Time) (gone int, err error) {
	for _, id := range b.abandoned(now) {
		if failed := b.Drop(id); failed != nil && !errors.Is(failed, ErrUnknown) {
			err = errors.Join(err, failed)
		}
	}
	if b.settings.Keep <= 0 {
		return 0, err
	}
	for _, box := range b.Names() {
		for _, message := range b.List(box) {
			if now.Sub(message.Received) < b.settings.Keep {
				continue
			}
			switch failed := b.Delete(box, message.ID); {
			case failed == nil:
				gone++
			case !errors.Is(failed, ErrUnknown): // somebody was faster
				err = errors.Join(err, failed)
			}
		}
	}
	return gone, err
}

func (b *Boxes) abandoned(now time.Time) []string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	var old []string
	for id, recording := range b.begun {
		if now.Sub(recording.at) >= Abandoned {
			old = append(old, id)
		}
	}
	return old
}
