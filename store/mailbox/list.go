package mailbox

import (
	"cmp"
	"slices"
)

// List gives the messages of a box, oldest first, in memory of the caller's.
func (b *Boxes) List(box string) []Message {
	x := b.find(box)
	if x == nil {
		return nil
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	list := make([]Message, 0, len(x.messages))
	for i := range x.messages {
		list = append(list, x.messages[i].Message)
	}
	return list
}

// Counts counts the messages of a box.
func (b *Boxes) Counts(box string) Counts {
	x := b.find(box)
	if x == nil {
		return Counts{}
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	var counts Counts
	for i := range x.messages {
		if x.messages[i].Heard {
			counts.Old++
		} else {
			counts.New++
		}
	}
	return counts
}

// Names are the boxes in which there is something, in the order of their names.
func (b *Boxes) Names() []string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	names := make([]string, 0, len(b.boxes))
	for name := range b.boxes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// insert keeps the order of arrival. The mutex is held.
func (x *box) insert(message kept) {
	at, _ := slices.BinarySearchFunc(x.messages, message, func(one, other kept) int {
		return cmp.Or(one.Received.Compare(other.Received), cmp.Compare(one.ID, other.ID))
	})
	x.messages = slices.Insert(x.messages, at, message)
	x.octets += message.Octets
}

// index finds a message, -1 without one. The mutex is held.
func (x *box) index(id string) int {
	return slices.IndexFunc(x.messages, func(k kept) bool { return k.ID == id })
}

// message finds one that is there now.
func (b *Boxes) message(name, id string) (*box, kept, error) {
	x := b.find(name)
	if x == nil {
		return nil, kept{}, ErrUnknown
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if i := x.index(id); i >= 0 {
		return x, x.messages[i], nil
	}
	return nil, kept{}, ErrUnknown
}
