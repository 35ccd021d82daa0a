package conference

import "slices"

// Table is what a watcher knows of a conference, built up from the documents of one
// subscription (RFC 4575 §4.6). The zero value knows nothing. It belongs to the
// subscription; a new subscription starts a new Table.
type Table struct {
	known   Document
	any     bool // a document was applied
	gap     bool // something was missed, and no full document came since
	deleted bool
}

// Result is what became of a document.
type Result uint8

const (
	Discarded  Result = iota // not newer than what is known: nothing changed
	Applied                  // the table stands as the focus's
	Incomplete               // something is missing: send a SUBSCRIBE to get a full document
	Ended                    // the conference is over: end the subscription (RFC 4575 §4.6)
)

// Apply takes a document in. Of a partial one that does not follow the last, only the need
// for a full one is kept.
func (t *Table) Apply(document Document) Result {
	if t.any && document.Version <= t.known.Version {
		return Discarded
	}
	switch {
	case document.State == Deleted:
		t.known = Document{Entity: document.Entity, Version: document.Version, State: Deleted}
		t.any, t.gap, t.deleted = true, false, true
		return Ended
	case document.State == Full:
		t.known = Document{Entity: document.Entity}
		t.any, t.gap, t.deleted = true, false, false
	case !t.any || t.gap || document.Version != t.known.Version+1:
		// RFC 4575 §4.6: the number stays, so that whatever comes before the full one waits.
		t.gap = true
		return Incomplete
	}
	t.known.Version = document.Version
	t.merge(&document)
	return Applied
}

func (t *Table) merge(document *Document) {
	if document.Description != nil {
		t.known.Description = document.Description
	}
	if document.Host != nil {
		t.known.Host = document.Host
	}
	if document.Status != nil {
		t.known.Status = document.Status
	}
	if !document.HasUsers {
		return
	}
	if document.UsersState != Partial {
		t.known.Users = nil
	}
	t.known.HasUsers = document.UsersState != Deleted
	if !t.known.HasUsers {
		return
	}
	for i := range document.Users {
		t.put(&document.Users[i])
	}
}

func (t *Table) put(told *User) {
	i := slices.IndexFunc(t.known.Users, func(u User) bool { return u.Entity == told.Entity })
	switch {
	case told.State == Deleted:
		if i >= 0 {
			t.known.Users = slices.Delete(t.known.Users, i, i+1)
		}
	case i >= 0 && told.State == Partial:
		t.known.Users[i].merge(told)
	case i >= 0:
		t.known.Users[i] = told.settled()
	case len(t.known.Users) < MaxUsers:
		t.known.Users = append(t.known.Users, told.settled())
	}
}

// settled is the user as it stands in a table: full, without endpoints that are gone.
func (u *User) settled() User {
	user := *u
	user.State, user.Endpoints = Full, nil
	for _, endpoint := range u.Endpoints {
		if endpoint.State != Deleted {
			endpoint.State = Full
			user.Endpoints = append(user.Endpoints, endpoint)
		}
	}
	return user
}

// merge: what is told replaces what was, element by element (RFC 4575 §4.6 step 3).
func (u *User) merge(told *User) {
	replace(&u.DisplayText, told.DisplayText)
	replace(&u.Languages, told.Languages)
	replace(&u.CascadedFocus, told.CascadedFocus)
	if told.AORs != nil {
		u.AORs = told.AORs
	}
	if told.Roles != nil {
		u.Roles = told.Roles
	}
	endpoints := slices.Clone(u.Endpoints)
	for _, endpoint := range told.Endpoints {
		i := slices.IndexFunc(endpoints, func(e Endpoint) bool { return e.Entity == endpoint.Entity })
		state := endpoint.State
		endpoint.State = Full
		switch {
		case state == Deleted:
			if i >= 0 {
				endpoints = slices.Delete(endpoints, i, i+1)
			}
		case i >= 0 && state == Partial:
			endpoints[i].merge(&endpoint)
		case i >= 0:
			endpoints[i] = endpoint
		case len(endpoints) < MaxEndpoints:
			endpoints = append(endpoints, endpoint)
		}
	}
	u.Endpoints = endpoints
}

func (e *Endpoint) merge(told *Endpoint) {
	replace(&e.DisplayText, told.DisplayText)
	replace(&e.Status, told.Status)
	replace(&e.JoiningMethod, told.JoiningMethod)
	replace(&e.DisconnectionMethod, told.DisconnectionMethod)
	replace(&e.Referred, told.Referred)
	replace(&e.JoiningInfo, told.JoiningInfo)
	replace(&e.DisconnectionInfo, told.DisconnectionInfo)
	replace(&e.Call, told.Call)
	media := slices.Clone(e.Media)
	for _, one := range told.Media {
		if i := slices.IndexFunc(media, func(m Media) bool { return m.ID == one.ID }); i >= 0 {
			media[i] = one
		} else if len(media) < MaxMedia {
			media = append(media, one)
		}
	}
	e.Media = media
}

func replace[T comparable](known *T, told T) {
	var none T
	if told != none {
		*known = told
	}
}

// Document is what is known, as a full document; its version is that of the newest document.
func (t *Table) Document() Document {
	document := t.known
	document.Users = slices.Clone(t.known.Users)
	return document
}

// Known tells whether any document was applied.
func (t *Table) Known() bool { return t.any }

// Over tells whether the conference is known to be over.
func (t *Table) Over() bool { return t.deleted }
