package redial

import (
	"errors"

	"hookflash/event/callcompletion"
	"hookflash/event/presence"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// errNoMonitor: the callee's side keeps no queue for us.
var errNoMonitor = errors.New("redial: no queue")

// place is where we stand in the callee's queue.
type place struct {
	*ua.Watching
	callcompletion.Document
	publication *ua.Publication
	published   string // its URI
}

// take reads a document; false for one that is none.
func (p *place) take() bool {
	text, _ := p.Documents.Take()
	document, err := callcompletion.Parse(text)
	if err != nil {
		return false
	}
	p.Document = document
	return true
}

func (p *place) close() {
	if p.publication != nil {
		p.publication.Close()
	}
	p.Close()
}

// whenReady asks the callee's monitor when it is our turn (RFC 6910 §6).
//
//	Alice          Monitor            Bob
//	  |  SUBSCRIBE F1  |                |
//	  |--------------->|                |
//	  |     200 F2     |                |
//	  |<---------------|                |
//	  | NOTIFY queued F3                |
//	  |<---------------|                |
//	  |     200 F4     |                |
//	  |--------------->|                |
//	  | NOTIFY ready F5|                |
//	  |<---------------|                |
//	  |     200 F6     |                |
//	  |--------------->|                |
//	  |        INVITE ;m=BS F7          |
//	  |-------------------------------->|
//
// errNoMonitor tells that it never said anything.
func (r *attempt) whenReady(t *task.Task) (*ua.Call, error) {
	watching, err := r.agent.Watch(withMode(r.Monitor, r.Mode), sip.Event{Package: callcompletion.Package}, r.left(t))
	if err != nil {
		return nil, errNoMonitor
	}
	p := &place{Watching: watching}
	defer p.close()
	for first := t.After(unheard); ; {
		switch t.First(p.Documents, p.Ended(), r.until, first) {
		case 0:
			if p.take() {
				return r.inQueue(t, p)
			}
		case 1, 3:
			return nil, errNoMonitor
		case 2:
			return nil, ErrExpired
		}
	}
}

// inQueue waits for our turn, as often as it takes.
func (r *attempt) inQueue(t *task.Task, p *place) (*ua.Call, error) {
	for {
		if p.State != callcompletion.Ready {
			r.tell(Queued)
			if err := r.progress(t, p); err != nil {
				return nil, err
			}
			continue
		}
		if r.busy() {
			if err := r.suspend(t, p); err != nil {
				return nil, err
			}
			continue
		}
		r.tell(Calling)
		if err := r.asked(t); err != nil {
			return nil, err
		}
		call, err := r.call(t, r.completing(p))
		if err == nil {
			t.First(p.Ended(), t.After(leavetime)) // the monitor ends it (§7.4)
			return call, nil
		}
		if more, err := r.again(t, err); !more {
			return nil, err
		}
		p.State = callcompletion.Queued // until we are told otherwise
	}
}

// progress waits for the next document. A monitor that ends it may have lost its memory, or not have the retain
// option: then Bob's dialogs are watched.
func (r *attempt) progress(t *task.Task, p *place) error {
	switch t.First(p.Documents, p.Ended(), r.until) {
	case 0:
		p.take()
		return nil
	case 1:
		return errNoMonitor
	}
	return ErrExpired
}

// suspend lets others go before us while we are in a call (RFC 6910 §6.5), and comes back afterwards (§6.6).
//
//	Alice          Monitor
//	  | NOTIFY ready F1|  Alice is in a call
//	  |<---------------|
//	  |     200 F2     |
//	  |--------------->|
//	  | PUBLISH closed F3
//	  |--------------->|
//	  |     200 F4     |
//	  |<---------------|
//	  | NOTIFY queued F5
//	  |<---------------|
//	  |     200 F6     |
//	  |--------------->|
//	  | PUBLISH open F7|  Alice has hung up
//	  |--------------->|
//	  |     200 F8     |
//	  |<---------------|
func (r *attempt) suspend(t *task.Task, p *place) error {
	r.tell(Suspended)
	p.publish(t, r, presence.Closed)
	p.State = callcompletion.Unsaid // which the monitor will say anew
	for r.busy() {
		switch t.First(p.Documents, p.Ended(), r.until, t.After(look)) {
		case 0:
			p.take()
		case 1:
			return errNoMonitor
		case 2:
			return ErrExpired
		}
	}
	if p.publication == nil || p.publication.Failure() != 0 { // it knows nothing of suspending
		if p.State == callcompletion.Unsaid {
			p.State = callcompletion.Ready
		}
		return nil
	}
	p.publish(t, r, presence.Open)
	return nil
}

// publish tells the monitor whether we are there.
func (p *place) publish(t *task.Task, r *attempt, basic presence.Basic) {
	target := p.URI
	if target == "" {
		target = r.Monitor
	}
	if p.publication == nil || p.published != target {
		if p.publication != nil {
			p.publication.Close()
		}
		var err error
		if p.publication, err = r.agent.Publish(target, sip.Event{Package: presence.Package}, r.left(t)); err != nil {
			return
		}
		p.published = target
	}
	document := presence.Document{Entity: r.agent.Settings().AOR, Tuples: []presence.Tuple{{ID: "redial", Basic: basic}}}
	p.publication.Set(presence.ContentType, string(document.Append(nil)))
}

// completing is whom the call goes to (RFC 6910 §6.4). What a monitor names is called where it can't be dearer than
// whom the person wanted: the same user, or a host that is not our own, which has no numbers that we pay for.
func (r *attempt) completing(p *place) string {
	named, err := sip.ParseURI(p.URI)
	if err != nil || !named.IsSIP() {
		return withMode(r.Target, r.Mode)
	}
	wanted, _ := sip.ParseURI(r.Target)
	own, _ := sip.ParseURI(r.agent.Settings().AOR)
	sameUser := sip.Unescape(named.User) == sip.Unescape(wanted.User) && sip.Lower(named.Host) == sip.Lower(wanted.Host)
	foreign := sip.Lower(named.Host) != sip.Lower(own.Host) && sip.Lower(wanted.Host) != sip.Lower(own.Host)
	if !sameUser && !foreign {
		return withMode(r.Target, r.Mode)
	}
	return withMode(p.URI, r.Mode)
}
