package recall

import (
	"hookflash/event"
	"hookflash/event/callcompletion"
	"hookflash/event/presence"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// subscribed takes the SUBSCRIBE of a caller's phone: it waits for the user of the address, or of its parameter "to"
// (RFC 6910 §7.2).
//
//	Alice          Recall             Bob
//	  |  SUBSCRIBE F1  |                |
//	  |--------------->|                |
//	  |     200 F2     |                |
//	  |<---------------|                |
//	  | NOTIFY queued F3                |
//	  |<---------------|                |
//	  |     200 F4     |                |
//	  |--------------->|  Bob is free   |
//	  | NOTIFY ready F5|                |
//	  |<---------------|                |
//	  |     200 F6     |                |
//	  |--------------->|                |
//	  |         INVITE ;m=BS F7         |
//	  |-------------------------------->|
//	  |              200 F8             |
//	  |<--------------------------------|
//	  | NOTIFY terminated               |
//	  |<---------------|                |
//
// 403 to who is not vouched for, may not call the callee, or waits for themselves; 404 where there is no such user; 482 to
// another copy of the same SUBSCRIBE; 480 where the queue is full, or the caller waits for as many as may be.
func (s *Service) subscribed(u *ua.Subscription) {
	callee, caller, uri := s.callee(u.Target), s.caller(u.From), addressOf(u.From.URI)
	if caller == "" && u.From.Asserted {
		caller = uri
	}
	switch {
	case caller == "" || caller == callee:
		u.Refuse(403)
		return
	case callee == "":
		u.Refuse(404)
		return
	case s.blocked(callee, caller, uri):
		u.Refuse(403)
		return
	}
	callID := ""
	if m := u.Request(); m != nil {
		callID = m.CallID()
	}
	q, e := s.find(caller, callee)
	switch {
	case e != nil && e.sub != nil && e.callID == callID && callID != "":
		u.Refuse(482)
		return
	case e != nil: // the new one takes the place of the old one (§7.2)
		s.replace(q, e, u)
	default:
		if q = s.room(caller, callee); q == nil {
			u.Refuse(480)
			return
		}
		e = &entry{caller: caller, uri: uri, sub: u}
		q.enter(e)
	}
	e.callID = string([]byte(callID))
	e.mode = modeOf(u.Target)
	s.accept(q, e, u)
}

func (s *Service) accept(q *queue, e *entry, u *ua.Subscription) {
	told := callcompletion.Document{}
	u.Accept(func(full bool) (string, bool) {
		if u.Over() {
			q.poke.Put(struct{}{})
		}
		d := callcompletion.Document{State: callcompletion.Queued, Retention: true, URI: s.entryURI(q, e)}
		if e.ready && e.sub == u {
			d.State = callcompletion.Ready
		}
		fresh := full || d != told
		told = d
		return string(d.Append(nil)), fresh
	})
}

// replace lets another subscription of the same caller keep the place.
func (s *Service) replace(q *queue, e *entry, u *ua.Subscription) {
	old := e.sub
	if old == nil {
		s.unwatch(e.caller)
	}
	e.sub, e.suspended = u, false
	if old != nil && !old.Over() {
		old.End(event.Rejected)
	}
	q.poke.Put(struct{}{})
}

// room is the queue of a callee where there is room for a caller.
func (s *Service) room(caller, callee string) *queue {
	if s.of(caller) >= s.Limit {
		return nil
	}
	return s.queueOf(callee)
}

// entryURI names an entry: PUBLISH goes there, and INVITE is sent on to the callee (§10.3).
func (s *Service) entryURI(q *queue, e *entry) string {
	return "sip:" + sip.EscapeUser(s.name()) + "@" + s.Domain + ";to=" + sip.EscapeUser(q.callee) + ";entry=" + decimal(e.id)
}

// tellReady tells a phone to call, and waits until it did.
func (q *queue) tellReady(t *task.Task, e *entry) {
	u := e.sub
	u.Changed()
	timer := t.After(RecallTimer)
	var limit task.Source = timer
	for {
		i := t.First(q.poke, limit)
		if i == 0 {
			q.poke.Take()
		}
		switch {
		case e.over || u.Over() || e.sub != u || e.suspended:
			return
		case e.came == answered:
			q.finish(e)
			return
		case e.came == failed:
			e.failed(t.Now())
			return
		case i == 1: // it did not call, or rings for ever
			e.failed(t.Now())
			return
		case e.came == arriving && limit == task.Source(timer):
			limit = t.After(ua.RingLimit) // §7.4: the recall timer is stopped
		}
	}
}

// Published takes a PUBLISH by which a caller suspends or resumes requests (RFC 6910 §7.5, §7.6): it gives the code of
// the response. Who publishes is the caller of the entry that the Request-URI names, or of one that waits for its user.
func (s *Service) Published(p ua.Published) (code int) {
	from, target, contentType, body := p.From, p.Target, p.Type, p.Body
	caller := s.caller(from)
	if caller == "" && from.Asserted {
		caller = addressOf(from.URI)
	}
	if caller == "" {
		return 403
	}
	q, e := s.find(caller, s.callee(target))
	if e == nil || e.sub == nil {
		return 404 // §11: from those who wait alone
	}
	if body == "" {
		return 200 // taken back: the request stays as it was
	}
	if kind, err := sip.ParseContentType(contentType); err != nil || sip.Lower(kind.Type+"/"+kind.Subtype) != presence.ContentType {
		return 415
	}
	document, err := presence.Parse(body)
	if err != nil {
		return 400
	}
	e.suspended = !document.Open()
	q.poke.Put(struct{}{})
	return 200
}

// callee is the user whom an address means: one of ours, or the agent's own with the parameter "to".
func (s *Service) callee(target string) string {
	uri, err := sip.ParseURI(target)
	if err != nil {
		return ""
	}
	name := s.local(target)
	if name == s.name() {
		to, _ := uri.Params.Get("to")
		name = sip.Unescape(to)
	}
	return s.user(name)
}
