package recall

import (
	"hookflash/event/dialoginfo"
	"hookflash/proxy"
	"hookflash/task"
)

// person is a user whose calls are watched.
type person struct {
	uses  int
	heard map[uint64]map[string]dialoginfo.Dialog // by the machine that told
}

// Record takes what the proxy tells: proxy.Leg, proxy.Standing, proxy.Refused.
func (s *Service) Record(record any) {
	switch r := record.(type) {
	case proxy.Standing:
		if p := s.people[r.User]; p != nil && r.By == s.name() {
			p.heard[r.Source] = map[string]dialoginfo.Dialog{}
			for _, d := range r.Dialogs {
				p.heard[r.Source][d.ID] = d
			}
			s.changed(r.User)
		}
	case proxy.Leg:
		p := s.people[r.User]
		if p == nil || p.heard[r.Source] == nil {
			return // the Standing to come knows of it
		}
		if r.Dialog.State == dialoginfo.Terminated {
			delete(p.heard[r.Source], r.Dialog.ID)
		} else {
			p.heard[r.Source][r.Dialog.ID] = r.Dialog
		}
		if q := s.queues[r.User]; q != nil {
			q.saw(r.Dialog)
		}
		s.changed(r.User)
	case proxy.Refused:
		s.remember(r.User, r.Callee)
	}
}

// remember keeps whom a user called in vain.
func (s *Service) remember(user, callee string) {
	if s.last[user] == "" {
		if len(s.order) >= MaxLast {
			delete(s.last, s.order[0])
			s.order = s.order[1:]
		}
		s.order = append(s.order, user)
	}
	s.last[user] = callee
}

// changed has everybody look again who waits for a user, or is one who waits.
func (s *Service) changed(user string) {
	for callee, q := range s.queues {
		if callee == user || q.waits(user) {
			q.poke.Put(struct{}{})
		}
	}
}

// watch has the proxy tell of a user's calls.
func (s *Service) watch(user string) {
	p := s.people[user]
	if p == nil {
		p = &person{heard: map[uint64]map[string]dialoginfo.Dialog{}}
		s.people[user] = p
		s.agent.Tell(proxy.Watch{User: user, By: s.name()})
	}
	p.uses++
	if !s.asking {
		s.asking = s.agent.Go("reconcile", s.reconcile) != nil
	}
}

func (s *Service) unwatch(user string) {
	p := s.people[user]
	if p.uses--; p.uses == 0 {
		delete(s.people, user)
		s.agent.Tell(proxy.Watch{User: user, By: s.name(), Off: true})
	}
}

// reconcile asks again how the calls of all stand who are watched.
func (s *Service) reconcile(t *task.Task) {
	defer func() { s.asking = false }()
	for len(s.people) > 0 {
		t.Sleep(reconcile)
		for user := range s.people {
			s.agent.Tell(proxy.Watch{User: user, By: s.name()})
		}
	}
}

// idle tells that a user is known to have no call.
func (s *Service) idle(user string) bool {
	p := s.people[user]
	if p == nil || len(p.heard) < s.Sources {
		return false
	}
	for _, dialogs := range p.heard {
		if len(dialogs) > 0 {
			return false
		}
	}
	return true
}

// free tells that a user can take a call: no dialogs, a phone, and no wish to be left alone.
func (s *Service) free(user string) bool {
	u := s.Users.User(user)
	if u == nil || !s.idle(user) || u.Routing != nil && u.Routing.DoNotDisturb {
		return false
	}
	return s.Phones == nil || s.Phones(user) > 0
}
