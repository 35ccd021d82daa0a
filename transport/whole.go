package transport

// Whole reads a message that arrived as one unit, such as in a WebSocket message: exactly
// one (RFC 7118 §5), whose Content-Length may be missing but not be wrong; or nothing but
// CRLFs, which are counted as Framer.Feed does. limit is in bytes, 0 for MaxMessage. The error
// is always a *FramingError.
func Whole(data []byte, limit int) (text string, pings int, err error) {
	f := Framer{Limit: limit, whole: true}
	texts, pings, err := f.Feed(data, nil)
	switch {
	case err != nil:
		return "", pings, err
	case f.Pending() > 0:
		return "", pings, &FramingError{Reason: "the header block has no end", Status: 400, Head: string(f.pending[:f.head.line])}
	case len(texts) == 0:
		return "", pings, nil
	}
	return texts[0], pings, nil
}
