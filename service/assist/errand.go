package assist

import (
	"errors"

	"hookflash/b2bua"
	"hookflash/task"
	"hookflash/ua"
)

// errand is what the server does with a third party for a user and those whom the user talks with. It is a task's.
type errand struct {
	*alone
	exchange     *b2bua.Exchange
	conversation *b2bua.Conversation
	user         string
	code         string     // that was pressed
	consulted    *b2bua.Leg // whom the user talks with alone; nil: nobody
	release      func()
}

// begin sets the user apart; end brings everybody together who is there still.
func begin(t *task.Task, p b2bua.Press) *errand {
	c := p.Leg.Conversation()
	return &errand{
		release: c.Keep(), exchange: c.Exchange(), conversation: c, user: p.Leg.User, code: p.Code.Code, alone: aloneWith(t, p.Leg),
	}
}

func (e *errand) end() {
	e.back()
	e.release()
}

// stays tells that the user has not hung up.
func (e *errand) stays() bool { return e.leg.Conversation() == e.conversation && !e.left() }

// rest are those whom the user talked with.
func (e *errand) rest() (rest []*b2bua.Leg) {
	for _, l := range e.conversation.Others(e.leg) {
		if l != e.consulted && l.Call.State != ua.Over {
			rest = append(rest, l)
		}
	}
	return rest
}

// named asks for a number; ok is false without one. When nobody is left for whom it is asked, the user is hung up.
func (e *errand) named() (number string, ok bool) {
	call := e.leg.Call
	bound := call.Agent().Go("rest", func(t *task.Task) {
		gone, stop := e.conversation.Until(func() bool { return len(e.rest()) == 0 })
		defer stop()
		t.First(gone)
		if len(e.rest()) == 0 {
			call.HangUp()
		}
	})
	defer bound.Stop()
	number, err := e.number()
	return number, err == nil && number != "" && len(e.rest()) > 0
}

// ring calls a third party. The user may give that up by GiveUp, and may hang up: then the others hear that it rings. Errors
// are those of Exchange.Call; ua.ErrOver when it was given up, or when nobody is left for whom it is called.
func (e *errand) ring(o b2bua.Outgoing) (*ua.Call, error) {
	waits := e.leg.Call.Agent().Go("rings", func(t *task.Task) { e.attend(t, o.Room != 0) })
	defer waits.Stop()
	o.Until, o.Patience, o.Payer = waits.Done(), b2bua.Patience, e.user
	return e.exchange.Call(e.task, o)
}

// attend looks after everybody while it rings, and ends when it is to ring no longer. own tells that the call is the user's
// own, which goes on when nobody else is left.
func (e *errand) attend(t *task.Task, own bool) {
	changes := e.conversation.Watch()
	defer e.conversation.Unwatch(changes)
	call := e.leg.Call
	events := call.Watch()
	defer func() { call.Unwatch(events) }()
	silence, told := func() {}, false
	defer func() { silence() }()
	for ringing := false; ; {
		stays, rest := e.stays(), len(e.rest())
		switch {
		case rest == 0 && !(own && stays):
			return
		case rest == 0 && !told:
			told = true
			_ = call.Say(t, e.voice.Prompt("other-left"))
			continue
		case !stays && !ringing:
			ringing = true
			silence = call.Agent().Repeat(e.conversation.Room(), b2bua.Ringback)
		case stays && call != e.leg.Call: // another phone has taken it over
			call.Unwatch(events)
			call = e.leg.Call
			events = call.Watch()
		}
		if t.First(changes, events) == 0 {
			changes.Take()
		} else if event, _ := events.Take(); event.Kind == ua.DigitHeard && event.Text == GiveUp {
			return
		}
	}
}

// sorry tells the user why a third party could not be reached. Who has left is called again, so that nobody is lost.
func (e *errand) sorry(err error) {
	if errors.Is(err, ua.ErrOver) {
		return
	}
	if e.stays() {
		e.say(b2bua.Excuse(err))
	}
	if !e.stays() {
		e.conversation.Recall(e.task, e.user, err)
	}
}
