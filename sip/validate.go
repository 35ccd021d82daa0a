package sip

import (
	"math"
	"strings"
)

// maxCSeq is the greatest sequence number (RFC 3261 §8.1.1.5: less than 2^31).
const maxCSeq = math.MaxInt32

// validate checks once what every later step relies on: the header fields that each
// message must have (RFC 3261 §8.1.1), fields that may stand once only, and the numbers.
// It reads on after a problem, so that as much as possible of the answer can be made.
func (m *Message) validate() *StatusError {
	var problem *StatusError
	keep(&problem, m.validateOnce())
	keep(&problem, m.validateVia())
	keep(&problem, m.validateCSeq())
	keep(&problem, m.validateEnds())
	keep(&problem, m.validateLength())
	keep(&problem, m.validateNumbers())
	keep(&problem, m.validateAddresses())
	return problem
}

// validateOnce refuses a second field where RFC 3261 §7.3.1 allows one: whichever of
// them another hop would read, we could read the other.
func (m *Message) validateOnce() *StatusError {
	var seen [(headerCount + 63) / 64]uint64
	for i := range m.fields {
		h := m.fields[i].header
		bit := uint64(1) << (h % 64)
		if seen[h/64]&bit != 0 && headers[h].single {
			return badRequest("%s stands twice", h)
		}
		seen[h/64] |= bit
	}
	return nil
}

func (m *Message) validateVia() *StatusError {
	if m.first[HeaderVia] == 0 {
		return badRequest("no Via")
	}
	via, err := ParseVia(m.TopValue(HeaderVia))
	if err != nil {
		return badRequest("%w", err)
	}
	m.branch = via.Branch()
	return nil
}

func (m *Message) validateCSeq() *StatusError {
	value := m.Header(HeaderCSeq)
	space := strings.IndexAny(value, " \t")
	if space < 0 {
		return badRequest("no CSeq, or a malformed one")
	}
	n, ok := number(value[:space], maxCSeq)
	method := Method(trim(value[space:]))
	if !ok || !IsToken(string(method)) {
		return badRequest("malformed CSeq")
	}
	m.cseq = uint32(n)
	if m.status != 0 {
		m.method = method
	} else if method != m.method {
		return badRequest("method of CSeq differs from that of the request")
	}
	return nil
}

func (m *Message) validateEnds() *StatusError {
	if m.first[HeaderCallID] == 0 {
		return badRequest("no Call-ID")
	}
	m.callID = m.Header(HeaderCallID)
	local, host, both := strings.Cut(m.callID, "@")
	if !is(classWord, local) || both && !is(classWord, host) {
		return badRequest("malformed Call-ID")
	}
	problem := m.validateEnd(HeaderFrom, &m.from, &m.fromTag)
	keep(&problem, m.validateEnd(HeaderTo, &m.to, &m.toTag))
	return problem
}

func (m *Message) validateEnd(h Header, whole, tag *string) *StatusError {
	if m.first[h] == 0 {
		return badRequest("no %s", h)
	}
	*whole = m.Header(h)
	address, err := ParseAddress(*whole)
	if err != nil {
		return badRequest("%s: %w", h, err)
	}
	if value, ok := address.Params.Get("tag"); ok {
		if !IsToken(value) {
			return badRequest("%s: malformed tag", h)
		}
		*tag = value
	}
	return nil
}

// validateLength cuts the text to the declared body (RFC 3261 §18.3).
func (m *Message) validateLength() *StatusError {
	if m.first[HeaderContentLength] == 0 {
		return nil
	}
	declared, ok := number(m.Header(HeaderContentLength), math.MaxInt32)
	if !ok {
		return badRequest("malformed Content-Length")
	}
	present := len(m.text) - int(m.bodyStart)
	if declared > uint64(present) {
		return badRequest("Content-Length is %d, but the body has %d octets", declared, present)
	}
	m.text = m.text[:int(m.bodyStart)+int(declared)]
	return nil
}

// validateNumbers checks the numeric fields that the core acts on.
func (m *Message) validateNumbers() *StatusError {
	for _, limit := range [...]struct {
		header   Header
		greatest uint64
	}{{HeaderMaxForwards, 255}, {HeaderExpires, math.MaxUint32}, {HeaderMaxBreadth, math.MaxUint32}} {
		if m.first[limit.header] == 0 {
			continue
		}
		if _, ok := number(m.Header(limit.header), limit.greatest); !ok {
			return badRequest("malformed %s", limit.header)
		}
	}
	return nil
}

// validateAddresses checks the lists of addresses that a hop acts on: a malformed one
// must not reach the next hop.
func (m *Message) validateAddresses() *StatusError {
	for _, h := range [...]Header{HeaderContact, HeaderRoute, HeaderRecordRoute} {
		if m.first[h] == 0 {
			continue
		}
		for i := int(m.first[h]) - 1; i < len(m.fields); i++ {
			if m.fields[i].header != h {
				continue
			}
			if err := validAddressList(m.value(i), h == HeaderContact); err != nil {
				return badRequest("%s: %w", h, err)
			}
		}
	}
	return nil
}

func validAddressList(rest string, star bool) error {
	if star && rest == "*" {
		return nil
	}
	for more := true; more; {
		item, after, found, ok := cut(rest, ',')
		if !ok {
			return ErrAddress
		}
		if _, err := ParseAddress(item); err != nil {
			return err
		}
		rest, more = after, found
	}
	return nil
}
