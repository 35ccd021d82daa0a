package mailbox

import "fmt"

// Mark makes a message one that was heard, or a new one again. When it returns nil that lasts.
func (b *Boxes) Mark(box, id string, heard bool) error {
	x := b.find(box)
	if x == nil {
		return ErrUnknown
	}
	changed, err := b.mark(x, id, heard)
	if err != nil {
		return fmt.Errorf("mark a message: %w", err)
	}
	if changed {
		b.changed(box)
	}
	return nil
}

func (b *Boxes) mark(x *box, id string, heard bool) (changed bool, err error) {
	x.change.Lock()
	defer x.change.Unlock()
	message, ok := x.before(id)
	if !ok || id == greeting {
		return false, ErrUnknown
	}
	if message.Heard == heard && !message.unsure {
		return false, nil
	}
	message.Heard, message.unsure = heard, false
	if err := b.commit(x, id, x.record(message)); err != nil {
		x.doubt(id)
		return false, err
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.messages[x.index(id)] = message
	return true, nil
}
