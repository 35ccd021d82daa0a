package sip

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of messages that can't be answered: what came is not SIP, or names no hop to
// answer to.
var (
	ErrNotSIP    = errors.New("not a SIP message")
	ErrTooLong   = errors.New("message longer than 65535 octets")
	ErrNoVia     = errors.New("no readable Via")
	ErrResponse  = errors.New("malformed response")
	ErrStartLine = errors.New("malformed start line")
)

const version = "SIP/2.0"

// Parse indexes and checks one message. Octets after the body that Content-Length
// declares are left out; without Content-Length the body ends with the text.
//
// A request that is malformed but can be answered comes back together with a
// *StatusError to answer with (400, 414, 505, …); all that could be read of it is in
// the message. Anything else malformed comes back as nil and an error.
func Parse(text string) (*Message, error) {
	for strings.HasPrefix(text, "\r\n") {
		text = text[2:] // RFC 3261 §7.5
	}
	if len(text) > MaxMessage {
		return nil, ErrTooLong
	}
	m := &Message{text: text}
	m.fields = m.inline[:0]
	problem, err := m.parseStart()
	if err != nil {
		return nil, err
	}
	keep(&problem, m.index())
	keep(&problem, m.validate())
	if problem == nil {
		return m, nil
	}
	if m.status != 0 {
		return nil, fmt.Errorf("%w: %w", ErrResponse, problem)
	}
	if _, err := ParseVia(m.TopValue(HeaderVia)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoVia, problem)
	}
	return m, problem
}

// keep remembers the first problem.
func keep(first **StatusError, next *StatusError) {
	if *first == nil {
		*first = next
	}
}

func badRequest(format string, arguments ...any) *StatusError {
	return &StatusError{Code: 400, Reason: "Bad Request", Err: fmt.Errorf(format, arguments...)}
}

// parseStart reads the start line (RFC 3261 §7.1, §7.2).
func (m *Message) parseStart() (*StatusError, error) {
	end := strings.IndexByte(m.text, '\n')
	if end < 1 || m.text[end-1] != '\r' {
		return nil, ErrNotSIP
	}
	line := m.text[:end-1]
	m.headerStart = uint16(end + 1)
	if strings.HasPrefix(line, version+" ") {
		return nil, m.parseStatusLine(line)
	}
	space := strings.IndexByte(line, ' ')
	last := strings.LastIndexByte(line, ' ')
	if space <= 0 || !is(classToken, line[:space]) {
		return nil, ErrNotSIP
	}
	m.method = Method(line[:space])
	if last <= space || last == len(line)-1 {
		// Two SP between the parts or one at the end: RFC 4475 §3.1.2.9, §3.1.2.10.
		if !strings.HasSuffix(strings.TrimRight(line, " "), version) {
			return nil, ErrNotSIP
		}
		return badRequest("%w", ErrStartLine), nil
	}
	m.target = line[space+1 : last]
	if got := line[last+1:]; got != version {
		if len(got) < 5 || !equalFold(got[:4], "SIP/") {
			return nil, ErrNotSIP
		}
		if !equalFold(got, version) {
			return &StatusError{Code: 505, Reason: Reason(505), Err: fmt.Errorf("version %q", got)}, nil
		}
	}
	uri := m.target
	if len(uri) > MaxURILength {
		return &StatusError{Code: 414, Reason: Reason(414)}, nil
	}
	if strings.ContainsAny(uri, " \t<>\"") {
		return badRequest("%w: white space or brackets in Request-URI", ErrStartLine), nil
	}
	parsed, err := ParseURI(uri)
	if err != nil {
		return badRequest("Request-URI: %w", err), nil
	}
	if parsed.Headers != "" {
		return badRequest("Request-URI holds header fields (RFC 3261 §19.1.1)"), nil
	}
	return nil, nil
}

func (m *Message) parseStatusLine(line string) error {
	rest := line[len(version)+1:]
	if len(rest) < 4 || rest[3] != ' ' {
		// RFC 4475 §3.1.1.13: the reason phrase may be empty, its SP may not.
		return ErrStartLine
	}
	code, ok := number(rest[:3], 699)
	if !ok || code < 100 {
		return ErrStartLine
	}
	m.status = uint16(code)
	m.target = line[len(version)+5:]
	return nil
}

// index finds the header fields and the body.
func (m *Message) index() *StatusError {
	var problem *StatusError
	at := int(m.headerStart)
	for at < len(m.text) {
		if m.text[at] == '\r' && at+1 < len(m.text) && m.text[at+1] == '\n' {
			m.bodyStart = uint16(at + 2)
			return problem
		}
		f, err := m.indexField(at)
		keep(&problem, err)
		if len(m.fields) == MaxFields {
			m.bodyStart = uint16(len(m.text))
			return badRequest("more than %d header fields", MaxFields)
		}
		if err == nil {
			if f.header != UnknownHeader && m.first[f.header] == 0 {
				m.first[f.header] = uint8(len(m.fields) + 1)
			}
			m.fields = append(m.fields, f)
		}
		at = int(f.end)
	}
	m.bodyStart = uint16(len(m.text))
	keep(&problem, badRequest("no empty line after the header fields"))
	return problem
}

// indexField reads the header field that begins at start. Even when it is malformed, the
// end that comes back leads to the next.
func (m *Message) indexField(start int) (field, *StatusError) {
	f := field{start: uint16(start)}
	var problem *StatusError
	end, at := 0, start
	for {
		newline := strings.IndexByte(m.text[at:], '\n')
		if newline < 0 {
			f.end = uint16(len(m.text))
			return f, badRequest("last header field is cut off")
		}
		end = at + newline + 1
		if end < at+2 || m.text[end-2] != '\r' {
			problem = badRequest("a line ends in LF alone")
		}
		if end >= len(m.text) || m.text[end] != ' ' && m.text[end] != '\t' {
			break
		}
		f.folded, at = true, end
	}
	f.end = uint16(end)
	colon, hash := start, uint32(0)
	for colon < end && classes[m.text[colon]]&classToken != 0 {
		hash = hash*31 + uint32(m.text[colon]|0x20)
		colon++
	}
	nameEnd := colon
	for m.text[colon] == ' ' || m.text[colon] == '\t' {
		colon++ // RFC 3261 §7.3.1: white space may stand before the colon
	}
	if m.text[colon] != ':' || nameEnd == start {
		return f, badRequest("malformed header field name")
	}
	f.nameEnd = uint16(nameEnd)
	valueStart, valueEnd := colon+1, end
	for valueStart < valueEnd && isSpace(m.text[valueStart]) {
		valueStart++
	}
	for valueEnd > valueStart && isSpace(m.text[valueEnd-1]) {
		valueEnd--
	}
	f.valueStart, f.valueEnd = uint16(valueStart), uint16(valueEnd)
	f.header = headerByHash(m.text[start:nameEnd], hash)
	return f, problem
}
