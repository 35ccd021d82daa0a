package b2bua

import (
	"hookflash/media/graph"
	"hookflash/task"
	"hookflash/ua"
)

// Aside takes a leg out of the others' hearing, so that a service can talk with it alone; digits of it are no codes
// meanwhile, and go to nobody. back ends that. Whoever would hear nobody then hears the music of its user.
func (l *Leg) Aside() (back func()) { return l.enter(l.exchangeRoom()) }

// AsideWith is Aside in a room where another leg is already, so that both talk alone.
func (l *Leg) AsideWith(other *Leg) (back func()) { return l.enter(other.Call.Room) }

func (l *Leg) exchangeRoom() graph.Room { return graph.Room(l.conversation.exchange.agent.Node()) }

func (l *Leg) enter(room graph.Room) (back func()) {
	l.apart, l.onHold = room, 0
	l.moved()
	return func() {
		if l.apart == room {
			l.apart = 0
			l.moved()
		}
	}
}

// Hold takes a leg out of the others' hearing until Resume, as a telephone does that holds them (RFC 5359 §2.1, §2.3):
// codes are taken from it meanwhile.
func (l *Leg) Hold() {
	if l.conversation != nil && l.onHold == 0 {
		l.onHold = l.exchangeRoom()
		l.moved()
	}
}

// Resume ends Hold.
func (l *Leg) Resume() {
	l.onHold = 0
	l.moved()
}

// Holds tells whether a leg holds the others by Hold.
func (l *Leg) Holds() bool { return l.onHold != 0 }

// moved has a leg be heard where it belongs now.
func (l *Leg) moved() {
	if l.conversation != nil && l.Call.State != ua.Over {
		l.hear("")
		l.Call.Enter(l.place())
		l.conversation.tune()
	}
}

// away tells whether a leg is not there for the others.
func (l *Leg) away() bool { return l.apart != 0 || l.onHold != 0 || l.holds }

// tune has whoever would hear nobody hear the music of who went away.
func (c *Conversation) tune() {
	for _, l := range c.legs {
		source := ""
		if absent := c.missing(l); absent != nil && c.exchange.settings.Music != nil {
			source = c.exchange.settings.Music(absent.User)
		}
		l.hear(source)
	}
}

// missing is the leg that left another one alone, nil for none.
func (c *Conversation) missing(l *Leg) (absent *Leg) {
	if l.away() {
		return nil
	}
	for _, other := range c.legs {
		switch {
		case other == l:
		case !other.away():
			return nil
		case absent == nil:
			absent = other
		}
	}
	return absent
}

// hear plays a source to a leg, in place of what it heard; "" for nothing.
func (l *Leg) hear(source string) {
	if source == l.music {
		return
	}
	if l.quiet != nil {
		l.quiet()
		l.quiet = nil
	}
	if l.music = source; source != "" {
		l.quiet = l.Call.Sound(source)
	}
}

// maxChanges are what a watcher of a conversation has not seen yet; one would do.
const maxChanges = 1

// Watch tells from now on that a leg came, went or got another call; Unwatch ends that.
func (c *Conversation) Watch() *task.Queue[struct{}] {
	changes := task.NewQueue[struct{}](maxChanges)
	c.watching = append(c.watching, changes)
	return changes
}

// Unwatch ends a Watch.
func (c *Conversation) Unwatch(changes *task.Queue[struct{}]) {
	for i, watching := range c.watching {
		if watching == changes {
			c.watching = append(c.watching[:i], c.watching[i+1:]...)
			return
		}
	}
}

// changed tells of a change, and has everybody hear what they are to.
func (c *Conversation) changed() {
	c.tune()
	c.preserve()
	c.acquaint()
	for _, changes := range c.watching {
		changes.Put(struct{}{})
	}
}

// acquaint tells two who are left to each other, or have come together, with whom each of them talks.
func (c *Conversation) acquaint() {
	tell := c.exchange.settings.Partner
	for i, l := range c.pair() {
		if other := c.legs[1-i].Party; tell != nil && l.partner != other.URI {
			l.partner = other.URI
			tell(l.Call, other)
		}
	}
	c.introduce()
}

// pair are the two that talk with each other, and nobody else; nil where there are more, or fewer.
func (c *Conversation) pair() []*Leg {
	if len(c.legs) != 2 || c.legs[0].Call.State != ua.Talking || c.legs[1].Call.State != ua.Talking {
		return nil
	}
	return c.legs
}
