package reg

import (
	"slices"

	"hookflash/event/internal/ledger"
)

// Watched holds the registrations that watchers of one resource see. The zero value has
// none. It belongs to one owner, like every Watch over it.
type Watched struct {
	registrations []added
	contacts      ledger.Ledger[bound]
}

// added is a registration, without its contacts, and since which revision it is known.
type added struct {
	Registration
	revision uint64
}

type bound struct {
	registration string
	contact      Contact
}

// Add makes an address-of-record known, under an ID that it keeps; false when there are
// MaxRegistrations already. One that is known stays as it is.
func (w *Watched) Add(aor, id string) bool {
	if w.find(id) >= 0 {
		return true
	}
	if len(w.registrations) >= MaxRegistrations {
		return false
	}
	w.registrations = append(w.registrations, added{Registration{AOR: aor, ID: id}, w.contacts.Touch()})
	return true
}

// Set tells how a contact of a registration stands now; its ID names it among all contacts.
// A terminated one is told once more to each watcher and then forgotten. It gives false
// for an unknown registration, a contact of another one, and when there are MaxContacts already.
func (w *Watched) Set(registration string, contact Contact) bool {
	at := w.find(registration)
	if at < 0 {
		return false
	}
	older, known := w.contacts.Get(contact.ID)
	if known && older.registration != registration {
		return false
	}
	row := bound{registration, contact}
	if contact.Terminated {
		if !known {
			return false
		}
		w.contacts.End(contact.ID, row)
	} else if !w.contacts.Put(contact.ID, row, MaxContacts) {
		return false
	}
	w.settle(&w.registrations[at].Registration)
	return true
}

// settle: RFC 3680 §4.7.1: active while a contact is bound.
func (w *Watched) settle(registration *Registration) {
	for _, row := range w.contacts.All() {
		if row.registration == registration.ID {
			registration.State = Active
			return
		}
	}
	if registration.State == Active {
		registration.State = Terminated
	}
}

// Registrations are all registrations with the contacts that are bound.
func (w *Watched) Registrations() []Registration { return w.group(0, w.contacts.All()) }

func (w *Watched) find(id string) int {
	return slices.IndexFunc(w.registrations, func(r added) bool { return r.ID == id })
}

// group puts contacts under their registrations, and keeps those registrations without any
// that were added after a revision.
func (w *Watched) group(after uint64, lists ...[]bound) []Registration {
	var groups []Registration
	for i := range w.registrations {
		registration := w.registrations[i].Registration
		for _, list := range lists {
			for j := range list {
				if list[j].registration == registration.ID {
					registration.Contacts = append(registration.Contacts, list[j].contact)
				}
			}
		}
		if w.registrations[i].revision > after || len(registration.Contacts) > 0 {
			groups = append(groups, registration)
		}
	}
	return groups
}

// Watch is one subscription's sight of Watched: what it was told, and what it is told next.
// The zero value was told nothing. It belongs to the subscription.
type Watch struct {
	version uint32
	seen    uint64
	told    bool
}

// Refresh makes the next document a full one: the watcher sent a SUBSCRIBE, or may have
// missed the last document.
func (w *Watch) Refresh() { w.told = false }

// Pending tells whether the watcher has something to be told.
func (w *Watch) Pending(watched *Watched) bool {
	return !w.told || w.seen != watched.contacts.Revision()
}

// Next is the document to send now: full the first time and after Refresh, else the
// contacts that changed; false when there is nothing new.
func (w *Watch) Next(watched *Watched) (Document, bool) {
	if !w.Pending(watched) {
		return Document{}, false
	}
	document := Document{Full: true}
	if changed, ended, complete := watched.contacts.Since(w.seen); w.told && complete {
		document = Document{Registrations: watched.group(w.seen, changed, ended)}
	} else {
		document.Registrations = watched.Registrations()
	}
	document.Version = w.version
	w.version++
	w.seen, w.told = watched.contacts.Revision(), true
	return document, true
}
