package dialoginfo

import "hookflash/sip"

// View is how much a watcher may see (RFC 4235 §3.6). The identifiers of a dialog let
// their holder try to take it over, so the zero value shows least.
type View uint8

const (
	Virtual  View = iota // whether the user is in any call: one dialog that is confirmed (RFC 4235 §3.7.2)
	States               // every dialog, its state and direction, without identifiers or far side
	Complete             // everything but session descriptions
)

// virtualID names the one dialog of the Virtual view.
const virtualID = "1"

// Watch is one subscription's sight of a User: what it was told, and what it is told next.
// The zero value is a Virtual one that was told nothing. It belongs to the subscription.
type Watch struct {
	View    View
	Dialect Dialect
	// Only limits it to one dialog, or to all of one INVITE where RemoteTag is empty (RFC
	// 4235 §3.2), in a Complete view; others see all. The zero value is all dialogs.
	Only sip.DialogID
	// Except is the watcher's own target: a dialog with it says nothing new to the watcher
	// and is left out (RFC 4235 §3.3). Empty: none.
	Except string
	// Party is the watcher's own address: a dialog with it is told once it is confirmed, as RFC 5359 §2.17 has it. That it
	// rings the watcher knows. Empty: none.
	Party string
	// Descriptions adds the session descriptions to a Complete view.
	Descriptions bool

	version uint32 // of the next document
	seen    uint64 // revision of the user's dialogs that the last document had
	told    bool   // a full document left and nothing asked for another since
	busy    bool   // what the last Virtual document said
}

// ParseOnly reads the dialog that an Event header field names (RFC 4235 §3.2): to-tag is
// the observed user's tag. include tells whether session descriptions are asked for.
func ParseOnly(event sip.Event) (only sip.DialogID, include bool) {
	only.CallID, _ = event.Params.Get("call-id")
	only.CallID = sip.Unquote(only.CallID)
	only.LocalTag, _ = event.Params.Get("to-tag")
	only.RemoteTag, _ = event.Params.Get("from-tag")
	return only, event.Params.Has("include-session-description")
}

// Refresh makes the next document a full one: the watcher sent a SUBSCRIBE, or may have
// missed the last document.
func (w *Watch) Refresh() { w.told = false }

// Pending tells whether the watcher has something to be told.
func (w *Watch) Pending(user *User) bool { return !w.told || w.seen != user.dialogs.Revision() }

// Next is the document to send now: full the first time and after Refresh, else the dialogs
// that changed. It gives false, and uses no version, when there is nothing new that this
// watcher may see.
func (w *Watch) Next(user *User) (Document, bool) {
	if !w.Pending(user) {
		return Document{}, false
	}
	document := Document{Entity: user.Entity}
	if w.View == Virtual {
		document.Full = w.virtual(user, &document)
	} else {
		w.list(user, &document)
	}
	w.seen = user.dialogs.Revision()
	if !document.Full && len(document.Dialogs) == 0 {
		return Document{}, false
	}
	document.Version = w.version
	w.version++
	w.told = true
	return document, true
}

// list fills in what changed, or everything where the watcher can't know the rest.
func (w *Watch) list(user *User, document *Document) {
	if w.told {
		changed, ended, complete := user.dialogs.Since(w.seen)
		if complete {
			document.Dialogs = w.visible(changed, ended)
			return
		}
	}
	document.Full = true
	document.Dialogs = w.visible(user.dialogs.All())
}

// virtual fills in the one dialog that stands for all; false when it said so already.
func (w *Watch) virtual(user *User, document *Document) bool {
	busy := user.dialogs.Len() > 0
	if w.told && busy == w.busy {
		return false
	}
	w.busy = busy
	if busy {
		document.Dialogs = []Dialog{{ID: virtualID, State: Confirmed}}
	}
	return true
}

func (w *Watch) visible(lists ...[]Dialog) []Dialog {
	var visible []Dialog
	for _, list := range lists {
		switch kept := w.matching(list); {
		case len(kept) == 0:
		case visible == nil:
			visible = kept // no memory of others'
		default:
			visible = append(visible, kept...)
		}
	}
	for i := range visible {
		w.veil(&visible[i])
	}
	return visible
}

func (w *Watch) matching(list []Dialog) []Dialog {
	kept := list[:0]
	for _, dialog := range list {
		if w.matches(&dialog) {
			kept = append(kept, dialog)
		}
	}
	return kept
}

func (w *Watch) matches(d *Dialog) bool {
	// To others it would confirm a guess of the identifiers.
	if w.View == Complete && w.Only != (sip.DialogID{}) {
		return d.CallID == w.Only.CallID && d.LocalTag == w.Only.LocalTag && (w.Only.RemoteTag == "" || d.RemoteTag == w.Only.RemoteTag)
	}
	if w.Party != "" && d.Remote.Identity.URI == w.Party && d.State < Confirmed {
		return false
	}
	return w.Except == "" || d.Remote.Target != w.Except
}

// veil takes out what the view does not show.
func (w *Watch) veil(d *Dialog) {
	if w.View == States {
		*d = Dialog{ID: d.ID, Direction: d.Direction, State: d.State, Event: d.Event, Appearance: d.Appearance, Exclusive: d.Exclusive}
		return
	}
	if !w.Descriptions {
		d.Local.Description, d.Remote.Description = Description{}, Description{}
	}
}
