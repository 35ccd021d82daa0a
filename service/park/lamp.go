package park

import (
	"fmt"
	"slices"

	"hookflash/event"
	"hookflash/event/dialoginfo"
	"hookflash/sip"
	"hookflash/ua"
)

// lamps are the dialog events of a place, or of all places (RFC 4235), and who watches them.
type lamps struct {
	user     dialoginfo.User
	watchers []*ua.Subscription
}

func (l *lamps) set(d dialoginfo.Dialog) {
	if !l.user.Set(d) {
		return
	}
	l.watchers = slices.DeleteFunc(l.watchers, (*ua.Subscription).Over)
	for _, w := range slices.Clone(l.watchers) {
		w.Changed()
	}
}

func (l *lamps) end() {
	for _, w := range slices.Clone(l.watchers) {
		if !w.Over() {
			w.End(event.NoResource)
		}
	}
	l.watchers = nil
}

func (l *lamps) count() (count int) {
	for _, w := range l.watchers {
		if !w.Over() {
			count++
		}
	}
	return count
}

// watched takes a SUBSCRIBE to a place, or to all of them. Who may take the calls sees the identifiers by which that is
// done, other users of the domain what is taken, and nobody else anything.
func (s *Service) watched(w *ua.Subscription) {
	user := s.user(w.From)
	if user == "" {
		w.Refuse(403)
		return
	}
	a, code := s.address(w.Target)
	if code != 0 {
		w.Refuse(code)
		return
	}
	l := &s.lamps
	if a.slot != nil {
		l = &a.slot.lamps
		w.Watched = Name + ";orbit=" + a.slot.name
	}
	watch := dialoginfo.Watch{View: s.view(user, a.slot)}
	w.Accept(func(full bool) (string, bool) {
		if view := s.view(user, a.slot); full || view != watch.View {
			watch.View = view
			watch.Refresh()
		}
		document, fresh := watch.Next(&l.user)
		if !fresh {
			return "", false
		}
		return string(document.Append(nil, watch.Dialect)), true
	})
	l.watchers = slices.DeleteFunc(l.watchers, (*ua.Subscription).Over)
	if !w.Over() {
		l.watchers = append(l.watchers, w)
	}
}

// view is how much a user may see of a place, nil for all of them, as the configuration is now.
func (s *Service) view(user string, p *slot) dialoginfo.View {
	orbits := s.orbits
	if p != nil {
		orbits = []*lot{p.lot}
	}
	for _, l := range orbits {
		if !l.member(user, s.settings.Users) {
			return dialoginfo.States
		}
	}
	return dialoginfo.Complete
}

// show has the lamps tell how the stay stands.
func (y *stay) show() {
	d := y.info()
	y.slot.lamps.set(d)
	y.service.lamps.set(d)
}

// info is the stay as a document tells of it. Before the call is there, there is nothing to take it over by.
func (y *stay) info() dialoginfo.Dialog {
	s := y.service
	d := dialoginfo.Dialog{
		ID: fmt.Sprintf("stay-%d", y.number), Direction: dialoginfo.Initiator,
		Local: dialoginfo.Participant{
			Identity: dialoginfo.Identity{Display: y.slot.lot.dialled(y.slot.name), URI: y.slot.lamps.user.Entity},
			Target:   "sip:" + Name + "@" + s.settings.Domain + ";orbit=" + sip.EscapeUser(y.slot.name),
		},
	}
	if y.slot.stay != y {
		d.State, d.Event = dialoginfo.Terminated, y.ending
	}
	if y.call == nil || y.slot.stay == y && y.slot.state == Arriving {
		return d
	}
	dialog := y.call.Dialog()
	d.CallID, d.LocalTag, d.RemoteTag = dialog.CallID, dialog.LocalTag, dialog.RemoteTag
	if y.call.Incoming {
		d.Direction = dialoginfo.Recipient
	}
	d.Remote = dialoginfo.Participant{
		Identity: dialoginfo.Identity{Display: y.call.Remote.Name, URI: y.call.Remote.URI}, Target: dialog.Target,
	}
	switch y.slot.state {
	case Parked, Leaving:
		d.State = dialoginfo.Confirmed
	case Recalling:
		d.State = dialoginfo.Early
	case Free, Arriving, never:
	}
	if y.slot.stay != y {
		d.State = dialoginfo.Terminated
	}
	return d
}
