package reg

import "slices"

// Table is what a watcher knows, built up from the documents of one subscription (RFC 3680
// §5.2). The zero value knows nothing. It belongs to the subscription; a new subscription
// starts a new Table.
type Table struct {
	registrations []Registration
	version       uint32
	any           bool
	gap           bool
}

// Result is what became of a document.
type Result uint8

const (
	Discarded  Result = iota // not newer than what is known: nothing changed
	Applied                  // the table stands as the notifier's
	Incomplete               // applied, but something is missing: send a SUBSCRIBE to get a full document
)

// Apply takes a document in. Contacts that it terminates leave the table; the document itself
// says so.
func (t *Table) Apply(document Document) Result {
	if t.any && document.Version <= t.version {
		return Discarded
	}
	missed := !t.any || document.Version != t.version+1
	t.any, t.version = true, document.Version
	if document.Full {
		t.registrations, t.gap = nil, false
	} else if missed {
		t.gap = true
	}
	for i := range document.Registrations {
		t.put(&document.Registrations[i])
	}
	if t.gap {
		return Incomplete
	}
	return Applied
}

func (t *Table) put(told *Registration) {
	at := slices.IndexFunc(t.registrations, func(r Registration) bool { return r.ID == told.ID })
	if at < 0 {
		if len(t.registrations) >= MaxRegistrations {
			return
		}
		at = len(t.registrations)
		t.registrations = append(t.registrations, Registration{ID: told.ID})
	}
	known := &t.registrations[at]
	known.AOR, known.State = told.AOR, told.State
	for _, contact := range told.Contacts {
		i := slices.IndexFunc(known.Contacts, func(c Contact) bool { return c.ID == contact.ID })
		switch {
		case i >= 0 && contact.Terminated:
			known.Contacts = slices.Delete(known.Contacts, i, i+1)
		case i >= 0:
			known.Contacts[i] = contact
		case contact.Terminated:
		case t.contacts() < MaxContacts:
			known.Contacts = append(known.Contacts, contact)
		}
	}
}

func (t *Table) contacts() int {
	count := 0
	for i := range t.registrations {
		count += len(t.registrations[i].Contacts)
	}
	return count
}

// Registrations are all registrations with the contacts that are bound, in memory of the
// caller's but for the contacts' parameters.
func (t *Table) Registrations() []Registration {
	list := slices.Clone(t.registrations)
	for i := range list {
		list[i].Contacts = slices.Clone(list[i].Contacts)
	}
	return list
}

// Known tells whether any document came.
func (t *Table) Known() bool { return t.any }
