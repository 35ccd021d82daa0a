package voicemail

import (
	"time"

	"hookflash/event"
	"hookflash/event/summary"
	"hookflash/sip"
	"hookflash/task"
	"hookflash/ua"
)

const (
	// MaxDue is how many phones wait to be told after they registered; more are told at the next change.
	MaxDue = 100_000
	// grace is how long a phone that registered has to subscribe before it is told unasked.
	grace = 2 * time.Second
	// burst is how many are told at once, each ua.Beat.
	burst = 50
)

// watcher is a subscription to a mailbox (RFC 3842).
type watcher struct {
	*ua.Subscription
	told string
}

// notice is a phone that is to be told, after a while.
type notice struct {
	user string
	at   time.Time
}

// subscribed takes a SUBSCRIBE for message-summary: only owners may (RFC 3842 §3.8).
func (s *Service) subscribed(u *ua.Subscription) {
	owner := s.caller(u.From)
	box := s.local(u.Target)
	if uri, err := sip.ParseURI(u.Target); err == nil && box == s.agentName() && !uri.Params.Has("target") {
		box = owner
	}
	switch {
	case owner == "" || box != owner:
		u.Refuse(403)
		return
	}
	w := &watcher{Subscription: u}
	s.watchers[box] = append(s.living(box), w)
	u.Accept(func(full bool) (string, bool) {
		body := s.summary(box)
		fresh := full || body != w.told
		w.told = body
		return body, fresh
	})
}

// agentName is the user part of the agent's own address.
func (s *Service) agentName() string { return s.local(s.agent.Settings().AOR) }

// living are the subscriptions to a box that are not over.
func (s *Service) living(box string) []*watcher {
	list := s.watchers[box][:0]
	for _, w := range s.watchers[box] {
		if !w.Over() {
			list = append(list, w)
		}
	}
	clear(s.watchers[box][len(list):])
	if len(list) == 0 {
		delete(s.watchers, box)
		return nil
	}
	s.watchers[box] = list
	return list
}

// summary is what waits in a box (RFC 3842 §5.2).
func (s *Service) summary(box string) string {
	counts := s.settings.Boxes.Counts(box)
	body := summary.Summary{
		Waiting: counts.New > 0, Account: s.agent.Settings().AOR,
		Counts: []summary.Count{{Class: summary.Voice, New: uint32(counts.New), Old: uint32(counts.Old)}},
	}
	return string(body.Append(nil))
}

// Changed tells the phones of a box's owner that its messages changed. What the agent itself changes, it tells
// itself.
func (s *Service) Changed(box string) {
	watchers := s.living(box)
	if s.user(box) == nil {
		for _, w := range watchers {
			w.End(event.NoResource)
		}
		return
	}
	for _, w := range watchers {
		w.Changed()
	}
	if counts := s.settings.Boxes.Counts(box); s.told[box] != counts { // else it was told by who changed it
		s.notify(box)
	}
}

// Registered tells a phone of a user that has registered what waits, unless it soon asks itself.
func (s *Service) Registered(user string) {
	if len(s.due) >= MaxDue || s.user(user) == nil {
		return
	}
	s.due = append(s.due, notice{user, s.agent.Now().Add(grace)})
	if !s.ringing {
		s.ringing = s.agent.Go("message waiting", s.bell) != nil
	}
}

// bell tells those who are due, in their order.
func (s *Service) bell(t *task.Task) {
	defer func() { s.ringing = false }()
	told := map[string]bool{}
	for count := 1; len(s.due) > 0; count++ {
		next := s.due[0]
		if wait := next.at.Sub(t.Now()); wait > 0 {
			clear(told)
			t.Sleep(wait)
		}
		s.due = s.due[1:]
		if !told[next.user] {
			told[next.user] = true
			s.notify(next.user)
		}
		if count%burst == 0 {
			t.Sleep(ua.Beat)
		}
	}
	s.due = nil
}

// notify tells a user's phones unasked, unless each of them has subscribed.
func (s *Service) notify(user string) {
	phones := 1
	if s.settings.Phones != nil {
		phones = s.settings.Phones(user)
	}
	if len(s.living(user)) >= phones || s.user(user) == nil {
		return
	}
	s.told[user] = s.settings.Boxes.Counts(user)
	to := "sip:" + sip.EscapeUser(user) + "@" + s.settings.Domain
	n := ua.Notice{To: to, Package: summary.Package, Type: summary.ContentType, Body: s.summary(user)}
	if err := s.agent.Notify(n, nil); err != nil {
		s.trouble("tell a phone", user, err)
	}
}
