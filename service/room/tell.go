package room

import (
	"hookflash/event/conference"
	"hookflash/task"
	"hookflash/ua"
)

// MaxTold is how many users one document tells of: what more there is follows in further ones, so that none is too large for a
// datagram.
const MaxTold = 32

// further is how long the next document of the same waits for.
const further = ua.Beat

// next is the document that a watcher gets now (ua.Document): of a full one that is too long, the rest follows as changes.
func (w *watcher) next(m *meeting, full bool) (string, bool) {
	view := &m.cut
	if w.whole {
		view = &m.full
	}
	if full {
		w.watch.Refresh()
		w.rest = nil
	}
	document, fresh := w.watch.Next(view)
	switch {
	case !fresh && len(w.rest) == 0:
		return "", false
	case !fresh:
		document = conference.Document{Entity: view.Entity, State: conference.Partial}
	}
	if document.State != conference.Deleted {
		w.cut(view, &document)
	}
	w.version++
	document.Version = w.version
	if len(w.rest) > 0 {
		m.service.agent.Go("roster", func(t *task.Task) {
			t.Sleep(further)
			w.subscription.Changed()
		})
	}
	return string(document.Append(nil)), true
}

// cut leaves as many users in a document as it may have, and keeps the others for the next. Who is gone is told at once.
func (w *watcher) cut(view *conference.Room, document *conference.Document) {
	var users []conference.User
	told := map[string]bool{}
	for i := range document.Users {
		if user := document.Users[i]; user.State == conference.Deleted {
			users, told[user.Entity] = append(users, user), true
		}
	}
	take := func(user conference.User) {
		if told[user.Entity] {
			return
		}
		told[user.Entity] = true
		if len(users) < MaxTold {
			users = append(users, user)
		} else {
			w.rest = append(w.rest, user.Entity)
		}
	}
	rest := w.rest
	w.rest = nil
	for _, user := range document.Users {
		take(user)
	}
	for _, entity := range rest {
		if user, in := view.User(entity); in {
			take(user)
		}
	}
	if document.Users = users; document.State == conference.Partial && len(users) > 0 {
		document.UsersState, document.HasUsers = conference.Partial, true
	}
}
