package dialoginfo

import "slices"

// Table is what a watcher knows of an observed user, built up from the documents of one
// subscription (RFC 4235 §4.3). The zero value knows nothing. It belongs to the
// subscription; a new subscription starts a new Table.
type Table struct {
	Entity  string
	dialogs []Dialog
	version uint32
	any     bool // a document was applied
	gap     bool // something was missed, and no full document came since
}

// Result is what became of a document.
type Result uint8

const (
	Discarded  Result = iota // not newer than what is known: nothing changed
	Applied                  // the table stands as the notifier's
	Incomplete               // applied, but something is missing: send a SUBSCRIBE to get a full document
)

// Apply takes a document in. Dialogs that it terminates leave the table; the document itself
// says so.
func (t *Table) Apply(document Document) Result {
	if t.any && document.Version <= t.version {
		return Discarded
	}
	missed := !t.any || document.Version != t.version+1
	t.any, t.version, t.Entity = true, document.Version, document.Entity
	if document.Full {
		t.dialogs, t.gap = nil, false
	} else if missed {
		t.gap = true
	}
	for i := range document.Dialogs {
		t.put(document.Dialogs[i])
	}
	if t.gap {
		return Incomplete
	}
	return Applied
}

func (t *Table) put(dialog Dialog) {
	i := slices.IndexFunc(t.dialogs, func(d Dialog) bool { return d.ID == dialog.ID })
	if i >= 0 {
		dialog.keep(&t.dialogs[i])
		if dialog.State == Terminated {
			t.dialogs = slices.Delete(t.dialogs, i, i+1)
			return
		}
		t.dialogs[i] = dialog
		return
	}
	if dialog.State != Terminated && len(t.dialogs) < MaxDialogs {
		t.dialogs = append(t.dialogs, dialog)
	}
}

// Dialogs are the dialogs that are not terminated, in memory of the caller's.
func (t *Table) Dialogs() []Dialog { return slices.Clone(t.dialogs) }

// Known tells whether any document came: before that the state is neutral (RFC 6665
// §4.1.2.4).
func (t *Table) Known() bool { return t.any }

// Free tells whether the user is known to be in no dialog at all.
func (t *Table) Free() bool { return t.any && !t.gap && len(t.dialogs) == 0 }
