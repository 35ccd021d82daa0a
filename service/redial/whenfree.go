package redial

import (
	"errors"

	"hookflash/event"
	"hookflash/event/dialoginfo"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// WhenFree calls somebody as soon as they are free, and returns when they have answered: RFC 5359 §2.17, Alice here.
//
//	Alice             Bob
//	  |    INVITE F1   |
//	  |--------------->|
//	  |     486 F2     |
//	  |<---------------|  Bob is busy
//	  |     ACK F3     |
//	  |--------------->|
//	  |  SUBSCRIBE F4  |
//	  |--------------->|
//	  |     200 F5     |
//	  |<---------------|
//	  |    NOTIFY F6   |
//	  |<---------------|
//	  |     200 F7     |
//	  |--------------->|
//	  |    NOTIFY F8   |  Bob is free
//	  |<---------------|
//	  |     200 F9     |
//	  |--------------->|
//	  |   INVITE F10   |
//	  |--------------->|
//	  |     180 F11    |
//	  |<---------------|
//	  |     200 F12    |
//	  |<---------------|
//	  |     ACK F13    |
//	  |--------------->|
//	  |   NOTIFY F14   |
//	  |<---------------|
//	  |     200 F15    |
//	  |--------------->|
//	  |  SUBSCRIBE F16 |  to Bob, and not to Alice as the RFC's own has it
//	  |--------------->|
//	  |     200 F17    |
//	  |<---------------|
//	  |   NOTIFY F18   |
//	  |<---------------|
//	  |     200 F19    |
//	  |--------------->|
//
// Free is who has no dialogs at all: that one of them ended says little. Where the failed call named a monitor, that one
// is asked when it is our turn (RFC 6910); where it can't tell, Bob's dialogs are watched. While we are in a call
// ourselves nothing is called. Errors: ErrExpired, ErrUnwatched, ErrBusyAgain, ErrUnwanted, those of Agent.Invite, and
// a *sip.StatusError of how the call failed. A task that is stopped leaves no subscription behind.
func WhenFree(t *task.Task, a *ua.Agent, w Wish) (*ua.Call, error) {
	r := begin(t, a, w)
	defer r.tell(Done)
	if r.Monitor != "" {
		call, err := r.whenReady(t)
		if !errors.Is(err, errNoMonitor) {
			return call, err
		}
	}
	return r.whenFree(t)
}

// sight is what is known of the callee's dialogs.
type sight struct {
	*ua.Watching
	table dialoginfo.Table
}

// take reads a document; what is none is left out.
func (s *sight) take() {
	text, _ := s.Documents.Take()
	document, err := dialoginfo.Parse(text)
	if err != nil {
		return
	}
	if document.Full && document.Version == 0 { // of another subscription, that took the place of one that was lost
		s.table = dialoginfo.Table{}
	}
	if s.table.Apply(document) == dialoginfo.Incomplete {
		s.Renew()
	}
}

func (r *attempt) whenFree(t *task.Task) (*ua.Call, error) {
	watching, err := r.agent.Watch(r.Watched, sip.Event{Package: dialoginfo.Package}, r.left(t)) // F4
	if err != nil {
		return nil, err
	}
	defer watching.Close() // F16
	s := &sight{Watching: watching}
	first := t.After(unheard)
	for !s.table.Known() { // F6
		if err := r.next(t, s, first); err != nil {
			return nil, err
		}
		if !s.table.Known() && !t.Now().Before(first.Deadline()) {
			return nil, unwatched(408)
		}
	}
	for {
		if err := r.free(t, s); err != nil { // F8
			return nil, err
		}
		call, err := r.call(t, r.Target) // F10
		if err == nil {
			r.leave(t, s, call)
			return call, nil
		}
		if more, err := r.again(t, err); !more {
			return nil, err
		}
	}
}

// next waits for a document, or until a timer is ready.
func (r *attempt) next(t *task.Task, s *sight, timer task.Source) error {
	switch t.First(s.Documents, s.Ended(), r.until, timer) {
	case 0:
		s.take()
	case 1:
		return ended(s.Failure())
	case 2:
		return ErrExpired
	}
	return nil
}

// ended is why a subscription is over that we wanted.
func ended(failure event.Failure) error {
	if failure.Code != 0 {
		return unwatched(failure.Code)
	}
	return &sip.StatusError{Code: 480, Reason: "Their Phone Does Not Tell Any More When It Is Free", Err: ErrUnwatched}
}

// free waits until the callee is, and we are, and the person wants to call.
func (r *attempt) free(t *task.Task, s *sight) error {
	var patience *task.Timer // the jitter; nil: the callee was not free yet
	for {
		var timer task.Source
		switch now := t.Now(); {
		case !s.table.Free():
			r.tell(Waiting)
			patience = nil
		case now.Before(r.after):
			r.tell(Waiting)
			timer = t.After(r.after.Sub(now))
		case r.busy():
			r.tell(Suspended)
			timer = t.After(look)
		case patience == nil && r.Jitter > 0:
			patience = t.After(r.wait())
			timer = patience
		case patience != nil && now.Before(patience.Deadline()):
			timer = patience
		default:
			r.tell(Calling)
			return r.asked(t)
		}
		if err := r.next(t, s, timer); err != nil {
			return err
		}
	}
}

// asked asks the person.
func (r *attempt) asked(t *task.Task) error {
	if r.Ready != nil && !r.Ready(t) {
		return ErrUnwanted
	}
	return nil
}

// leave waits until the callee's side has told of the call, F14, and ends the subscription.
func (r *attempt) leave(t *task.Task, s *sight, call *ua.Call) {
	limit := t.After(leavetime)
	for call.State == ua.Talking && t.First(s.Documents, s.Ended(), limit) == 0 {
		s.take()
		for _, d := range s.table.Dialogs() {
			if d.State == dialoginfo.Confirmed {
				t.Sleep(ua.Beat / 2) // F15 is on its way
				return
			}
		}
	}
}
