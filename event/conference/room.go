package conference

import "hookflash/event/internal/ledger"

// Room is what a focus tells of its conference. The zero value with an Entity is an empty
// one. It belongs to one owner, like every Watch over it.
type Room struct {
	Entity      string // URI of the conference
	description Description
	host        Host
	status      Status
	users       ledger.Ledger[User]
	// The revisions of the users' ledger at which these changed last.
	described, hosted, stated uint64
	deleted                   bool
}

// Describe tells what the conference is about.
func (r *Room) Describe(description Description) {
	r.description, r.described = description, r.users.Touch()
}

// HostedBy tells who hosts it.
func (r *Room) HostedBy(host Host) { r.host, r.hosted = host, r.users.Touch() }

// Stand tells how it stands; its user count is that of the users, whatever is given.
func (r *Room) Stand(status Status) { r.status, r.stated = status, r.users.Touch() }

// Put tells how a user stands now, all of it; Entity names the user. False when there are
// MaxUsers already. Its state and those of its endpoints are of no matter.
func (r *Room) Put(user User) bool {
	user.State = Full
	endpoints := user.Endpoints
	user.Endpoints = nil
	for _, endpoint := range endpoints[:min(len(endpoints), MaxEndpoints)] {
		endpoint.State = Full
		user.Endpoints = append(user.Endpoints, endpoint)
	}
	before := r.users.Len()
	if !r.users.Put(user.Entity, user, MaxUsers) {
		return false
	}
	if r.users.Len() != before {
		r.stated = r.users.Revision()
	}
	return true
}

// Remove takes a user out; it does nothing for one that is not in.
func (r *Room) Remove(entity string) {
	if _, in := r.users.Get(entity); in {
		r.users.End(entity, User{Entity: entity, State: Deleted})
		r.stated = r.users.Revision()
	}
}

// Delete tells that the conference is over: every watcher's next document says so, and is
// the last.
func (r *Room) Delete() {
	if !r.deleted {
		r.deleted = true
		r.users.Touch()
	}
}

// User is the user of an entity.
func (r *Room) User(entity string) (User, bool) { return r.users.Get(entity) }

// Users are all users in the order they came.
func (r *Room) Users() []User { return r.users.All() }

// Watch is one subscription's sight of a Room: what it was told, and what it is told next.
// The zero value was told nothing. It belongs to the subscription.
type Watch struct {
	version uint32
	seen    uint64
	told    bool
	over    bool // the last document said deleted
}

// Refresh makes the next document a full one: the watcher sent a SUBSCRIBE, or may have
// missed the last document.
func (w *Watch) Refresh() { w.told = false }

// Pending tells whether the watcher has something to be told.
func (w *Watch) Pending(room *Room) bool {
	return !w.over && (!w.told || w.seen != room.users.Revision())
}

// Next is the document to send now: full the first time and after Refresh, else what
// changed, with each changed user whole; deleted once the conference is over. False when
// there is nothing new.
func (w *Watch) Next(room *Room) (Document, bool) {
	if !w.Pending(room) {
		return Document{}, false
	}
	document := Document{Entity: room.Entity}
	changed, ended, complete := room.users.Since(w.seen)
	switch {
	case room.deleted:
		document.State, w.over = Deleted, true
	case !w.told || !complete:
		room.fill(&document, 0)
		document.Users, document.HasUsers = room.users.All(), true
	default:
		document.State = Partial
		room.fill(&document, w.seen)
		if document.Users = append(changed, ended...); len(document.Users) > 0 {
			document.UsersState, document.HasUsers = Partial, true
		}
	}
	w.version++ // RFC 4575 §5.2 leaves the first number open; its examples begin with 1
	document.Version = w.version
	w.seen, w.told = room.users.Revision(), true
	return document, true
}

// fill puts in what changed after a revision.
func (r *Room) fill(document *Document, after uint64) {
	if r.described > after {
		description := r.description
		document.Description = &description
	}
	if r.hosted > after {
		host := r.host
		document.Host = &host
	}
	if r.stated > after || after == 0 {
		status := r.status
		status.UserCount, status.HasUserCount = uint32(r.users.Len()), true
		document.Status = &status
	}
}
