package lamps

import (
	"slices"
	"strconv"
	"strings"

	"hookflash/directory"
	"hookflash/event/dialoginfo"
	"hookflash/sip"
	"hookflash/ua"
)

// watcher is one subscription.
type watcher struct {
	*ua.Subscription
	lamp *lamp
	user string // who watches
	// entity is the address that was asked for, which some telephones compare.
	entity string
	// sight is what this one is told. due: it was told that there is something new.
	sight dialoginfo.Watch
	due   bool
	taken bool
}

// subscribed takes a SUBSCRIBE.
//
//	Bill               Proxy               Lamps
//	  |   SUBSCRIBE bob   |                   |
//	  |------------------>|    SUBSCRIBE      |
//	  |                   |------------------>|
//	  |                   |    Watch bob      |
//	  |                   |<------------------|
//	  |                   |   Standing bob    |
//	  |                   |------------------>|
//	  |              200 OK, NOTIFY           |
//	  |<--------------------------------------|
//	  |                   |     Leg bob       |
//	  |                   |------------------>|
//	  |                NOTIFY                 |
//	  |<--------------------------------------|
func (l *Lamps) subscribed(u *ua.Subscription) {
	user := l.local(u.From.URI)
	if !u.From.Asserted || user == "" || l.settings.Users.User(user) == nil {
		u.Refuse(403)
		return
	}
	name, group := l.watched(u.Target)
	if name == "" {
		u.Refuse(404)
		return
	}
	if l.waiting >= MaxWaiting {
		u.Refuse(480)
		return
	}
	u.Watched = name
	var p *lamp
	if group {
		p = l.ensureGroup(name)
	} else {
		p = l.ensure(name)
	}
	if p == nil {
		u.Refuse(480)
		return
	}
	w := &watcher{Subscription: u, lamp: p, user: user, entity: plain(u.Target), sight: dialoginfo.Watch{View: l.view(user, p)}}
	if m := u.Request(); m != nil {
		w.sight.Dialect = dialectOf(m.Header(sip.HeaderUserAgent))
		if wanted, err := sip.ParseEvent(m.Header(sip.HeaderEvent)); err == nil {
			only, _ := dialoginfo.ParseOnly(wanted)
			w.sight.Only = cloned(only)
		}
	}
	if !p.known {
		p.waiting = append(p.waiting, w)
		l.waiting++
		return
	}
	w.accept()
}

// cloned keeps no message for the sake of a few words of it.
func cloned(id sip.DialogID) sip.DialogID {
	id.CallID, id.LocalTag, id.RemoteTag = strings.Clone(id.CallID), strings.Clone(id.LocalTag), strings.Clone(id.RemoteTag)
	return id
}

// plain is a URI without parameters and header fields.
func plain(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil {
		return text
	}
	uri.Params, uri.Headers = "", ""
	return uri.String()
}

// accept answers the SUBSCRIBE, and tells how things stand.
func (w *watcher) accept() {
	p := w.lamp
	p.watchers = append(p.watchers, w)
	w.Accept(func(full bool) (string, bool) {
		w.due, w.taken = false, true
		if full {
			w.sight.Refresh()
		}
		document, fresh := w.sight.Next(&p.state)
		if !fresh {
			return "", false
		}
		document.Entity = w.entity
		return w.written(&document), true
	})
	if !w.taken || w.Over() { // refused, or for one document
		p.watchers = slices.DeleteFunc(p.watchers, func(other *watcher) bool { return other == w })
	}
}

// written is a document, without what makes it too long for a datagram.
func (w *watcher) written(document *dialoginfo.Document) string {
	text := document.Append(nil, w.sight.Dialect)
	if len(text) <= MaxDocument {
		return string(text)
	}
	for i := range document.Dialogs {
		d := &document.Dialogs[i]
		*d = dialoginfo.Dialog{ID: d.ID, Direction: d.Direction, State: d.State, Event: d.Event}
	}
	return string(document.Append(nil, w.sight.Dialect))
}

// watched is the user or group that an address names, "" for nobody.
func (l *Lamps) watched(target string) (name string, group bool) {
	name = l.local(target)
	for _, candidate := range []string{name, l.numbered(name)} {
		if user := l.settings.Users.User(candidate); user != nil {
			return user.Name, false
		}
		if g := l.settings.Users.Group(candidate); g != nil {
			return g.Name, true
		}
	}
	return "", false
}

// numbered is who has a number, "" for nobody.
func (l *Lamps) numbered(dialled string) string {
	digits := directory.Digits(dialled)
	if digits == "" {
		return ""
	}
	if name := l.settings.Users.Number(digits); name != "" || l.settings.Normalize == nil {
		return name
	}
	if number, _, ok := l.settings.Normalize(digits); ok {
		return l.settings.Users.Number(number)
	}
	return ""
}

// local is the user part of an address of the domain, "" for any other.
func (l *Lamps) local(text string) string {
	uri, err := sip.ParseURI(text)
	if err != nil || !uri.IsSIP() || sip.Lower(strings.TrimSuffix(uri.Host, ".")) != sip.Lower(l.settings.Domain) {
		return ""
	}
	return sip.Unescape(uri.User)
}

// address is the address of record of a user or group.
func (l *Lamps) address(name string) string {
	return "sip:" + sip.EscapeUser(name) + "@" + l.settings.Domain
}

// view is how much a user may see of a lamp: everything of their own calls, of those whose assistant they are, and of those
// that they may pick up.
func (l *Lamps) view(user string, p *lamp) dialoginfo.View {
	if p.group {
		if group := l.settings.Users.Group(p.name); group != nil && group.Pickup && slices.Contains(group.Members, user) {
			return dialoginfo.Complete
		}
		return dialoginfo.States
	}
	owner := l.settings.Users.User(p.name)
	switch {
	case owner == nil:
	case user == p.name, slices.Contains(owner.Assistants, user), l.settings.Colleagues != nil && l.settings.Colleagues(user, p.name):
		return dialoginfo.Complete
	}
	return dialoginfo.States
}

// withPvalue are what those call themselves who name the value of a parameter "pvalue" themselves.
var withPvalue = []string{"Asterisk", "FPBX", "FreeSWITCH"}

// dialectOf is how a watcher wants its documents, by its User-Agent.
func dialectOf(userAgent string) dialoginfo.Dialect {
	for _, name := range withPvalue {
		if strings.HasPrefix(userAgent, name) {
			return dialoginfo.Dialect{ParamValue: true}
		}
	}
	return dialoginfo.Dialect{}
}

// newID names a dialog in documents.
func (l *Lamps) newID() string {
	l.number++
	return strconv.FormatUint(l.number, 36)
}
