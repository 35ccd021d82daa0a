package sip

// DialogID names a dialog in Replaces (RFC 3891 §6.1), Join (RFC 3911 §7.1) and
// Target-Dialog (RFC 4538 §7). Every field is a piece of the text it came from.
type DialogID struct {
	CallID    string
	LocalTag  string // of whom the header field is sent to: to-tag, or local-tag of Target-Dialog
	RemoteTag string // from-tag, or remote-tag of Target-Dialog
	EarlyOnly bool   // Replaces only
}

// ParseReplaces parses a Replaces. Of early-only it is the caller's to refuse a confirmed
// dialog.
func ParseReplaces(s string) (DialogID, error) {
	id, params, err := parseDialogID(s, "to-tag", "from-tag")
	id.EarlyOnly = params.Has("early-only")
	return id, err
}

// ParseJoin parses a Join.
func ParseJoin(s string) (DialogID, error) {
	id, _, err := parseDialogID(s, "to-tag", "from-tag")
	return id, err
}

// ParseTargetDialog parses a Target-Dialog.
func ParseTargetDialog(s string) (DialogID, error) {
	id, _, err := parseDialogID(s, "local-tag", "remote-tag")
	return id, err
}

// parseDialogID: both tags stand exactly once (RFC 3891 §6.1).
func parseDialogID(s, local, remote string) (DialogID, Params, error) {
	s = trim(s)
	end, err := checkCallID(s, 0)
	if err != nil {
		return DialogID{}, "", ErrValue
	}
	one := paramScan{space: classSpace, wanted: local}
	other := paramScan{space: classSpace, wanted: remote}
	if one.scan(s, end) != len(s) || other.scan(s, end) != len(s) {
		return DialogID{}, "", ErrValue
	}
	id := DialogID{CallID: s[:end], LocalTag: s[one.start:one.end], RemoteTag: s[other.start:other.end]}
	if !IsToken(id.LocalTag) || !IsToken(id.RemoteTag) {
		return DialogID{}, "", ErrValue
	}
	return id, Params(s[end:]), nil
}

// AppendReplaces prints the value of a Replaces or Join.
func (d DialogID) AppendReplaces(b []byte) []byte {
	b = d.appendTags(b, "to-tag", "from-tag")
	if d.EarlyOnly {
		b = appendParam(b, "early-only", "")
	}
	return b
}

// AppendTargetDialog prints the value of a Target-Dialog.
func (d DialogID) AppendTargetDialog(b []byte) []byte {
	return d.appendTags(b, "local-tag", "remote-tag")
}

func (d DialogID) appendTags(b []byte, local, remote string) []byte {
	b = append(b, d.CallID...)
	return appendParam(appendParam(b, local, d.LocalTag), remote, d.RemoteTag)
}
