package dialoginfo

import "hookflash/event/internal/ledger"

// User holds the dialogs of one observed user, for any number of watchers. The zero value
// with an Entity has none. It belongs to one owner, like every Watch over it.
type User struct {
	Entity  string // URI of the user
	dialogs ledger.Ledger[Dialog]
}

// Set tells how a dialog stands now; its ID names it. An identity, target or session
// description once told stands until another is told. A terminated dialog is told once
// more to each watcher and then forgotten. It gives false when nothing changed, or when
// there are MaxDialogs already.
func (u *User) Set(dialog Dialog) bool {
	older, known := u.dialogs.Get(dialog.ID)
	if known {
		dialog.keep(&older)
		if dialog.Equal(&older) {
			return false
		}
	}
	if dialog.State == Terminated {
		if known {
			u.dialogs.End(dialog.ID, dialog)
		}
		return known
	}
	return u.dialogs.Put(dialog.ID, dialog, MaxDialogs)
}

// Dialog is the dialog with an ID.
func (u *User) Dialog(id string) (Dialog, bool) { return u.dialogs.Get(id) }

// Dialogs are all dialogs that are not terminated, oldest first.
func (u *User) Dialogs() []Dialog { return u.dialogs.All() }
