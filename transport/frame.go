package transport

import (
	"bytes"
	"strings"
)

// MaxMessage is the default limit for one message on a stream in bytes, start line to
// end of body: what a datagram could carry as well.
const MaxMessage = 65_535

// FramingError says why nobody can tell where a message on a stream ends, or that it
// ends too far away. The connection must be closed: what follows can't be trusted to
// begin a message.
type FramingError struct {
	Reason string
	// Status is the response that fits: 400 (Bad Request) or 513 (Message Too Large).
	Status int
	// Head is the start line and the header fields up to the doubt, each line with its
	// CRLF; the whole header block with its empty line when its end was found.
	Head string
}

// Error is the reason.
func (e *FramingError) Error() string { return "framing: " + e.Reason }

// Framer cuts a stream into messages by Content-Length (RFC 3261 §18.3). The zero value
// is ready. It keeps the unfinished message and nothing else, allocates by what arrived
// and never by what is declared, and looks at every byte once however they are split.
type Framer struct {
	// Limit is the longest message in bytes; 0 means MaxMessage.
	Limit int

	whole   bool   // what is fed is one message from end to end
	pending []byte // the unfinished message
	breaks  int    // bytes of line breaks seen since the last message
	head    head
	failed  *FramingError
}

// head is how far the header block of the unfinished message was read; offsets count
// from the message's first byte.
type head struct {
	line    int // start of the line being read
	scanned int // no LF from line to here
	lines   int // complete lines
	end     int // end of the header block with its empty line; 0: not seen
	body    int // Content-Length, once end is known

	value     int // start of the Content-Length value, 0: none seen
	valueEnd  int
	open      bool // the last field was Content-Length: it may be continued
	repeated  bool
	ambiguous bool // the value is not a plain number
}

// Pending is how many bytes of an unfinished message are kept.
func (f *Framer) Pending() int { return len(f.pending) }

// Feed takes the bytes that arrived and appends every message they complete to texts.
// pings counts the double CRLFs between messages, each of which asks for a CRLF
// (RFC 5626 §3.5.1). After an error, which is always a *FramingError, the framer stays
// failed; messages complete before the doubt are still given.
func (f *Framer) Feed(data []byte, texts []string) (messages []string, pings int, err error) {
	if f.failed != nil {
		return texts, 0, f.failed
	}
	if len(f.pending) > 0 {
		f.pending = append(f.pending, data...)
		data = f.pending
	}
	start := 0
	for start < len(data) && f.failed == nil {
		if f.head == (head{}) {
			skipped, doubled := f.skipBreaks(data[start:])
			start += skipped
			pings += doubled
			if start == len(data) || f.failed != nil || !f.begin(data[start:]) {
				break
			}
		}
		message := data[start:]
		length, complete := f.advance(message)
		if !complete {
			break
		}
		texts = append(texts, string(message[:length]))
		start += length
		f.head, f.breaks = head{}, 0
	}
	if f.failed != nil {
		f.pending = nil
		return texts, pings, f.failed
	}
	if start > 0 || len(f.pending) == 0 {
		f.keep(data[start:])
	}
	return texts, pings, nil
}

// keep stores the unfinished rest, in place if it is there already.
func (f *Framer) keep(rest []byte) {
	switch {
	case len(rest) == 0:
		f.pending = nil
	case len(f.pending) == 0:
		f.pending = append([]byte(nil), rest...)
	default:
		n := copy(f.pending, rest)
		f.pending = f.pending[:n]
	}
}

// skipBreaks skips line breaks between messages (RFC 3261 §7.5) and counts pings.
func (f *Framer) skipBreaks(data []byte) (skipped, pings int) {
	for skipped < len(data) {
		want := byte('\r')
		if f.breaks%2 == 1 {
			want = '\n'
		}
		if data[skipped] != want {
			if want == '\n' || data[skipped] == '\n' {
				f.doubt(nil, "a line break between messages is not CRLF")
			}
			return skipped, pings
		}
		skipped++
		f.breaks++
		if f.breaks == 4 {
			f.breaks = 0
			pings++
		}
	}
	return skipped, pings
}

// begin refuses what can't begin a message, such as a TLS record on a TCP port: both
// start lines begin with a token (RFC 3261 §7.1, §7.2).
func (f *Framer) begin(message []byte) bool {
	c := message[0]
	if c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
		f.doubt(nil, "a message begins with no method or version")
		return false
	}
	return true
}

// advance reads on in the unfinished message and tells its length if it is complete.
func (f *Framer) advance(message []byte) (length int, complete bool) {
	h := &f.head
	for h.end == 0 {
		at := bytes.IndexByte(message[h.scanned:min(len(message), f.limit())], '\n')
		if at < 0 {
			h.scanned = min(len(message), f.limit())
			if len(message) >= f.limit() {
				f.tooLarge(message[:h.line], "the header block is longer than a message may be")
			}
			return 0, false
		}
		next := h.scanned + at + 1
		if !f.line(message, message[h.line:next]) {
			return 0, false
		}
		h.line, h.scanned = next, next
	}
	if len(message) < h.end+h.body {
		return 0, false
	}
	return h.end + h.body, true
}

// line takes one line, LF included.
func (f *Framer) line(message, line []byte) bool {
	h := &f.head
	if reason := lineDoubt(line); reason != "" {
		return f.doubt(message[:h.line], reason)
	}
	h.lines++
	folded := line[0] == ' ' || line[0] == '\t'
	switch {
	case len(line) == 2 && h.lines > 1:
		h.end = h.line + 2
		return f.settle(message)
	case h.lines == 1:
	case folded && h.open: // RFC 3261 §7.3.1: the value goes on
		h.valueEnd = h.line + len(line)
	case folded:
	default:
		h.open = false
		if value := contentLength(line); value > 0 {
			h.repeated = h.value > 0
			h.value, h.valueEnd, h.open = h.line+value, h.line+len(line), true
		}
	}
	if h.repeated { // even if equal: somebody between us may have read the other one
		h.open, h.ambiguous = false, true
	}
	return true
}

// settle decides the length of the body at the end of the header block.
func (f *Framer) settle(message []byte) bool {
	h := &f.head
	block := message[:h.end]
	switch {
	case h.ambiguous:
		return f.doubt(block, "Content-Length is repeated")
	case h.value == 0 && f.whole: // RFC 7118 §5: the message ends where the unit does
		h.body = len(message) - h.end
		return true
	case h.value == 0: // RFC 3261 §18.3: it must be there on a stream
		return f.doubt(block, "Content-Length is missing")
	}
	value := bytes.Trim(message[h.value:h.valueEnd], " \t\r\n")
	if len(value) == 0 {
		return f.doubt(block, "Content-Length is empty")
	}
	room := f.limit() - h.end
	length := 0
	for _, c := range value {
		if c < '0' || c > '9' {
			return f.doubt(block, "Content-Length is not a number")
		}
		if length <= room { // larger ones can't overflow, and all of it must be digits
			length = length*10 + int(c-'0')
		}
	}
	switch {
	case length > room:
		return f.tooLarge(block, "the message is longer than it may be")
	case f.whole && h.end+length != len(message):
		return f.doubt(block, "Content-Length is not the length of the body")
	}
	h.body = length
	return true
}

func (f *Framer) limit() int {
	if f.Limit > 0 {
		return f.Limit
	}
	return MaxMessage
}

func (f *Framer) doubt(head []byte, reason string) bool {
	f.failed = &FramingError{Reason: reason, Status: 400, Head: string(head)}
	return false
}

func (f *Framer) tooLarge(head []byte, reason string) bool {
	f.failed = &FramingError{Reason: reason, Status: 513, Head: string(head)}
	return false
}

// lineDoubt says what makes a line of the header block read differently elsewhere.
func lineDoubt(line []byte) string {
	end := len(line) - 2
	switch {
	case end < 0 || line[end] != '\r':
		return "a line of the header block ends in LF alone"
	case bytes.IndexByte(line[:end], '\r') >= 0:
		return "a line of the header block contains CR"
	case !nulsQuoted(line[:end]):
		return "the header block contains NUL"
	}
	return ""
}

// nulsQuoted tells whether every NUL is a quoted pair (RFC 3261 §25.1): an odd number of
// backslashes stands before it.
func nulsQuoted(line []byte) bool {
	for from := 0; ; {
		at := bytes.IndexByte(line[from:], 0)
		if at < 0 {
			return true
		}
		at += from
		slashes := 0
		for slashes < at && line[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return false
		}
		from = at + 1
	}
}

// contentLength is where the value begins if the line is a Content-Length field in any
// spelling (RFC 3261 §7.3.1, §7.3.3, §20.14), else 0.
func contentLength(line []byte) int {
	if line[0]|0x20 != 'c' && line[0]|0x20 != 'l' {
		return 0
	}
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return 0
	}
	name := bytes.TrimRight(line[:colon], " \t")
	if len(name) == 1 && name[0]|0x20 == 'l' || bytes.EqualFold(name, []byte("Content-Length")) {
		return colon + 1
	}
	return 0
}
