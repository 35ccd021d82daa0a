package b2bua

import (
	"slices"

	"hookflash/media/graph"
	"hookflash/ua"
)

// Conversation is calls of one agent that hear each other.
type Conversation struct {
	exchange *Exchange
	legs     []*Leg
	room     graph.Room
	kept     int  // services that work with it: it does not end
	alive    bool // counted among the exchange's
	// Recording is that of the service which records it, nil for none: it goes where the conversation goes.
	Recording any
}

// Leg is one call of a Conversation.
type Leg struct {
	Call *ua.Call
	// User is the user of the domain who is at the other end, as the server vouches for it; "" for anybody else.
	User string
	// Party is who is at the other end, for those who are told.
	Party        ua.Party
	conversation *Conversation
	aside        bool // a service talks with it alone
	held         func()
	keys         *keypad
}

// Conversation is the leg's, nil once it has left.
func (l *Leg) Conversation() *Conversation { return l.conversation }

// Voice is the language in which a leg is spoken to.
func (l *Leg) Voice() ua.Voice {
	s := l.conversation.exchange.settings
	if l.User != "" && s.LanguageOf != nil {
		if language := s.LanguageOf(l.User); language != "" {
			return ua.Voice(language)
		}
	}
	return ua.Voice(s.Language)
}

// begin makes a conversation of a call.
func (e *Exchange) begin(call *ua.Call) *Conversation {
	c := &Conversation{exchange: e, room: call.Room, alive: true}
	e.talking++
	c.Add(call)
	e.listen()
	return c
}

// Exchange is whose conversation it is.
func (c *Conversation) Exchange() *Exchange { return c.exchange }

// Legs are the calls, in the order in which they came.
func (c *Conversation) Legs() []*Leg { return slices.Clone(c.legs) }

// Room is where they hear each other.
func (c *Conversation) Room() graph.Room { return c.room }

// Others are all legs but one.
func (c *Conversation) Others(l *Leg) []*Leg {
	return slices.DeleteFunc(c.Legs(), func(other *Leg) bool { return other == l })
}

// Full tells that no further leg is let in.
func (c *Conversation) Full() bool { return len(c.legs) >= MaxLegs }

// Add lets a call in, which is in no other conversation.
func (c *Conversation) Add(call *ua.Call) *Leg {
	l := &Leg{Call: call, conversation: c}
	c.legs = append(c.legs, l)
	c.exchange.legs[call] = l
	l.identify()
	call.Enter(c.room)
	call.Report(c.exchange.reports)
	return l
}

// identify finds out who is at the other end.
func (l *Leg) identify() {
	call := l.Call
	l.Party, l.User = call.Remote, ""
	who := call.Remote
	if !call.Incoming {
		who = call.Answerer
	}
	if local := l.conversation.exchange.settings.Local; who.Asserted && local != nil {
		l.User = local(who.URI)
	}
}

// Swap has another call take a leg's place, which is in no conversation. The leg's own call is left to the caller.
func (c *Conversation) Swap(l *Leg, call *ua.Call) {
	l.release()
	delete(c.exchange.legs, l.Call)
	l.Call.Report(nil)
	l.Call = call
	c.exchange.legs[call] = l
	l.identify()
	call.Report(c.exchange.reports)
	if !l.aside {
		call.Enter(c.room)
	}
}

// Drop takes a leg out; its call goes on, and is left to the caller. The conversation ends when nobody is left to talk to.
func (c *Conversation) Drop(l *Leg) {
	if l.conversation != c {
		return
	}
	l.release()
	l.Call.Report(nil)
	delete(c.exchange.legs, l.Call)
	c.legs = c.Others(l)
	l.conversation = nil
	if l.Call.State != ua.Over {
		l.Call.Enter(graph.Room(c.exchange.agent.Node()))
	}
	c.settle(0)
}

// Move takes all legs of another conversation in.
func (c *Conversation) Move(from *Conversation) {
	for _, l := range from.Legs() {
		l.conversation = c
		c.legs = append(c.legs, l)
		if !l.aside {
			l.Call.Enter(c.room)
		}
	}
	from.legs = nil
	if c.Recording == nil {
		c.Recording, from.Recording = from.Recording, nil
	}
	from.settle(0)
}

// Keep has the conversation go on with fewer than two legs, until release is called.
func (c *Conversation) Keep() (release func()) {
	c.kept++
	done := false
	return func() {
		if !done {
			done = true
			c.kept--
			c.settle(0)
		}
	}
}

// Busy tells that a service works with it.
func (c *Conversation) Busy() bool { return c.kept > 0 }

// Alive tells that it has not ended.
func (c *Conversation) Alive() bool { return c.alive }

// settle ends the conversation when it is over: who is left is told why by a code, 0 for a good end.
func (c *Conversation) settle(code int) {
	if c.kept > 0 || len(c.legs) > 1 || !c.alive {
		return
	}
	c.alive = false
	c.exchange.talking--
	c.exchange.reports.Put(ua.Report{}) // whoever listens looks whether there is anybody left
	for _, l := range c.Legs() {
		c.Drop(l)
		if code >= 300 {
			l.Call.HangUpFor(code)
		} else {
			l.Call.HangUp()
		}
	}
}

// Aside takes a leg out of the others' hearing, so that a service can talk with it alone. The others hear the music of
// its user meanwhile. back ends that.
func (l *Leg) Aside() (back func()) {
	c := l.conversation
	l.aside = true
	l.Call.Enter(graph.Room(c.exchange.agent.Node()))
	quiet := c.play(l)
	return func() {
		quiet()
		if l.aside = false; l.conversation != nil && l.Call.State != ua.Over {
			l.Call.Enter(l.conversation.room)
		}
	}
}

// play has the others hear the music of a leg's user.
func (c *Conversation) play(l *Leg) (stop func()) {
	music := c.exchange.settings.Music
	if music == nil {
		return func() {}
	}
	source := music(l.User)
	if source == "" {
		return func() {}
	}
	var stops []func()
	for _, other := range c.Others(l) {
		if !other.aside && len(c.legs) == 2 {
			stops = append(stops, other.Call.Sound(source))
		}
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}
