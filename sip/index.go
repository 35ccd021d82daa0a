package sip

import (
	"errors"
	"fmt"
	"strings"
)

// fieldError is a mistake in a header field; it is put into words only when it is read.
type fieldError struct {
	header Header
	why    error
}

func (e *fieldError) Error() string { return e.header.String() + ": " + e.why.Error() }
func (e *fieldError) Unwrap() error { return e.why }

func badField(h Header, why error) *StatusError { return badRequest(&fieldError{h, why}) }

// Mistakes in header fields.
var (
	errMissing   = errors.New("missing")
	errTwice     = errors.New("stands twice (RFC 3261 §7.3.1)")
	errMalformed = errors.New("malformed")
	errFields    = fmt.Errorf("more than %d header fields", MaxFields)
	errNoEnd     = errors.New("no empty line after the header fields")
	errLineEnd   = errors.New("a line ends in CR or LF alone")
	errCutOff    = errors.New("last header field is cut off")
	errName      = errors.New("malformed header field name")
	errNUL       = errors.New("NUL outside a quoted-pair")
	errMethod    = errors.New("its method differs from that of the request")
	errTag       = errors.New("malformed tag")
	errLength    = errors.New("declares more octets than the body has")
)

// index finds the header fields and the body. It reads on after a malformed field, which
// is left out, so that as much as possible of an answer can be made.
func (m *Message) index() *StatusError {
	var problem error
	lines := 1
	at := int(m.headerStart)
	for seen := 0; ; seen++ {
		if at >= len(m.text) {
			problem = firstError(problem, errNoEnd)
			break
		}
		if m.text[at] == '\r' && at+1 < len(m.text) && m.text[at+1] == '\n' {
			at += 2
			break
		}
		if seen == MaxFields {
			at = len(m.text)
			problem = firstError(problem, errFields)
			break
		}
		var f field
		count, err := m.indexField(&f, at)
		lines += count
		at = int(f.end)
		if err == nil {
			err = m.keep(f)
		}
		problem = firstError(problem, err)
	}
	m.bodyStart = uint16(at)
	if clean, why := cleanLines(m.text[:at], lines+1); !clean {
		m.dropUnclean()
		problem = firstError(problem, why)
	}
	if problem == nil {
		return nil
	}
	return badRequest(problem)
}

func firstError(one, other error) error {
	if one != nil {
		return one
	}
	return other
}

// keep puts a field into the index. A second field where RFC 3261 §7.3.1 allows one is
// refused: whichever of them another hop would read, we could read the other.
func (m *Message) keep(f field) error {
	m.fields = append(m.fields, f)
	switch {
	case f.header == UnknownHeader:
	case m.first[f.header] == 0:
		m.first[f.header] = uint8(len(m.fields))
	case headers[f.header].single:
		return &fieldError{f.header, errTwice}
	}
	return nil
}

// cleanLines refuses what another hop could take for the end of a line or of the text: CR
// that begins no line end, and NUL that no backslash escapes.
func cleanLines(s string, lineEnds int) (ok bool, why error) {
	if strings.Count(s, "\r") != lineEnds {
		return false, errLineEnd
	}
	for from := 0; ; {
		i := strings.IndexByte(s[from:], 0)
		if i < 0 {
			return true, nil
		}
		if from += i + 1; from < 2 || s[from-2] != '\\' {
			return false, errNUL
		}
	}
}

// dropUnclean leaves the fields that hold such octets out of the index, so that none of
// them gets into an answer.
func (m *Message) dropUnclean() {
	all := m.fields
	m.fields, m.first = all[:0], [headerCount]uint8{}
	for _, f := range all {
		text := m.text[f.start:f.end]
		if ok, _ := cleanLines(text, strings.Count(text, "\n")); ok {
			_ = m.keep(f) // a second one has been reported already
		}
	}
}

// indexField reads the header field that begins at start, and counts its lines. Even
// when it is malformed, its end leads to the next.
func (m *Message) indexField(f *field, start int) (lines int, err error) {
	text := m.text
	h, length := headerAt(text[start:])
	colon := start + length
	if length == 0 || text[colon] != ':' {
		h, length, colon = nameAt(text, start)
	}
	f.header, f.start, f.nameEnd = h, uint16(start), uint16(start+length)
	end := start
	for {
		newline := strings.IndexByte(text[end:], '\n')
		if newline < 0 {
			f.end = uint16(len(text))
			return lines, errCutOff
		}
		lines++
		end += newline + 1
		if end < start+2 || text[end-2] != '\r' {
			err = errLineEnd
		}
		if end >= len(text) || text[end] != ' ' && text[end] != '\t' {
			break
		}
		f.folded = true
	}
	f.end = uint16(end)
	if length == 0 {
		return lines, errName
	}
	valueStart, valueEnd := colon+1, end-2
	for valueStart < valueEnd && classes[text[valueStart]]&classSpace != 0 {
		valueStart++
	}
	for valueEnd > valueStart && classes[text[valueEnd-1]]&classSpace != 0 {
		valueEnd--
	}
	f.valueStart, f.valueEnd = uint16(valueStart), uint16(max(valueStart, valueEnd))
	return lines, err
}

// nameAt reads a header field name the long way: in any case, with white space before
// its colon (RFC 3261 §7.3.1). length is 0 when it is malformed.
func nameAt(text string, start int) (h Header, length, colon int) {
	nameEnd := span(classToken, text, start)
	colon = nameEnd
	for colon < len(text) && (text[colon] == ' ' || text[colon] == '\t') {
		colon++
	}
	if nameEnd == start || colon == len(text) || text[colon] != ':' {
		return UnknownHeader, 0, start
	}
	return HeaderByName(text[start:nameEnd]), nameEnd - start, colon
}
