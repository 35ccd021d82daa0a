package dialog

import (
	"errors"

	"hookflash/sip"
)

// Standing is what a machine knows of a dialog that a Replaces or Join names.
type Standing struct {
	State     State
	Initiator bool // the INVITE was ours
	Invite    bool // it was made by an INVITE
	// MayReplace and MayJoin tell whether the sender of the request may.
	MayReplace, MayJoin bool
}

// Finder looks a dialog up; the second result is false when there never was one, or when it is
// forgotten.
type Finder func(id ID) (Standing, bool)

var (
	errMatch    = errors.New("dialog: the dialog to replace or join")
	errTooBrief = errors.New("dialog: the session interval is too small")
)

func refuse(code int, reason string) *sip.StatusError {
	return &sip.StatusError{Code: code, Reason: reason, Err: errMatch}
}

// Replaces finds the dialog that an INVITE replaces, by the rules of RFC 3891 §3; there is false
// when the request has no Replaces. The problem is the response to give. No dialog here is without
// a tag of the far side, so a tag of "0" stands for itself alone, and one dialog matches at most.
func Replaces(m *sip.Message, find Finder) (id ID, there bool, problem *sip.StatusError) {
	if !m.Has(sip.HeaderReplaces) {
		return ID{}, false, nil
	}
	named, problem := only(m, sip.HeaderReplaces, sip.HeaderJoin, sip.ParseReplaces)
	if problem != nil {
		return ID{}, true, problem
	}
	id = ID{CallID: named.CallID, LocalTag: named.LocalTag, RemoteTag: named.RemoteTag}
	found, known := find(id)
	switch {
	case !known || !found.Invite:
		return id, true, refuse(481, "")
	case !found.MayReplace:
		return id, true, refuse(403, "")
	case found.State == Ended:
		return id, true, refuse(603, "")
	case found.State == Confirmed && named.EarlyOnly:
		return id, true, refuse(486, "")
	case found.State == Early && !found.Initiator:
		return id, true, refuse(481, "")
	}
	return id, true, nil
}

// Join finds the dialog that an INVITE joins, by the rules of RFC 3911 §4; there is false when
// the request has no Join, or is for a conference, where an unknown one is to be ignored.
func Join(m *sip.Message, conference bool, find Finder) (id ID, there bool, problem *sip.StatusError) {
	if !m.Has(sip.HeaderJoin) {
		return ID{}, false, nil
	}
	named, problem := only(m, sip.HeaderJoin, sip.HeaderReplaces, sip.ParseJoin)
	if problem != nil {
		return ID{}, true, problem
	}
	id = ID{CallID: named.CallID, LocalTag: named.LocalTag, RemoteTag: named.RemoteTag}
	found, known := find(id)
	switch {
	case !known && conference:
		return ID{}, false, nil
	case !known || !found.Invite:
		return id, true, refuse(481, "")
	case !found.MayJoin:
		return id, true, refuse(403, "")
	case found.State == Ended:
		return id, true, refuse(603, "")
	}
	return id, true, nil
}

// only reads the one value of a header field that goes with INVITE alone, and not with another.
func only(m *sip.Message, header, other sip.Header, parse func(string) (sip.DialogID, error)) (sip.DialogID, *sip.StatusError) {
	count := 0
	for range m.Values(header) {
		count++
	}
	named, err := parse(m.TopValue(header))
	switch {
	case m.Method() != sip.INVITE:
		return named, refuse(400, header.String()+" goes with INVITE only")
	case count != 1:
		return named, refuse(400, "More than one "+header.String())
	case m.Has(other):
		return named, refuse(400, header.String()+" and "+other.String()+" contradict each other")
	case err != nil:
		return named, refuse(400, "Malformed "+header.String())
	}
	return named, nil
}
