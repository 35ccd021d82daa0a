package mailbox

import "fmt"

// KeepGreeting makes a recording that has begun, and is whole, the box's greeting, in place of the
// one before. When it returns nil that lasts; otherwise the one before stays.
func (b *Boxes) KeepGreeting(box, id string, meta Meta) error {
	x, err := b.end(id, &box)
	if err != nil {
		return err
	}
	x.change.Lock()
	defer x.change.Unlock()
	defer b.leave(x)
	defer x.release()
	recorded, err := b.settle(x, id, meta)
	if err != nil {
		return fmt.Errorf("keep a greeting: %w", err)
	}
	if err := b.commit(x, greeting, x.record(recorded)); err != nil {
		return fmt.Errorf("keep a greeting: %w", err)
	}
	x.mutex.Lock()
	before := x.greeting
	x.greeting = &recorded
	x.mutex.Unlock()
	if before != nil {
		_ = b.discard(x.path(before.ID, sound)) // rubbish now, at the latest of the next Open
	}
	return nil
}

// Greeting checks a box's greeting and names it for the media side. Without one it is ErrUnknown.
func (b *Boxes) Greeting(box string) (name string, err error) {
	x := b.find(box)
	if x == nil {
		return "", ErrUnknown
	}
	recorded, ok := x.before(greeting)
	if !ok {
		return "", ErrUnknown
	}
	name = x.path(recorded.ID, sound)
	if err := b.check(name, recorded); err != nil {
		return "", err
	}
	return name, nil
}

// DropGreeting removes a box's greeting; none is fine.
func (b *Boxes) DropGreeting(box string) error {
	x := b.find(box)
	if x == nil {
		return nil
	}
	x.change.Lock()
	defer x.change.Unlock()
	recorded, ok := x.before(greeting)
	if !ok {
		return nil
	}
	if err := b.disown(x, greeting); err != nil {
		return fmt.Errorf("remove a greeting: %w", err)
	}
	x.mutex.Lock()
	x.greeting = nil
	x.mutex.Unlock()
	_ = b.discard(x.path(recorded.ID, sound))
	b.leave(x)
	return nil
}
