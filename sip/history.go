package sip

// HistoryEntry is one value of History-Info (RFC 7044 §5.1).
type HistoryEntry struct {
	Address Address // its URI may carry Reason and Privacy as header fields
	Index   string  // as "1.2.1"
	// The index of the entry that this one came from, "" without one: by rc the same
	// user's contact, by mp another user, by np without change of the user.
	Recursed, Mapped, Unchanged string
}

// maxIndex bounds the numbers of an index, and so how many entries a chain can have.
const maxIndex = 64

// ParseHistoryInfo parses one value of History-Info.
func ParseHistoryInfo(s string) (HistoryEntry, error) {
	address, err := ParseAddress(s)
	if err != nil {
		return HistoryEntry{}, err
	}
	entry := HistoryEntry{Address: address}
	for name, value := range address.Params.Each {
		var kept *string
		switch {
		case equalFold(name, "index"):
			kept = &entry.Index
		case equalFold(name, "rc"):
			kept = &entry.Recursed
		case equalFold(name, "mp"):
			kept = &entry.Mapped
		case equalFold(name, "np"):
			kept = &entry.Unchanged
		default:
			continue
		}
		if *kept != "" || !isIndex(value) {
			return HistoryEntry{}, ErrValue
		}
		*kept = value
	}
	if entry.Index == "" {
		return HistoryEntry{}, ErrValue
	}
	return entry, nil
}

// isIndex: 1*DIGIT *( "." 1*DIGIT ).
func isIndex(s string) bool {
	for i, count := 0, 1; ; count++ {
		end := span(classDigit, s, i)
		if end == i || count > maxIndex {
			return false
		}
		if end == len(s) {
			return true
		}
		if s[end] != '.' {
			return false
		}
		i = end + 1
	}
}

// Append prints the entry: the address as it came, and the parameters known here.
func (h HistoryEntry) Append(b []byte) []byte {
	b = h.Address.appendBracketed(b)
	b = appendParam(b, "index", h.Index)
	for _, from := range [...]struct{ name, index string }{{"rc", h.Recursed}, {"mp", h.Mapped}, {"np", h.Unchanged}} {
		if from.index != "" {
			b = appendParam(b, from.name, from.index)
		}
	}
	return b
}
