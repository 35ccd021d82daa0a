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
	problem = first(problem, m.index())
	problem = first(problem, m.validate())
	if problem == nil {
		return m, nil
	}
	if m.status != 0 {
		return nil, fmt.Errorf("%w: %w", ErrResponse, problem)
	}
	if m.TopVia().Host == "" {
		return nil, fmt.Errorf("%w: %w", ErrNoVia, problem)
	}
	return m, problem
}

// first is the first problem of two.
func first(one, other *StatusError) *StatusError {
	if one != nil {
		return one
	}
	return other
}

func badRequest(why error) *StatusError {
	return &StatusError{Code: 400, Reason: "Bad Request", Err: why}
}

// startError is a mistake in the start line.
func startError(why string) *StatusError {
	return badRequest(fmt.Errorf("%w: %s", ErrStartLine, why))
}

// parseStart reads the start line (RFC 3261 §7.1, §7.2). Its parts have exactly one SP
// between them: RFC 4475 §3.1.2.9 and §3.1.2.10 are answered 400.
func (m *Message) parseStart() (*StatusError, error) {
	end := strings.IndexByte(m.text, '\n')
	if end < 1 || m.text[end-1] != '\r' {
		return nil, ErrNotSIP
	}
	m.headerStart = uint16(end + 1)
	line := m.text[:end-1]
	if len(line) > 7 && line[7] == ' ' && equalFold(line[:7], version) {
		if err := checkLines(m.text[:end+1], 1); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrStartLine, err)
		}
		return nil, m.parseStatusLine(line)
	}
	space := span(classToken, line, 0)
	if space == 0 || space == len(line) || line[space] != ' ' {
		return nil, ErrNotSIP
	}
	m.method.end = uint16(space)
	var uri uriMarks
	at := uri.scan(line, space+1)
	if at >= 0 && line[at:] == " "+version && uri.paramsEnd == uri.end {
		m.target = place{uint16(space + 1), uint16(at)}
		return nil, nil
	}
	return m.diagnoseStart(line, space)
}

// diagnoseStart says what is wrong with a start line; the version in small letters is
// right after all.
func (m *Message) diagnoseStart(line string, space int) (*StatusError, error) {
	last := strings.LastIndexByte(line, ' ')
	if last <= space || last == len(line)-1 {
		if !strings.HasSuffix(strings.TrimRight(line, " "), version) {
			return nil, ErrNotSIP
		}
		return startError("more than one SP between the parts, or SP at the end"), nil
	}
	m.target = place{uint16(space + 1), uint16(last)}
	switch got := line[last+1:]; {
	case len(got) < 5 || !equalFold(got[:4], "SIP/"):
		return nil, ErrNotSIP
	case !equalFold(got, version):
		return &StatusError{Code: 505, Reason: Reason(505), Err: fmt.Errorf("version %q", got)}, nil
	}
	target := m.at(m.target)
	if len(target) > MaxURILength {
		return &StatusError{Code: 414, Reason: Reason(414)}, nil
	}
	uri, err := ParseURI(target)
	if err != nil {
		return badRequest(fmt.Errorf("Request-URI: %w", err)), nil
	}
	if uri.Headers != "" {
		return startError("Request-URI holds header fields (RFC 3261 §19.1.1)"), nil
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
	m.target = place{uint16(len(version) + 5), uint16(len(line))}
	return nil
}
