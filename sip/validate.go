package sip

import "math"

// maxCSeq is the greatest sequence number (RFC 3261 §8.1.1.5: less than 2^31).
const maxCSeq = math.MaxInt32

// validate checks once what every later step relies on: the header fields that each
// message must have (RFC 3261 §8.1.1), the numbers, and the addresses that a hop acts
// on. It reads on after a problem, so that as much as possible of the answer can be made.
func (m *Message) validate() *StatusError {
	problem := m.validateVia()
	problem = first(problem, m.validateCSeq())
	problem = first(problem, m.validateCallID())
	problem = first(problem, m.validateEnd(HeaderFrom, &m.fromTag))
	problem = first(problem, m.validateEnd(HeaderTo, &m.toTag))
	problem = first(problem, m.validateLength())
	problem = first(problem, m.validateNumber(HeaderMaxForwards, 255))
	problem = first(problem, m.validateNumber(HeaderExpires, math.MaxUint32))
	problem = first(problem, m.validateNumber(HeaderMaxBreadth, math.MaxUint32))
	problem = first(problem, m.validateAddresses(HeaderContact))
	problem = first(problem, m.validateAddresses(HeaderRoute))
	return first(problem, m.validateAddresses(HeaderRecordRoute))
}

// raw is the value of the first field of a header with its folds, and where it begins
// in the text. Scanning takes folds for white space, so places in it are in the text too.
func (m *Message) raw(h Header) (value string, start uint16, ok bool) {
	i := m.first[h]
	if i == 0 {
		return "", 0, false
	}
	f := &m.fields[i-1]
	return m.text[f.valueStart:f.valueEnd], f.valueStart, true
}

func (m *Message) validateVia() *StatusError {
	value, start, ok := m.raw(HeaderVia)
	if !ok {
		return badField(HeaderVia, errMissing)
	}
	var marks viaMarks
	end := marks.scan(value, 0)
	if end < 0 || end < len(value) && value[end] != ',' {
		return badField(HeaderVia, ErrVia)
	}
	m.branch = marks.list.place(start)
	return nil
}

func (m *Message) validateCSeq() *StatusError {
	value, start, ok := m.raw(HeaderCSeq)
	if !ok {
		return badField(HeaderCSeq, errMissing)
	}
	digits := span(classDigit, value, 0)
	n, fine := number(value[:digits], maxCSeq)
	method := skipSpace(value, digits)
	if !fine || method == digits || method == len(value) {
		return badField(HeaderCSeq, errMalformed)
	}
	m.cseq = uint32(n)
	switch name := value[method:]; {
	case m.status != 0:
		m.method = place{start + uint16(method), start + uint16(len(value))}
		if !IsToken(name) {
			return badField(HeaderCSeq, errMalformed)
		}
	case name != m.at(m.method):
		return badField(HeaderCSeq, errMethod)
	}
	return nil
}

func (m *Message) validateCallID() *StatusError {
	value, _, ok := m.raw(HeaderCallID)
	if !ok {
		return badField(HeaderCallID, errMissing)
	}
	// callid = word [ "@" word ]
	end := span(classWord, value, 0)
	if end > 0 && end < len(value)-1 && value[end] == '@' {
		end = span(classWord, value, end+1)
	}
	if value == "" || end != len(value) {
		return badField(HeaderCallID, errMalformed)
	}
	return nil
}

func (m *Message) validateEnd(h Header, tag *place) *StatusError {
	value, start, ok := m.raw(h)
	if !ok {
		return badField(h, errMissing)
	}
	var marks addressMarks
	marks.list.wanted = "tag"
	switch end := marks.scan(value, 0); {
	case end < 0:
		return badField(h, marks.problem)
	case end < len(value):
		return badField(h, ErrAddress)
	}
	if marks.list.found {
		*tag = marks.list.place(start)
		if !IsToken(m.at(*tag)) {
			*tag = place{}
			return badField(h, errTag)
		}
	}
	return nil
}

// validateLength cuts the text to the declared body (RFC 3261 §18.3).
func (m *Message) validateLength() *StatusError {
	value, _, ok := m.raw(HeaderContentLength)
	if !ok {
		return nil
	}
	declared, ok := number(value, math.MaxInt32)
	if !ok {
		return badField(HeaderContentLength, errMalformed)
	}
	if declared > uint64(len(m.text)-int(m.bodyStart)) {
		return badField(HeaderContentLength, errLength)
	}
	m.text = m.text[:int(m.bodyStart)+int(declared)]
	return nil
}

func (m *Message) validateNumber(h Header, greatest uint64) *StatusError {
	if m.first[h] == 0 {
		return nil
	}
	value, _, _ := m.raw(h)
	if _, ok := number(value, greatest); !ok {
		return badField(h, errMalformed)
	}
	return nil
}

// validateAddresses checks a list of addresses that a hop acts on: a malformed one must
// not reach the next hop.
func (m *Message) validateAddresses(h Header) *StatusError {
	if m.first[h] == 0 {
		return nil
	}
	for i := int(m.first[h]) - 1; i < len(m.fields); i++ {
		if m.fields[i].header != h {
			continue
		}
		value := m.text[m.fields[i].valueStart:m.fields[i].valueEnd]
		if h == HeaderContact && value == "*" {
			continue
		}
		if err := validAddressList(value); err != nil {
			return badField(h, err)
		}
	}
	return nil
}

func validAddressList(s string) error {
	for i := 0; ; i++ {
		var marks addressMarks
		if i = marks.scan(s, i); i < 0 {
			return marks.problem
		}
		if i == len(s) {
			return nil
		}
		if s[i] != ',' {
			return ErrAddress
		}
	}
}
