package room

import (
	"fmt"
	"slices"
	"time"

	"hookflash/event"
	"hookflash/event/conference"
	"hookflash/sip"
	"hookflash/ua"
)

// watcher is somebody who watches a room.
type watcher struct {
	subscription *ua.Subscription
	user         string // of the domain
	entity       string
	whole        bool // sees identifiers, and who wants to be hidden

	watch   conference.Watch
	version uint32   // of the last document
	rest    []string // entities of users who are still to be told of
}

// watched takes a SUBSCRIBE to a room (RFC 4575): of who is in it, and who may come in without a PIN. Moderators see everything.
func (s *Service) watched(w *ua.Subscription) {
	a, code := s.address(w.Target)
	m := s.rooms[a.room]
	switch {
	case code != 0 || m == nil:
		w.Refuse(404)
		return
	}
	who := &watcher{subscription: w, user: s.user(w.From), entity: bare(w.From.URI)}
	whole, may := m.sight(who)
	if !may {
		w.Refuse(403)
		return
	}
	who.whole = whole
	w.Watched = Name + ";room=" + m.id()
	w.Accept(func(full bool) (string, bool) { return who.next(m, full) })
	m.watchers = slices.DeleteFunc(m.watchers, func(w *watcher) bool { return w.subscription.Over() })
	if !w.Over() {
		m.watchers = append(m.watchers, who)
	}
}

// sight is whether somebody may watch, and sees all.
func (m *meeting) sight(w *watcher) (whole, may bool) {
	switch right := m.right(w.user); {
	case right == Moderator:
		return true, true
	case right == Member:
		may = true
	}
	for _, p := range m.present {
		if p.talks() && !p.dialled && w.entity != "" && p.entity == w.entity {
			may, whole = true, whole || p.role == Moderator
		} else if p.talks() && p.entity == w.entity && w.user != "" && p.user == w.user {
			may = true
		}
	}
	return whole, may
}

// review ends the subscriptions of those who may not watch any more.
func (m *meeting) review() {
	for _, w := range slices.Clone(m.watchers) {
		whole, may := m.sight(w)
		if w.subscription.Over() {
			continue
		}
		if !may || w.whole && !whole {
			w.subscription.End(event.Rejected)
		}
	}
}

// notify tells those who watch.
func (m *meeting) notify() {
	m.watchers = slices.DeleteFunc(m.watchers, func(w *watcher) bool { return w.subscription.Over() })
	for _, w := range slices.Clone(m.watchers) {
		w.subscription.Changed()
	}
}

// close is the last that those who watch are told.
func (m *meeting) close() {
	m.full.Delete()
	m.cut.Delete()
	for _, w := range slices.Clone(m.watchers) {
		if !w.subscription.Over() {
			w.subscription.End(event.NoResource)
		}
	}
	m.watchers = nil
}

// describe tells what the room is.
func (m *meeting) describe() {
	d := conference.Description{
		DisplayText: m.shown().Name, MaximumUsers: uint32(m.limit()), HasMaximum: true,
		URIs:  []conference.URI{{URI: m.uri(), Purpose: "participation"}},
		Media: []conference.Media{{Label: "audio", Type: "audio", Status: "sendrecv"}},
	}
	if m.Number != "" {
		d.URIs = append(d.URIs, conference.URI{URI: m.shown().URI, Purpose: "participation"})
	}
	m.full.Describe(d)
	m.cut.Describe(d)
	m.stand()
}

// stand tells how the room stands.
func (m *meeting) stand() {
	status := conference.Status{Active: conference.Truth(m.talking() > 0), Locked: conference.Truth(m.locked)}
	m.full.Stand(status)
	m.cut.Stand(status)
	m.notify()
}

// show tells how a participant stands, and all calls of the same user; who hides is somebody else with each call to those who
// don't see everything.
func (m *meeting) show(p *participant) {
	m.put(p)
	m.notify()
}

func (m *meeting) put(p *participant) {
	var whole, cut conference.User
	with := append(slices.Clone(m.present), p)
	for i, other := range with {
		if other.entity != p.entity || slices.Index(with, other) != i || other.state == "pending" && other.waits == nil {
			continue
		}
		whole.Endpoints = append(whole.Endpoints, other.endpoint(true))
		if other == p || !other.hidden && !p.hidden {
			cut.Endpoints = append(cut.Endpoints, other.endpoint(false))
			cut.Roles = merged(cut.Roles, string(other.role))
		}
		whole.Roles = merged(whole.Roles, string(other.role))
	}
	whole.Entity, whole.DisplayText = p.entity, p.party.Name
	cut.Entity, cut.DisplayText = whole.Entity, whole.DisplayText
	if p.hidden {
		cut.Entity, cut.DisplayText = p.alias(), "Anonymous"
	}
	active := m.full.Users()
	m.full.Put(whole)
	m.cut.Put(cut)
	if (len(active) == 0) != (len(m.full.Users()) == 0) {
		m.stand()
	}
}

func merged(roles []string, role string) []string {
	if slices.Contains(roles, role) {
		return roles
	}
	return append(roles, role)
}

// alias is the entity of who wants to be hidden.
func (p *participant) alias() string {
	return fmt.Sprintf("sip:anonymous-%d@anonymous.invalid", p.number)
}

// endpoint is a call as the roster has it (RFC 4575 §5.7); whole: with what names it.
func (p *participant) endpoint(whole bool) conference.Endpoint {
	e := conference.Endpoint{
		Entity: fmt.Sprintf("%s;endpoint=%d", p.room.uri(), p.number), Status: p.status(), JoiningMethod: "dialed-in",
		JoiningInfo: conference.Execution{When: p.since.UTC().Format(time.RFC3339)}, DisconnectionMethod: p.gone,
		Media: []conference.Media{{ID: "1", Type: "audio", Label: "audio", Status: p.direction()}},
	}
	if p.gone != "" {
		e.Status, e.Media = "disconnected", nil
	}
	if p.dialled {
		e.JoiningMethod = "dialed-out"
		e.Referred.By = p.by
	}
	if p.call == nil || !whole {
		return e
	}
	d := p.call.Dialog()
	if d.Target != "" {
		e.Entity = d.Target
	}
	e.Call = sip.DialogID{CallID: d.CallID, LocalTag: d.LocalTag, RemoteTag: d.RemoteTag}
	return e
}

// status is how an endpoint stands.
func (p *participant) status() string {
	switch {
	case p.state != "connected":
		return p.state
	case p.waits != nil:
		return "pending"
	case p.call.HeldByThem:
		return "on-hold"
	case p.muted || p.stopped:
		return "muted-via-focus"
	}
	return "connected"
}

// direction is where a participant's audio goes, as they see it.
func (p *participant) direction() string {
	switch {
	case p.state != "connected" || p.waits != nil || p.call.HeldByThem:
		return "inactive"
	case p.muted || p.stopped:
		return "recvonly"
	}
	return "sendrecv"
}

// hide takes a call out of the roster that is over, and its user with their last one.
func (m *meeting) hide(p *participant) {
	alone, open := true, false
	for _, other := range m.present {
		if other.entity == p.entity && other.state != "pending" {
			m.put(other)
			alone, open = false, open || !other.hidden
		}
	}
	if alone {
		m.full.Remove(p.entity)
	}
	switch {
	case p.hidden:
		m.cut.Remove(p.alias())
	case !open:
		m.cut.Remove(p.entity)
	}
	m.stand()
}
