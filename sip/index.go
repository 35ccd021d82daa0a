package sip

import (
	"errors"
	"fmt"
	"math/bits"
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
	errLength    = errors.New("declares more octets than the body has")
)

// index finds the header fields and the body, and checks the values that every later step
// relies on. It reads on after a malformed field, which is left out, so that as much as
// possible of an answer can be made.
func (m *Message) index() *StatusError {
	text := m.text
	var problem error
	at := int(m.headerStart)
	for malformed := 0; ; {
		if at = m.indexPlain(at); len(text)-at < 2 {
			at = len(text)
			problem = firstError(problem, errNoEnd)
			break
		}
		if text[at] == '\r' && text[at+1] == '\n' {
			at += 2
			break
		}
		if len(m.fields)+malformed >= MaxFields {
			at = len(text)
			problem = firstError(problem, errFields)
			break
		}
		var err error
		if at, err = m.indexField(at); err != nil {
			malformed++
			problem = firstError(problem, err)
		}
	}
	m.bodyStart = uint16(at)
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

// indexPlain reads header fields from at on as long as they are right and spelled in the
// commonest way: a name as we print it, one space, and a value on one line without
// control characters. It gives the index of the first line that indexField must look at.
func (m *Message) indexPlain(at int) int {
	text, n := m.text, len(m.fields)
	for n < inlineFields && len(text)-at > nameOctets {
		name := knownNameAt(text[at:])
		if name.length == 0 {
			break
		}
		h := name.header
		first := &m.first[h]
		if *first != 0 && headers[h].single {
			break
		}
		value := at + int(name.length) + 2
		var end int
		if name.checked {
			end, _ = m.check(h, text, value, classBlank)
		} else {
			end = controlFrom(text, value)
		}
		if end <= value || len(text)-end < 3 || text[value] == ' ' || !plainEnd(text[end-1:end+3]) {
			m.forget(h)
			break
		}
		f := &m.inline[n]
		n++
		f.header = h
		f.start, f.nameEnd = uint16(at), uint16(value-2)
		f.valueStart, f.valueEnd, f.end = uint16(value), uint16(end), uint16(end+2)
		if *first == 0 {
			*first = uint8(n)
		}
		at = end + 2
	}
	if n <= inlineFields && n > len(m.fields) {
		m.fields = m.inline[:n]
	}
	return at
}

// forget undoes what check noted of a line that turns out not to be plain: indexField
// reads it anew, or leaves it out.
func (m *Message) forget(h Header) {
	switch h {
	case HeaderVia:
		if m.first[h] == 0 {
			m.via, m.branch = viaPlaces{}, place{}
		}
	case HeaderFrom:
		m.fromTag = place{}
	case HeaderTo:
		m.toTag = place{}
	}
}

// plainEnd looks at the last octet of a value and the three after it: the line must end
// there, without white space before it and without a fold.
func plainEnd(s string) bool {
	return s[1:3] == "\r\n" && s[0] > ' ' && s[3] != ' ' && s[3] != '\t'
}

// Bits of eight octets at once.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// controlFrom is the index of the first control character of s from i on, len(s) without
// one.
func controlFrom[text string | []byte](s text, i int) int {
	for ; len(s)-i >= 8; i += 8 {
		// The lowest octet below 32 has its high bit set here.
		x := wordAt(s, i)
		if x = (x - 32*lowBits) & ^x & highBits; x != 0 {
			return i + bits.TrailingZeros64(x)/8
		}
	}
	for i < len(s) && s[i] >= ' ' {
		i++
	}
	return i
}

// indexField reads the header field that begins at start, whatever its spelling. Even
// when it is malformed, its end leads to the next.
func (m *Message) indexField(start int) (end int, err error) {
	text := m.text
	f := field{start: uint16(start)}
	lines := 1
	for end = start; ; lines++ {
		newline := strings.IndexByte(text[end:], '\n')
		if newline < 0 {
			return len(text), errCutOff
		}
		end += newline + 1
		if end >= len(text) || classes[text[end]]&classBlank == 0 {
			break
		}
	}
	f.folded = lines > 1
	if err = checkLines(text[start:end], lines); err != nil {
		return end, err
	}
	h, length, colon := nameAt(text, start)
	if length == 0 {
		return end, errName
	}
	value := text[colon+1 : end-2]
	valueStart := colon + 1 + skip(classSpace, value, 0)
	value = trim(value)
	if value == "" {
		valueStart = colon + 1
	}
	valueEnd := valueStart + len(value)
	f.header, f.nameEnd, f.valueStart, f.valueEnd, f.end = h, uint16(start+length), uint16(valueStart), uint16(valueEnd), uint16(end)
	twice := m.first[h] != 0 && headers[h].single
	if !twice {
		if last, why := m.check(h, text[:valueEnd], valueStart, classSpace); why != nil {
			err = &fieldError{h, why}
		} else if last < valueEnd {
			err = &fieldError{h, errMalformed}
		}
	} else {
		// RFC 3261 §7.3.1: whichever of the two another hop would read, we could read the other.
		err = &fieldError{h, errTwice}
	}
	m.fields = append(m.fields, f)
	if m.first[h] == 0 && h != UnknownHeader {
		m.first[h] = uint8(len(m.fields))
	}
	return end, err
}

// checkLines refuses what another hop could take for the end of a line or of the text:
// LF without CR, CR without LF, and NUL that no backslash escapes. s ends in LF.
func checkLines(s string, lines int) error {
	if strings.Count(s, "\r\n") != lines || strings.Count(s, "\r") != lines {
		return errLineEnd
	}
	for from := 0; ; {
		i := strings.IndexByte(s[from:], 0)
		if i < 0 {
			return nil
		}
		if from += i + 1; from < 2 || s[from-2] != '\\' {
			return errNUL
		}
	}
}

// nameAt reads a header field name the long way: in any case, with white space before
// its colon (RFC 3261 §7.3.1). length is 0 when it is malformed.
func nameAt(text string, start int) (h Header, length, colon int) {
	nameEnd := span(classToken, text, start)
	colon = skip(classBlank, text, nameEnd)
	if nameEnd == start || colon == len(text) || text[colon] != ':' {
		return UnknownHeader, 0, start
	}
	return HeaderByName(text[start:nameEnd]), nameEnd - start, colon
}
