package sip

import "math"

// maxCSeq is the greatest sequence number (RFC 3261 §8.1.1.5: less than 2^31).
const maxCSeq = math.MaxInt32

// checked are the header fields whose values check looks at.
var checked = [...]Header{
	HeaderVia, HeaderFrom, HeaderTo, HeaderCallID, HeaderCSeq, HeaderContact, HeaderRoute, HeaderRecordRoute,
	HeaderContentLength, HeaderMaxForwards, HeaderExpires, HeaderMaxBreadth,
}

// check looks at the value that begins at s[i] as far as every later step relies on it:
// what ties a message to its transaction and dialog, the numbers, and the addresses that
// a hop acts on, for a malformed one must not reach the next hop. It gives the index
// after the value, or -1 and the reason. space is classSpace when s ends with the value,
// and classBlank when more lines follow; then the value must be on one line.
func (m *Message) check(h Header, s string, i int, space uint32) (end int, err error) {
	switch h {
	case HeaderVia:
		return m.checkVia(s, i, space)
	case HeaderFrom:
		return checkEnd(s, i, space, &m.fromTag)
	case HeaderTo:
		return checkEnd(s, i, space, &m.toTag)
	case HeaderCallID:
		return checkCallID(s, i)
	case HeaderCSeq:
		return m.checkCSeq(s, i, space)
	case HeaderContact, HeaderRoute, HeaderRecordRoute:
		if h == HeaderContact && i < len(s) && s[i] == '*' {
			return i + 1, nil
		}
		return checkAddresses(s, i, space)
	case HeaderContentLength:
		n, end := scanNumber(s, i, math.MaxInt32)
		if end < 0 {
			return -1, errMalformed
		}
		m.length = uint32(n)
		return end, nil
	case HeaderMaxForwards:
		return checkNumber(s, i, 255)
	case HeaderExpires, HeaderMaxBreadth:
		return checkNumber(s, i, math.MaxUint32)
	}
	return len(s), nil
}

// checkVia reads the topmost Via only: the others are for other hops.
func (m *Message) checkVia(s string, i int, space uint32) (int, error) {
	if m.first[HeaderVia] == 0 {
		marks := viaMarks{list: paramScan{space: space}}
		if i = marks.scan(s, i); i < 0 || i < len(s) && s[i] != ',' && s[i] != '\r' {
			return -1, ErrVia
		}
		m.branch = marks.list.place()
		m.via = viaPlaces{} // of a folded Via there are none
		if space == classBlank {
			m.via = marks.places(i)
		}
	}
	if space == classSpace {
		return len(s), nil
	}
	return controlFrom(s, i), nil
}

func checkEnd(s string, i int, space uint32, tag *place) (int, error) {
	marks := addressMarks{list: paramScan{space: space, wanted: "tag"}}
	if i = marks.scan(s, i); i < 0 {
		return -1, marks.problem()
	}
	if marks.list.found {
		if marks.list.start == marks.list.end || s[marks.list.start] == '"' {
			return -1, ErrAddress
		}
		*tag = marks.list.place()
	}
	return i, nil
}

// callid = word [ "@" word ]
func checkCallID(s string, i int) (int, error) {
	end := span(classWord, s, i)
	if end == i {
		return -1, errMalformed
	}
	if end < len(s) && s[end] == '@' {
		at := end
		if end = span(classWord, s, at+1); end == at+1 {
			return -1, errMalformed
		}
	}
	return end, nil
}

func (m *Message) checkCSeq(s string, i int, space uint32) (int, error) {
	n, end := scanNumber(s, i, maxCSeq)
	if end < 0 {
		return -1, errMalformed
	}
	method := skip(space, s, end)
	if method == end {
		return -1, errMalformed
	}
	m.cseq = uint32(n)
	if m.status == 0 {
		own := m.at(m.method)
		if end = method + len(own); end > len(s) || s[method:end] != own || end < len(s) && classes[s[end]]&classToken != 0 {
			return -1, errMethod
		}
		return end, nil
	}
	if end = span(classToken, s, method); end == method {
		return -1, errMalformed
	}
	m.method = place{uint16(method), uint16(end)}
	return end, nil
}

func checkNumber(s string, i int, greatest uint64) (int, error) {
	_, end := scanNumber(s, i, greatest)
	if end < 0 {
		return -1, errMalformed
	}
	return end, nil
}

// scanNumber reads digits up to a greatest value, less than 2^32, and gives the index
// after them or -1.
func scanNumber(s string, i int, greatest uint64) (n uint64, end int) {
	for end = i; end < len(s); end++ {
		c := uint64(s[end]) - '0'
		if c > 9 {
			break
		}
		if n = n*10 + c; n > greatest {
			return 0, -1
		}
	}
	if end == i {
		return 0, -1
	}
	return n, end
}

func checkAddresses(s string, i int, space uint32) (int, error) {
	for ; ; i++ {
		marks := addressMarks{list: paramScan{space: space}}
		if i = marks.scan(s, i); i < 0 {
			return -1, marks.problem()
		}
		if i == len(s) || s[i] != ',' {
			return i, nil
		}
	}
}

// validate checks what can only be told from the whole message: that the header fields
// are there that each message must have (RFC 3261 §8.1.1), and its length.
func (m *Message) validate() *StatusError {
	for _, h := range [...]Header{HeaderVia, HeaderCSeq, HeaderCallID, HeaderFrom, HeaderTo} {
		if m.first[h] == 0 {
			return badField(h, errMissing)
		}
	}
	if m.first[HeaderContentLength] == 0 {
		return nil
	}
	// RFC 3261 §18.3: octets after the declared ones are no part of the message.
	end := int(m.bodyStart) + int(m.length)
	if end > len(m.text) {
		return badField(HeaderContentLength, errLength)
	}
	m.text = m.text[:end]
	return nil
}
