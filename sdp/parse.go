package sdp

import (
	"fmt"
	"strings"
)

// Parse reads a description. Lines may end in LF alone, and s= and t= may miss, as phones
// write them. Refused is what could be read in two ways: a second v=, o= or s=, a second
// c= at one place, NUL or CR within a line, a type letter that RFC 8866 §5 doesn't know
// ("MUST completely ignore any session description that contains" one).
//
// Errors: ErrMalformed, ErrLimit.
func Parse(text string) (*Session, error) {
	if len(text) > MaxSession {
		return nil, fmt.Errorf("%w: more than %d octets", ErrLimit, MaxSession)
	}
	lines := strings.Count(text, "\n") + 1
	if lines > most {
		return nil, fmt.Errorf("%w: more than %d lines", ErrLimit, most)
	}
	s := &Session{}
	r := reader{session: s, lines: s.inlineLines[:0]}
	s.Media = s.inlineMedia[:0]
	if lines > len(s.inlineLines) {
		r.lines = make([]Line, 0, lines)
	}
	for number := 1; text != ""; number++ {
		line, rest, _ := strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" && strings.Trim(rest, "\r\n") == "" && number > 1 {
			break // empty lines at the end
		}
		if err := r.read(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		text = rest
	}
	if !r.version || s.Origin.Address == "" {
		return nil, fmt.Errorf("%w: no v= or no o=", ErrMalformed)
	}
	r.close()
	return s, nil
}

// reader is the state of one Parse.
type reader struct {
	session *Session
	lines   []Line // of all m= lines and the session, one after the other
	start   int    // where those of the open section begin
	// attributes and others count the lines of the open section.
	attributes, others           int
	version, name, hasConnection bool
}

func malformed(why string) error { return fmt.Errorf("%w: %s", ErrMalformed, why) }

func (r *reader) read(line string) error {
	if len(line) < 2 || line[1] != '=' {
		return malformed("not a type letter and an equals sign")
	}
	if strings.IndexByte(line, 0) >= 0 || strings.IndexByte(line, '\r') >= 0 {
		return malformed("NUL or CR within the line")
	}
	kind, value := line[0], line[2:]
	if !r.version {
		if line != "v=0" {
			return malformed("does not begin with v=0")
		}
		r.version = true
		return nil
	}
	switch kind {
	case 'o':
		return r.origin(value)
	case 'm':
		return r.media(value)
	}
	if !r.allowed(kind) {
		return malformed("type letter unknown, out of place or repeated")
	}
	if kind == 'c' && !threeFields(value) {
		return malformed("c= without network, version and address")
	}
	if kind == 'a' {
		r.attributes++
	} else {
		r.others++
	}
	if r.attributes > MaxAttributes || r.others > MaxLines {
		return fmt.Errorf("%w: lines of one section", ErrLimit)
	}
	r.lines = append(r.lines, Line{kind, value})
	return nil
}

// allowed holds the letters to their place. Their order within a section is left alone.
func (r *reader) allowed(kind byte) bool {
	switch kind {
	case 'a', 'i', 'b', 'k':
		return true
	case 'c':
		once := !r.hasConnection
		r.hasConnection = true
		return once
	case 's':
		once := !r.name && len(r.session.Media) == 0
		r.name = true
		return once
	case 'u', 'e', 'p', 't', 'r', 'z':
		return len(r.session.Media) == 0
	default:
		return false
	}
}

// origin reads o=<user> <id> <version> IN IP4 <address> (RFC 8866 §5.2).
func (r *reader) origin(value string) error {
	o := &r.session.Origin
	if o.Address != "" || len(r.session.Media) > 0 {
		return malformed("o= out of place or repeated")
	}
	var rest string
	o.User, rest = field(value)
	o.ID, rest = field(rest)
	o.Version, rest = field(rest)
	if !threeFields(rest) || !digits(o.ID) || !digits(o.Version) {
		return malformed("o= does not name user, numbers and address")
	}
	o.Address = strings.Trim(rest, " ")
	return nil
}

// media reads m=<media> <port>[/<ports>] <profile> <format> ... (RFC 8866 §5.14).
func (r *reader) media(value string) error {
	if r.session.Origin.Address == "" {
		return malformed("m= before o=")
	}
	if len(r.session.Media) == MaxMedia {
		return fmt.Errorf("%w: more than %d m= lines", ErrLimit, MaxMedia)
	}
	r.close()
	m := Media{Ports: 1}
	var port, rest string
	m.Kind, rest = field(value)
	port, rest = field(rest)
	m.Protocol, rest = field(rest)
	m.Formats = strings.Trim(rest, " ")
	if len(m.Kind) > MaxToken || len(m.Protocol) > MaxToken {
		return fmt.Errorf("%w: token of m=", ErrLimit)
	}
	port, ports, several := strings.Cut(port, "/")
	if m.Protocol == "" || !number(port, &m.Port) || several && (!number(ports, &m.Ports) || m.Ports == 0) {
		return malformed("m= does not name media, port and profile")
	}
	count := 0
	for format, rest := field(m.Formats); format != ""; format, rest = field(rest) {
		if count++; count > MaxFormats || len(format) > MaxToken {
			return fmt.Errorf("%w: formats of m=", ErrLimit)
		}
	}
	if count == 0 && m.Port != 0 {
		return malformed("m= without a format")
	}
	r.session.Media = append(r.session.Media, m)
	return nil
}

// close hands the lines read since the last m= to the section they belong to.
func (r *reader) close() {
	lines := r.lines[r.start:len(r.lines):len(r.lines)]
	if count := len(r.session.Media); count > 0 {
		r.session.Media[count-1].Lines = lines
	} else {
		r.session.Lines = lines
	}
	r.start, r.attributes, r.others, r.hasConnection = len(r.lines), 0, 0, false
}

// field cuts the first piece between spaces off; more than one space is taken.
func field(text string) (first, rest string) {
	for text != "" && text[0] == ' ' {
		text = text[1:]
	}
	end := strings.IndexByte(text, ' ')
	if end < 0 {
		return text, ""
	}
	return text[:end], text[end+1:]
}

func threeFields(text string) bool {
	_, text = field(text)
	_, text = field(text)
	third, text := field(text)
	more, _ := field(text)
	return third != "" && more == ""
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// number reads an unsigned decimal of 16 bits.
func number(text string, to *uint16) bool {
	value, ok := decimal(text, 16)
	*to = uint16(value)
	return ok
}

// decimal reads an unsigned decimal of at most 19 digits without sign.
func decimal(text string, bits int) (value uint64, ok bool) {
	if text == "" || len(text) > 19 {
		return 0, false
	}
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			return 0, false
		}
		value = 10*value + uint64(digit)
	}
	return value, bits == 64 || value>>bits == 0
}
