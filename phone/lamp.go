package phone

import (
	"errors"
	"fmt"
	"time"

	"hookflash/event/dialoginfo"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const (
	maxLamps     = 64               // that are watched at a time
	lampPatience = 10 * time.Second // for the first word of one
)

// Errors of watching somebody.
var (
	ErrNoLamp   = errors.New("nobody is watched there; watch TARGET begins")
	ErrLamps    = fmt.Errorf("at most %d can be watched; unwatch one first", maxLamps)
	errNoLamp   = errors.New("watching them was refused")
	errDarkLamp = errors.New("nobody tells how their calls stand; the phone goes on asking")
)

// What lamps say.
const (
	lampIdle    = "idle"
	lampRinging = "ringing"
	lampTalking = "talking"
	lampUnknown = "unknown"
)

// pickUp takes the call that rings at somebody's telephone; the one that talks is held first, and taken up again where that
// was in vain.
func pickUp(e *execution) error {
	target, err := Target(e.Arguments[0], e.session.phone.settings.Domain)
	if err != nil {
		return err
	}
	return e.perform("pickup", func(t *task.Task, a *ua.Agent) error {
		current := a.Attended()
		if err := holdCurrent(t, a); err != nil {
			return err
		}
		err := act(t, "pickup", order.Request{Agent: a, Target: target})
		if err != nil && current != nil && current.State == ua.Talking && current.Held {
			err = errors.Join(err, act(t, "resume", order.Request{Agent: a, Call: current}))
		}
		return err
	})
}

// watch tells from now on how the calls of somebody stand.
func watch(e *execution) error {
	p := e.session.phone
	target, err := Target(e.Arguments[0], p.settings.Domain)
	if err != nil {
		return err
	}
	return e.perform("watch", func(t *task.Task, a *ua.Agent) error {
		if p.person.lamps[target] != nil {
			return nil
		}
		if len(p.person.lamps) >= maxLamps {
			return ErrLamps
		}
		w, err := a.Watch(target, sip.Event{Package: dialoginfo.Package}, 0)
		if err != nil {
			return err
		}
		if p.person.lamps == nil {
			p.person.lamps = map[string]*ua.Watching{}
		}
		p.person.lamps[target] = w
		first := task.NewQueue[error](1)
		if a.Go("lamp", func(t *task.Task) { p.follow(t, target, w, first) }) == nil {
			w.Close()
			delete(p.person.lamps, target)
			return errBusy
		}
		if t.First(first, t.After(lampPatience)) == 1 {
			return errDarkLamp
		}
		err, _ = first.Take()
		return err
	})
}

// unwatch ends that, of one or of all.
func unwatch(e *execution) error {
	p := e.session.phone
	target, err := "", error(nil)
	if len(e.Arguments) == 1 {
		if target, err = Target(e.Arguments[0], p.settings.Domain); err != nil {
			return err
		}
	}
	return e.perform("unwatch", func(*task.Task, *ua.Agent) error {
		ended := false
		for name, w := range p.person.lamps {
			if target == "" || name == target {
				w.Close()
				delete(p.person.lamps, name)
				ended = true
			}
		}
		if !ended {
			return ErrNoLamp
		}
		return nil
	})
}

// follow tells each change of a lamp until it is watched no more. The first word, or why there is none, goes to
// first.
func (p *Phone) follow(t *task.Task, target string, w *ua.Watching, first *task.Queue[error]) {
	var table dialoginfo.Table
	shown := ua.Event{Kind: ua.Lamp, From: target}
	for t.First(w.Documents, w.Ended()) == 0 {
		text, _ := w.Documents.Take()
		document, err := dialoginfo.Parse(text)
		if err != nil {
			continue
		}
		switch result := table.Apply(document); {
		case result == dialoginfo.Incomplete:
			w.Renew()
		case result == dialoginfo.Discarded && document.Full: // of a new subscription, after the old one was lost
			table = dialoginfo.Table{}
			table.Apply(document)
		}
		now := shown
		if now.Text, now.Reason = lampOf(&table); now != shown && p.person.lamps[target] == w {
			shown = now
			first.Put(nil)
			p.agent.Tell(shown)
		}
	}
	if p.person.lamps[target] != w {
		return // it was our wish
	}
	delete(p.person.lamps, target)
	err := errNoLamp
	if code := w.Failure().Code; code != 0 {
		err = &sip.StatusError{Code: code, Reason: sip.Reason(code), Err: errNoLamp}
	}
	if shown.Text == "" {
		first.Put(err)
		return
	}
	p.agent.Tell(ua.Event{Kind: ua.Lamp, From: target, Text: lampUnknown, Code: w.Failure().Code})
}

// lampOf is what a lamp says: it rings before it talks. who calls is known to those alone who may pick up.
func lampOf(table *dialoginfo.Table) (state, who string) {
	state = lampIdle
	dialogs := table.Dialogs()
	for i := range dialogs {
		d := &dialogs[i]
		if d.Direction == dialoginfo.Recipient && d.State != dialoginfo.Confirmed {
			return lampRinging, d.Remote.Identity.URI
		}
		state = lampTalking
	}
	return state, ""
}
