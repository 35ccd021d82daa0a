package recall

import (
	"errors"

	"hookflash/b2bua"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

// alert says why the phone rings (RFC 7462 §8.2.1).
const alert = "<urn:alert:service:recall:callback>"

// callBack calls the caller first, and then the callee.
//
//	Alice           Recall             Bob
//	  | INVITE Alert-Info F1            |
//	  |<---------------|                |
//	  |     180 F2     |                |
//	  |--------------->|                |
//	  |     200 F3     |                |
//	  |--------------->|                |
//	  |     ACK F4     |                |
//	  |<---------------|   INVITE F5    |
//	  |                |--------------->|
//	  |                |     180 F6     |
//	  | ringback tone  |<---------------|
//	  |<===============|     200 F7     |
//	  |                |<---------------|
//	  |                |     ACK F8     |
//	  |                |--------------->|
//	  |<===============|===============>|
func (q *queue) callBack(t *task.Task, e *entry) {
	s := q.service
	call, err := s.agent.Invite(ua.Invitation{ // F1
		Target: s.address(e.caller) + ";phones;payer=" + sip.EscapeUser(e.caller), From: ua.Party{URI: s.address(q.callee), Name: "Redial: " + s.display(q.callee)},
		Fields: []ua.Field{{Name: sip.HeaderAlertInfo, Value: alert}},
	})
	if err != nil {
		e.failed(t.Now())
		return
	}
	e.call = call
	defer func() { e.call = nil }()
	if !q.answers(t, e) {
		call.HangUp()
		if !e.over {
			e.failed(t.Now())
		}
		return
	}
	call.Shown = ua.Party{URI: s.address(e.caller), Name: s.display(e.caller)}
	call.Remote = ua.Party{URI: call.Shown.URI, Name: call.Shown.Name, Asserted: true} // the domain vouches for its user
	call.MaxForwards = hops
	callee, err := b2bua.Ring(t, b2bua.Connection{Caller: call, Target: s.address(q.callee) + ";payer=" + sip.EscapeUser(e.caller)}) // F5
	if err == nil {
		q.finish(e)
		if s.agent.Go("redial", func(t *task.Task) { b2bua.Talk(t, call, callee) }) == nil {
			callee.HangUp()
			call.HangUp()
		}
		return
	}
	q.excuse(e, call, err)
}

// hops is Max-Forwards of a call that nobody has passed on yet (RFC 3261 §8.1.1.6).
const hops = 70

// answers waits until the caller has answered, for as long as the recall timer says.
func (q *queue) answers(t *task.Task, e *entry) bool {
	call := e.call
	events := call.Watch()
	defer call.Unwatch(events)
	timer := t.After(RecallTimer)
	for call.State < ua.Talking {
		if t.First(events, timer) == 1 {
			return false
		}
		if event, _ := events.Take(); event.Kind == ua.Ended && event.Code == 603 {
			q.finish(e) // not wanted any more
		}
	}
	return call.State == ua.Talking && !e.over
}

// excuse tells the caller why they were called in vain.
func (q *queue) excuse(e *entry, call *ua.Call, err error) {
	s := q.service
	prompt := b2bua.Excuse(err)
	var status *sip.StatusError
	switch busy := errors.As(err, &status) && (status.Code == 486 || status.Code == 600 || status.Code == 480); {
	case errors.Is(err, ua.ErrOver): // the caller does not want to wait for the answer
		q.finish(e)
	case busy && e.tries+1 < s.Tries:
		prompt = "redial-busy-again"
		e.failed(s.agent.Now())
	default:
		q.finish(e)
	}
	voice := s.voice(e.caller)
	if s.agent.Go("excuse", func(t *task.Task) {
		defer call.HangUp()
		_ = call.Say(t, voice.Prompt(prompt))
	}) == nil {
		call.HangUp()
	}
}

// display is the name of a user.
func (s *Service) display(user string) string {
	if u := s.Users.User(user); u != nil && u.Routing != nil && u.Routing.Display != "" {
		return u.Routing.Display
	}
	return user
}
