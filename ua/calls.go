package ua

import (
	"hookflash/dialog"
	"hookflash/sip"
)

// calls are the calls of an agent, in the order in which they began. One of a hundred thousand is
// taken out as fast as the only one.
type calls struct {
	first, last *Call
	count       int
}

func (l *calls) add(c *Call) {
	c.previous = l.last
	if l.last == nil {
		l.first = c
	} else {
		l.last.next = c
	}
	l.last = c
	l.count++
}

func (l *calls) remove(c *Call) {
	if c.previous == nil {
		l.first = c.next
	} else {
		c.previous.next = c.next
	}
	if c.next == nil {
		l.last = c.previous
	} else {
		c.next.previous = c.previous
	}
	c.next, c.previous = nil, nil
	l.count--
}

func (l *calls) list() []*Call {
	list := make([]*Call, 0, l.count)
	for c := l.first; c != nil; c = c.next {
		if !c.Background {
			list = append(list, c)
		}
	}
	return list
}

// Named is the call whose dialog somebody names, as our side of the dialog knows it; nil for none.
func (a *Agent) Named(id sip.DialogID) *Call {
	if u := a.dialogs[dialog.ID{CallID: id.CallID, LocalTag: id.LocalTag, RemoteTag: id.RemoteTag}]; u != nil {
		return u.call
	}
	return nil
}
