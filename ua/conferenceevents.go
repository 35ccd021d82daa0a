package ua

import (
	"slices"

	"hookflash/event"
	"hookflash/event/conference"
)

// ConferencePackage is the event package that ConferenceEvents serves.
const ConferencePackage = conference.Package

// gathering is the conference of which the agent is the focus, while somebody watches it.
type gathering struct {
	room     *conference.Room
	watchers []*Subscription
}

// ConferenceEvents serves the conference event package (RFC 4575) about the calls in which the agent
// is the focus, for Handlers.Subscribe: who is in the conference, to those who are in it.
func (a *Agent) ConferenceEvents() func(s *Subscription) {
	return func(s *Subscription) {
		present := a.present()
		switch {
		case len(present) == 0:
			s.Refuse(404)
			return
		case !s.From.Asserted || !slices.ContainsFunc(present, func(u conference.User) bool { return u.Entity == s.From.URI }):
			s.Refuse(403)
			return
		}
		if a.gathering == nil {
			a.gathering = &gathering{room: &conference.Room{Entity: a.ContactURI()}}
			a.gathering.update(present)
		}
		g := a.gathering
		watch := conference.Watch{}
		s.Accept(func(full bool) (string, bool) {
			if full {
				watch.Refresh()
			}
			document, fresh := watch.Next(g.room)
			if !fresh {
				return "", false
			}
			return string(document.Append(nil)), true
		})
		g.watchers = slices.DeleteFunc(g.watchers, (*Subscription).Over)
		if s.state.State() == event.Active {
			g.watchers = append(g.watchers, s)
		}
	}
}

// observeConference tells those who watch the conference what has changed.
func (a *Agent) observeConference() {
	g := a.gathering
	if g == nil {
		return
	}
	present := a.present()
	if len(present) == 0 {
		a.gathering = nil
		g.room.Delete()
		for _, s := range slices.Clone(g.watchers) {
			if !s.Over() {
				s.End(event.NoResource)
			}
		}
		return
	}
	if !g.update(present) {
		return
	}
	for _, s := range slices.Clone(g.watchers) {
		if !s.Over() {
			s.Changed()
		}
	}
}

// update takes who is there, and tells whether that is new.
func (g *gathering) update(present []conference.User) bool {
	changed := false
	for _, gone := range g.room.Users() {
		if !slices.ContainsFunc(present, func(u conference.User) bool { return u.Entity == gone.Entity }) {
			g.room.Remove(gone.Entity)
			changed = true
		}
	}
	for _, user := range present {
		known, there := g.room.User(user.Entity)
		if !there || known.DisplayText != user.DisplayText || known.Endpoints[0].Status != user.Endpoints[0].Status {
			changed = g.room.Put(user) || changed
		}
	}
	return changed
}

// present are those in the conference, ourselves first; none while the agent is no focus.
func (a *Agent) present() []conference.User {
	var users []conference.User
	for _, c := range a.Calls() {
		if !c.Focus || c.State != Talking {
			continue
		}
		if len(users) == 0 {
			users = append(users, participant(Party{URI: a.settings.AOR, Name: a.settings.Display}, a.ContactURI(), "connected"))
		}
		status := "connected"
		if c.Held || c.HeldByThem {
			status = "on-hold"
		}
		users = append(users, participant(c.Remote, c.dialog.Target, status))
	}
	return users
}

func participant(p Party, contact, status string) conference.User {
	return conference.User{Entity: p.URI, DisplayText: p.Name, Endpoints: []conference.Endpoint{{Entity: contact, Status: status}}}
}
