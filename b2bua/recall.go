package b2bua

import (
	"time"

	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// Patience is how long a third party rings whom services call.
const Patience = time.Minute

// recallAlert says why a telephone rings: a transfer came to nothing (RFC 7462 §8.2.1).
const recallAlert = "<urn:alert:service:recall:transfer>"

// Recall calls a user who has left somebody alone in a conversation, because a third party could not be reached with whom that
// one was to be connected (RFC 5589 §6.3). Should that fail as well, whoever waits is told why the third party could not be,
// and hung up. Of more than one, nobody is alone. It returns when the two talk, or will not.
//
//	Alice          bridge          Bob
//	  |   ringback    |  INVITE From: Alice F15
//	  |<==============|------------->|
//	  |               |   180 F16    |
//	  |               |<-------------|
//	  |               |   200 F17    |
//	  |               |<-------------|
//	  |               |   ACK F18    |
//	  |               |------------->|
//	  |<=============>|<============>|
func (c *Conversation) Recall(t *task.Task, user string, why error) {
	left := c.there()
	if len(left) != 1 || user == "" {
		return
	}
	defer c.Keep()()
	e, alone := c.exchange, left[0]
	gone, stop := c.Until(func() bool { return len(c.there()) == 0 })
	defer stop()
	silence := e.agent.Repeat(c.room, Ringback)
	// phones: a mailbox would take the call, and nobody could any more.
	call, err := e.Call(t, Outgoing{
		Target: "sip:" + sip.EscapeUser(user) + "@" + e.settings.Domain + ";phones", For: alone, Payer: user, Until: gone, Patience: Patience,
		Alert: recallAlert,
	}) // F15
	silence()
	switch {
	case err == nil && len(c.there()) > 0: // F17
		c.Add(call)
	case err == nil:
		call.HangUp()
	case alone.Call.State != ua.Over && alone.conversation == c:
		_ = alone.Call.Say(t, alone.Voice().Prompt(Excuse(why)))
	}
}

// there are the legs whose calls have not ended.
func (c *Conversation) there() (legs []*Leg) {
	for _, l := range c.legs {
		if l.Call.State != ua.Over {
			legs = append(legs, l)
		}
	}
	return legs
}

// Until gives a source that is ready once something holds: it is looked at whenever a leg has come, gone or got another call.
// stop ends that.
func (c *Conversation) Until(holds func() bool) (source task.Source, stop func()) {
	looks := c.exchange.agent.Go("until", func(t *task.Task) {
		changes := c.Watch()
		defer c.Unwatch(changes)
		for !holds() {
			t.First(changes)
			changes.Take()
		}
	})
	return looks.Done(), looks.Stop
}
