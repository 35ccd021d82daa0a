package lamps

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"hookflash/event/dialoginfo"
	"hookflash/proxy"
)

// lamp is how the calls of one user stand, or of all members of a group, for all who watch. What is told of a dialog goes
// through here in the order in which its machine told it.
type lamp struct {
	name  string
	state dialoginfo.User
	// known: all machines have told how calls stand, or had the time to. Until then nobody is told.
	known    bool
	watchers []*watcher
	waiting  []*watcher // until it is known
	above    []*lamp    // of a user: the groups whose lamps show the same
	group    bool
	below    []*lamp            // of a group: the members
	sources  map[uint64]*source // of a user
	round    uint32
}

// source is what one machine told of a user.
type source struct {
	round   uint32         // in which it told all
	dialogs map[key]string // their IDs in documents
}

// key names a dialog among those of one machine. Who has called themselves is at both ends.
type key struct {
	id        string
	direction dialoginfo.Direction
}

func (k key) compare(other key) int {
	return cmp.Or(cmp.Compare(k.id, other.id), cmp.Compare(k.direction, other.direction))
}

// ensure gives the lamp of a user, a new one where there is none; nil when there are too many.
func (l *Lamps) ensure(user string) *lamp {
	if p := l.users[user]; p != nil {
		return p
	}
	if len(l.users)+len(l.groups) >= l.settings.Most {
		return nil
	}
	p := &lamp{name: user, sources: map[uint64]*source{}}
	p.state.Entity = l.address(user)
	l.users[user] = p
	l.settle(p)
	l.ask(p)
	return p
}

// ensureGroup is ensure of a group.
func (l *Lamps) ensureGroup(name string) *lamp {
	if p := l.groups[name]; p != nil {
		return p
	}
	if len(l.users)+len(l.groups) >= l.settings.Most {
		return nil
	}
	p := &lamp{name: name, group: true}
	p.state.Entity = l.address(name)
	l.groups[name] = p
	l.follow(p)
	p.known = !slices.ContainsFunc(p.below, func(m *lamp) bool { return !m.known })
	l.settle(p)
	return p
}

// ask has every machine tell how the calls of a user stand.
func (l *Lamps) ask(p *lamp) { l.agent.Tell(proxy.Watch{User: p.name, By: l.name}) }

// follow has a group's lamp show the members that the group has now, and no others.
func (l *Lamps) follow(p *lamp) {
	group := l.settings.Users.Group(p.name)
	if group == nil {
		return
	}
	for _, m := range slices.Clone(p.below) {
		if !slices.Contains(group.Members, m.name) {
			p.below = slices.DeleteFunc(p.below, func(other *lamp) bool { return other == m })
			m.above = slices.DeleteFunc(m.above, func(other *lamp) bool { return other == p })
			for _, d := range m.state.Dialogs() {
				p.set(ended(d))
			}
		}
	}
	for _, name := range group.Members {
		if l.settings.Users.User(name) == nil || slices.ContainsFunc(p.below, func(m *lamp) bool { return m.name == name }) {
			continue
		}
		if m := l.ensure(name); m != nil {
			p.below, m.above = append(p.below, m), append(m.above, p)
			for _, d := range m.state.Dialogs() {
				p.set(d)
			}
		}
	}
}

// heard takes a leg.
func (l *Lamps) heard(r *proxy.Leg) {
	p := l.users[r.User]
	if p == nil {
		return
	}
	if from := p.source(r.Source); from != nil {
		l.show(p, from, r.Dialog)
	}
}

// stands takes all calls of a user at one machine: those that it does not name are over.
func (l *Lamps) stands(r *proxy.Standing) {
	p := l.users[r.User]
	if p == nil || r.By != l.name {
		return
	}
	from := p.source(r.Source)
	if from == nil {
		return
	}
	from.round = p.round
	if len(from.dialogs) > 0 {
		named := make(map[key]bool, len(r.Dialogs))
		for i := range r.Dialogs {
			named[keyOf(&r.Dialogs[i])] = true
		}
		l.end(p, from, func(k key) bool { return !named[k] })
	}
	for _, d := range r.Dialogs {
		l.show(p, from, d)
	}
	if !p.known && l.settings.Sources > 0 && p.told() >= l.settings.Sources {
		l.settled(p)
	}
}

// told counts the machines that have told everything.
func (p *lamp) told() (count int) {
	for _, from := range p.sources {
		if from.round == p.round {
			count++
		}
	}
	return count
}

// source is what a machine told; nil when there are too many.
func (p *lamp) source(number uint64) *source {
	from := p.sources[number]
	if from == nil && len(p.sources) < MaxSources {
		from = &source{round: p.round - 1, dialogs: map[key]string{}}
		p.sources[number] = from
	}
	return from
}

// keyOf is the key of a dialog.
func keyOf(d *dialoginfo.Dialog) key {
	if d.ID != "" {
		return key{d.ID, d.Direction}
	}
	return key{d.CallID + " " + d.LocalTag + " " + d.RemoteTag, d.Direction}
}

// show takes in how one dialog stands.
func (l *Lamps) show(p *lamp, from *source, d dialoginfo.Dialog) {
	k := keyOf(&d)
	id, known := from.dialogs[k]
	switch {
	case d.State == dialoginfo.Terminated && !known:
		return
	case d.State == dialoginfo.Terminated:
		delete(from.dialogs, k)
	case !known:
		if p.shown() >= dialoginfo.MaxDialogs {
			return
		}
		id = l.newID()
		from.dialogs[k] = id
	}
	d.ID = id
	d.Duration, d.HasDuration = 0, false // it changes without anything happening
	p.set(d)
}

// end ends what a machine told of that is over.
func (l *Lamps) end(p *lamp, from *source, over func(k key) bool) {
	for _, k := range slices.SortedFunc(maps.Keys(from.dialogs), key.compare) {
		if !over(k) {
			continue
		}
		d, there := p.state.Dialog(from.dialogs[k])
		delete(from.dialogs, k)
		if there {
			l.ended++
			p.set(ended(d))
		}
	}
}

// shown is how many dialogs the lamp shows.
func (p *lamp) shown() (count int) {
	for _, from := range p.sources {
		count += len(from.dialogs)
	}
	return count
}

func ended(d dialoginfo.Dialog) dialoginfo.Dialog {
	d.State, d.Event, d.Code = dialoginfo.Terminated, "", 0
	return d
}

// set changes what is shown, and tells whom it concerns.
func (p *lamp) set(d dialoginfo.Dialog) {
	if !p.state.Set(d) {
		return
	}
	p.changed()
	for _, group := range p.above {
		group.set(d)
	}
}

// changed tells those who watch. Who was told that there is something new, and has not asked what, need not be
// told again.
func (p *lamp) changed() {
	for _, w := range p.watchers {
		if !w.due {
			w.due = true
			w.Changed()
		}
	}
}

// settle lets a new lamp's time begin.
func (l *Lamps) settle(p *lamp) {
	l.settling = append(l.settling, due{p, l.agent.Now().Add(Settle)})
	l.rounds = append(l.rounds, due{p, l.agent.Now().Add(Reconcile)})
	l.care()
}

// settled has those served who waited for a lamp.
func (l *Lamps) settled(p *lamp) {
	if p.known {
		return
	}
	p.known = true
	list := p.waiting
	p.waiting = nil
	l.waiting -= len(list)
	for _, w := range list {
		w.accept()
	}
	for _, group := range p.above {
		if !slices.ContainsFunc(group.below, func(m *lamp) bool { return !m.known }) {
			l.settled(group)
		}
	}
}

// next is when something is to be looked after; false when there is nothing.
func (l *Lamps) next() (at time.Time, ok bool) {
	for _, list := range [][]due{l.settling, l.rounds} {
		if len(list) > 0 && (!ok || list[0].at.Before(at)) {
			at, ok = list[0].at, true
		}
	}
	return at, ok
}
