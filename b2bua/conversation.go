package b2bua

import (
	"slices"
	"time"

	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Conversation is calls of one agent that hear each other.
type Conversation struct {
	exchange *Exchange
	legs     []*Leg
	room     graph.Room
	kept     int  // services that work with it: it does not end
	alive    bool // counted among the exchange's
	watching []*task.Queue[struct{}]
	waiting  *waiting
	id       string // under which it is kept, "" while it is not
	// Recording is that of the service which records it, nil for none: it goes where the conversation goes.
	Recording Recording
}

// Recording is told where the conversation is that it is of: one that it has become part of, or nil when it is over.
type Recording interface{ Goes(to *Conversation) }

// Leg is one call of a Conversation.
type Leg struct {
	Call *ua.Call
	// User is the user of the domain who is at the other end, as the server vouches for it; "" for anybody else.
	User string
	// Party is who is at the other end, for those who are told.
	Party ua.Party
	// By is the user by whose code it came in beside others; "" for those who called, and were called.
	By string
	// Undisturbed is until when nobody is asked here whether somebody may come in.
	Undisturbed time.Time
	// partner is the URI of whom its other end was told to talk with last, "" where that has not changed.
	partner      string
	conversation *Conversation
	apart        graph.Room // where a service has it talk alone; 0: nowhere
	onHold       graph.Room // where it waits while it holds the others by a code; 0: it does not
	holds        bool       // it holds the others by a re-INVITE
	music        string     // the source that it hears, "" for none
	quiet        func()     // ends that
	keys         *keypad
	sounded      bool // its digits are tones in the sound, which the others hear as well
}

// place is where a leg is to be heard.
func (l *Leg) place() graph.Room {
	switch {
	case l.apart != 0:
		return l.apart
	case l.onHold != 0:
		return l.onHold
	}
	return l.conversation.room
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
	c.changed()
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
	switch { // who hides is known to us alone
	case l.Hides() && call.Incoming:
		l.Party = call.Shown
	case l.Hides():
		l.Party = ua.Anonymous
	case !call.Incoming && who.Asserted:
		l.Party.URI, l.Party.Asserted = who.URI, true
	}
	if local := l.conversation.exchange.settings.Local; who.Asserted && local != nil {
		l.User = local(who.URI)
	}
}

// Hides tells whether who is at the other end has called, or answered, without being known to others (RFC 3323).
func (l *Leg) Hides() bool {
	if said := l.Call.Privacy != "" && l.Call.Privacy != "none"; said || !l.Call.Incoming {
		return said
	}
	from, err := sip.ParseURI(l.Call.Shown.URI)
	return err == nil && from.IsAnonymous()
}

// Swap has another call take a leg's place, which is in no conversation. The leg's own call is left to the caller.
func (c *Conversation) Swap(l *Leg, call *ua.Call) {
	l.release()
	delete(c.exchange.legs, l.Call)
	l.letGo()
	l.Call, l.partner = call, ""
	c.exchange.legs[call] = l
	l.identify()
	call.Report(c.exchange.reports)
	call.Enter(l.place())
	c.changed()
}

// Drop takes a leg out; its call goes on, and is left to the caller. The conversation ends when nobody is left to talk to.
func (c *Conversation) Drop(l *Leg) {
	if l.conversation != c {
		return
	}
	l.release()
	l.letGo()
	delete(c.exchange.legs, l.Call)
	c.legs = c.Others(l)
	l.conversation = nil
	if l.Call.State != ua.Over {
		l.Call.Enter(graph.Room(c.exchange.agent.Node()))
	}
	c.changed()
	c.settle(0)
}

// Move takes all legs of another conversation in.
func (c *Conversation) Move(from *Conversation) {
	for _, l := range from.Legs() {
		l.hear("")
		l.conversation = c
		c.legs = append(c.legs, l)
		l.Call.Enter(l.place())
	}
	from.legs = nil
	c.changed()
	from.changed()
	if r := from.Recording; r != nil {
		from.Recording = nil
		if c.Recording == nil {
			c.Recording = r
			r.Goes(c)
		} else {
			r.Goes(nil)
		}
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
	if r := c.Recording; r != nil {
		c.Recording = nil
		r.Goes(nil)
	}
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

// letGo leaves a leg's call to whoever goes on with it.
func (l *Leg) letGo() {
	l.Call.Report(nil)
	l.Call.Preserve(nil)
}
