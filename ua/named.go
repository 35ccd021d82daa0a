package ua

import (
	"hookflash/dialog"
	"hookflash/machine"
)

// finder looks dialogs up for Replaces and Join: those named as our end, and those as the far one, where the agent acts in its
// place.
func (a *Agent) finder(p machine.Packet) dialog.Finder {
	return func(id dialog.ID) (dialog.Standing, bool) {
		h, far := &a.handlers, false
		replace, join := h.Replace != nil, h.Join != nil
		if a.dialogs[id] == nil && !a.ended.has(id) && (h.ReplaceFar != nil || h.JoinFar != nil) {
			id, far, replace, join = mirrored(id), true, h.ReplaceFar != nil, h.JoinFar != nil
		}
		may := a.authorized(p)
		standing := dialog.Standing{Invite: true, MayReplace: may && replace, MayJoin: may && join}
		if a.ended.has(id) {
			standing.State = dialog.Ended
			return standing, true
		}
		u := a.dialogs[id]
		if u == nil {
			return dialog.Standing{}, false
		}
		if u.call == nil {
			standing.Invite = false
			return standing, true
		}
		standing.State, standing.Initiator = u.dialog.State, u.call.Incoming == far
		if u.call.cancel || u.call.succeeded() {
			standing.State = dialog.Ended // for who would take it over: it is being given up, or has been taken
		}
		return standing, true
	}
}

// namedBy is the call of a dialog that the finder has found; far tells that it was named as its far end.
func (a *Agent) namedBy(id dialog.ID) (c *Call, far bool) {
	u := a.dialogs[id]
	if u == nil {
		u, far = a.dialogs[mirrored(id)], true
	}
	return u.call, far
}

// mirrored names a dialog as its far end does.
func mirrored(id dialog.ID) dialog.ID {
	return dialog.ID{CallID: id.CallID, LocalTag: id.RemoteTag, RemoteTag: id.LocalTag}
}
