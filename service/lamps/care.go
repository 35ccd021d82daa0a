package lamps

import (
	"maps"
	"slices"

	"hookflash/event"
	"hookflash/proxy"
	"hookflash/task"
	"hookflash/ua"
)

// care has a task look after the lamps while there are any.
func (l *Lamps) care() {
	l.wake.Put(struct{}{})
	if l.caring {
		return
	}
	l.caring = l.agent.Go("lamps", func(t *task.Task) {
		defer func() { l.caring = false }()
		for {
			at, some := l.next()
			if !some {
				return
			}
			if wait := at.Sub(t.Now()); wait > 0 {
				if t.First(t.After(wait), l.wake) == 1 {
					l.wake.Take()
				}
				continue
			}
			l.look(t)
			t.Sleep(ua.Beat)
		}
	}) != nil
}

// look does what is due, not too much at once.
func (l *Lamps) look(t *task.Task) {
	for len(l.settling) > 0 && !l.settling[0].at.After(t.Now()) {
		l.settled(first(&l.settling))
	}
	for count := 0; count < AtOnce && len(l.rounds) > 0 && !l.rounds[0].at.After(t.Now()); count++ {
		if p := first(&l.rounds); l.visit(p) {
			l.rounds = append(l.rounds, due{p, t.Now().Add(Reconcile)})
		}
	}
}

// first takes the first out of a list.
func first(list *[]due) *lamp {
	p := (*list)[0].lamp
	(*list)[0] = due{}
	*list = (*list)[1:]
	return p
}

// visit looks after one lamp; false when nobody watches it any more, and it is gone.
func (l *Lamps) visit(p *lamp) bool {
	l.rights(p)
	p.watchers = slices.DeleteFunc(p.watchers, func(w *watcher) bool { return w.Over() })
	if len(p.watchers)+len(p.waiting)+len(p.above) == 0 {
		l.forget(p)
		return false
	}
	if p.group {
		l.follow(p)
		return true
	}
	for _, number := range slices.Sorted(maps.Keys(p.sources)) {
		if from := p.sources[number]; p.round-from.round >= MaxSilent {
			l.end(p, from, func(key) bool { return true })
			delete(p.sources, number)
		}
	}
	p.round++
	l.ask(p)
	return true
}

// rights has everybody see what they may see now.
func (l *Lamps) rights(p *lamp) {
	gone := !p.group && l.settings.Users.User(p.name) == nil || p.group && l.settings.Users.Group(p.name) == nil
	for _, w := range slices.Clone(p.watchers) {
		switch {
		case w.Over():
		case gone:
			w.End(event.NoResource)
		case l.settings.Users.User(w.user) == nil:
			w.End(event.Rejected)
		default:
			if view := l.view(w.user, p); view != w.sight.View {
				w.sight.View = view
				w.sight.Refresh()
				w.due = true
				w.Changed()
			}
		}
	}
}

// forget lets go of a lamp.
func (l *Lamps) forget(p *lamp) {
	if !p.group {
		delete(l.users, p.name)
		l.agent.Tell(proxy.Watch{User: p.name, By: l.name, Off: true})
		return
	}
	delete(l.groups, p.name)
	for _, m := range p.below {
		m.above = slices.DeleteFunc(m.above, func(other *lamp) bool { return other == p })
	}
}
