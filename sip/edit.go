package sip

import (
	"net/netip"
	"slices"
	"strings"
)

// Edit forwards a message by splicing: it lists what is replaced in the message's text,
// and everything else leaves byte for byte as it came (RFC 3261 §16.6: a proxy must not
// touch what it does not know). An Edit is used by one owner at a time; Reset lets it
// be used again without allocating. What is put in is cut at its first CR, LF or NUL, so
// that no value becomes a second header field.
type Edit struct {
	message *Message
	scratch []byte
	splices []splice
}

// splice replaces text[start:end] by scratch[from:to].
type splice struct {
	start, end uint16
	from, to   int
}

// Reset begins an edit of a message.
func (e *Edit) Reset(m *Message) {
	e.message = m
	e.scratch = e.scratch[:0]
	e.splices = e.splices[:0]
}

// replace adds a splice whose text the caller has put into scratch since from. Splices
// are kept in the order of their place; insertions at one place keep the order they were
// made in, and come before what is taken out from there on. Of two replacements of the
// same piece the later stands.
func (e *Edit) replace(start, end uint16, from int) {
	made := splice{start, end, from, len(e.scratch)}
	e.splices = append(e.splices, made)
	i := len(e.splices) - 1
	for ; i > 0 && made.before(e.splices[i-1]); i-- {
		e.splices[i] = e.splices[i-1]
	}
	e.splices[i] = made
	if i > 0 && start < end && e.splices[i-1].start == start && e.splices[i-1].end == end {
		e.splices = slices.Delete(e.splices, i-1, i)
	}
}

func (s splice) before(other splice) bool {
	return s.start < other.start || s.start == other.start && s.start == s.end && other.start < other.end
}

// SetRequestURI replaces the Request-URI; of a response it changes nothing.
func (e *Edit) SetRequestURI(uri string) {
	m := e.message
	if m.status != 0 {
		return
	}
	from := len(e.scratch)
	e.scratch = appendWord(e.scratch, uri)
	e.replace(m.target.start, m.target.end, from)
}

// Prepend puts a new header field before all others. Fields prepended one after the
// other stand in that order.
func (e *Edit) Prepend(h Header, value []byte) {
	e.insert(e.message.headerStart, h.String(), value)
}

// Add puts a new header field after all others.
func (e *Edit) Add(h Header, value []byte) { e.AddNamed(h.String(), value) }

// AddNamed puts a new header field with any name after all others.
func (e *Edit) AddNamed(name string, value []byte) {
	at := e.message.headerStart
	if n := len(e.message.fields); n > 0 {
		at = e.message.fields[n-1].end
	}
	e.insert(at, name, value)
}

func (e *Edit) insert(at uint16, name string, value []byte) {
	from := len(e.scratch)
	e.scratch = appendWord(e.scratch, name)
	e.scratch = append(e.scratch, ": "...)
	e.put(value)
	e.scratch = append(e.scratch, "\r\n"...)
	e.replace(at, at, from)
}

// put copies a value into scratch up to its first CR, LF or NUL.
func (e *Edit) put(value []byte) { e.scratch = append(e.scratch, clean(value)...) }

// Set gives the first field of a header a new value, or adds the field; any further
// fields of that header are removed.
func (e *Edit) Set(h Header, value []byte) {
	m := e.message
	if m.first[h] == 0 {
		e.Add(h, value)
		return
	}
	for i := int(m.first[h]) - 1; i < len(m.fields); i++ {
		f := &m.fields[i]
		switch {
		case f.header != h:
		case i == int(m.first[h])-1:
			from := len(e.scratch)
			e.put(value)
			e.replace(f.valueStart, f.valueEnd, from)
		default:
			e.replace(f.start, f.end, len(e.scratch))
		}
	}
}

// Remove takes out every field of a header.
func (e *Edit) Remove(h Header) {
	m := e.message
	if m.first[h] == 0 {
		return
	}
	for i := int(m.first[h]) - 1; i < len(m.fields); i++ {
		if m.fields[i].header == h {
			e.replace(m.fields[i].start, m.fields[i].end, len(e.scratch))
		}
	}
}

// RemoveIf takes out every field for which unwanted is true; name is as written.
func (e *Edit) RemoveIf(unwanted func(h Header, name string) bool) {
	m := e.message
	for i := range m.fields {
		f := &m.fields[i]
		if unwanted(f.header, m.text[f.start:f.nameEnd]) {
			e.replace(f.start, f.end, len(e.scratch))
		}
	}
}

// RemoveTopValues takes the first count comma-separated values off a header, whole
// fields where nothing is left of them.
func (e *Edit) RemoveTopValues(h Header, count int) {
	m := e.message
	for i := int(m.first[h]) - 1; i >= 0 && i < len(m.fields) && count > 0; i++ {
		f := &m.fields[i]
		if f.header != h {
			continue
		}
		rest, more := m.text[f.valueStart:f.valueEnd], true
		for ; count > 0 && more; count-- {
			_, rest, more, _ = cut(rest, ',')
		}
		if rest = strings.TrimLeft(rest, " \t\r\n"); !more || rest == "" {
			e.replace(f.start, f.end, len(e.scratch))
			continue
		}
		e.replace(f.valueStart, f.valueEnd-uint16(len(rest)), len(e.scratch))
	}
}

// RemoveValues takes out every field of a header whose whole value is unwanted.
func (e *Edit) RemoveValues(h Header, unwanted func(value string) bool) {
	for i := range e.message.fields {
		if f := &e.message.fields[i]; f.header == h && unwanted(e.message.value(i)) {
			e.replace(f.start, f.end, len(e.scratch))
		}
	}
}

// RemoveLastValue takes the last comma-separated value off a header.
func (e *Edit) RemoveLastValue(h Header) {
	m := e.message
	for i := len(m.fields) - 1; i >= 0; i-- {
		f := &m.fields[i]
		if f.header != h {
			continue
		}
		value := m.text[f.valueStart:f.valueEnd]
		keep := 0
		for rest, more := value, true; more; {
			var item string
			if item, rest, more, _ = cut(rest, ','); more {
				keep += len(item) + 1
			}
		}
		if keep == 0 {
			e.replace(f.start, f.end, len(e.scratch))
		} else {
			e.replace(f.valueStart+uint16(keep-1), f.valueEnd, len(e.scratch))
		}
		return
	}
}

// StampVia notes where the message came from in its topmost Via.
func (e *Edit) StampVia(source netip.AddrPort) {
	m := e.message
	if m.first[HeaderVia] == 0 {
		return
	}
	from := len(e.scratch)
	var end uint16
	e.scratch, end = m.stampTop(e.scratch, source)
	e.replace(m.fields[m.first[HeaderVia]-1].valueStart, end, from)
}

// Size is the length of the edited message in octets.
func (e *Edit) Size() int {
	size, at := len(e.message.text), uint16(0)
	for _, s := range e.splices {
		if s.start >= at {
			size += s.to - s.from - int(s.end-s.start)
			at = s.end
		}
	}
	return size
}

// Append prints the edited message. What lies inside a piece that an earlier splice took
// out is left out with it.
func (e *Edit) Append(b []byte) []byte {
	text, at := e.message.text, uint16(0)
	for _, s := range e.splices {
		if s.start < at {
			continue
		}
		b = append(b, text[at:s.start]...)
		b = append(b, e.scratch[s.from:s.to]...)
		at = s.end
	}
	return append(b, text[at:]...)
}

// Bytes is the edited message in memory of its own.
func (e *Edit) Bytes() []byte { return e.Append(make([]byte, 0, e.Size())) }
