package sip

import "net/netip"

// Builder makes a new message. The caller writes the header fields in the order they
// are to stand; Body ends it. Everything is cut at its first CR, LF or NUL, a method, URI
// or name at white space too, so that no value becomes a second header field.
type Builder struct{ b []byte }

// NewRequest begins a request.
func NewRequest(method Method, uri string) *Builder {
	builder := &Builder{b: make([]byte, 0, 512)}
	builder.b = appendWord(builder.b, string(method))
	builder.b = append(builder.b, ' ')
	builder.b = appendWord(builder.b, uri)
	builder.b = append(builder.b, " SIP/2.0\r\n"...)
	return builder
}

// Answer is what a response says by itself. An empty Reason stands for the usual one;
// ToTag is added to a To without tag unless it is "".
type Answer struct {
	Code          int
	Reason, ToTag string
}

// NewResponse begins a response to a request that came from source: it copies Via, From,
// To, Call-ID and CSeq (RFC 3261 §8.2.6.2), whatever of them can be read, and notes the
// source in the topmost Via.
func NewResponse(request *Message, source netip.AddrPort, answer Answer) *Builder {
	builder := &Builder{b: make([]byte, 0, len(request.text)+64)}
	builder.statusLine(answer.Code, answer.Reason)
	builder.echo(request, source, answer.ToTag)
	return builder
}

func (b *Builder) statusLine(code int, reason string) {
	if reason == "" {
		reason = Reason(code)
	}
	b.b = append(b.b, version...)
	b.b = append(b.b, ' ')
	b.b = appendNumber(b.b, uint64(code))
	b.b = append(b.b, ' ')
	b.b = appendClean(b.b, reason)
	b.b = append(b.b, "\r\n"...)
}

// echo copies the header fields that tie a response to its request. Of a field that may
// stand once, only the first.
func (b *Builder) echo(request *Message, source netip.AddrPort, toTag string) {
	for i := range request.fields {
		f := &request.fields[i]
		first := i == int(request.first[f.header])-1
		switch {
		case f.header == HeaderVia && first:
			var end uint16
			b.b = append(b.b, request.text[f.start:f.valueStart]...)
			b.b, end = request.stampTop(b.b, source)
			b.b = append(b.b, request.text[end:f.end]...)
		case f.header == HeaderTo && first:
			b.b = append(b.b, request.text[f.start:f.valueEnd]...)
			if toTag != "" && request.toTag == (place{}) {
				b.b = append(b.b, ";tag="...)
				b.b = appendWord(b.b, toTag)
			}
			b.b = append(b.b, "\r\n"...)
		case f.header == HeaderVia, first && (f.header == HeaderFrom || f.header == HeaderCallID || f.header == HeaderCSeq):
			b.b = append(b.b, request.text[f.start:f.end]...)
		}
	}
}

// Add writes a header field.
func (b *Builder) Add(h Header, value string) *Builder { return b.AddNamed(h.String(), value) }

// AddNamed writes a header field with any name.
func (b *Builder) AddNamed(name, value string) *Builder {
	b.b = appendWord(b.b, name)
	b.b = append(b.b, ": "...)
	b.b = appendClean(b.b, value)
	b.b = append(b.b, "\r\n"...)
	return b
}

// AddNumber writes a header field with a numeric value.
func (b *Builder) AddNumber(h Header, n uint64) *Builder {
	b.b = append(b.b, h.String()...)
	b.b = append(b.b, ": "...)
	b.b = appendNumber(b.b, n)
	b.b = append(b.b, "\r\n"...)
	return b
}

// Copy copies every field of the named headers from another message.
func (b *Builder) Copy(from *Message, wanted ...Header) *Builder {
	for i := range from.fields {
		for _, h := range wanted {
			if from.fields[i].header == h {
				b.b = append(b.b, from.text[from.fields[i].start:from.fields[i].end]...)
			}
		}
	}
	return b
}

// Body ends the message with a body, or without one when contentType is "".
func (b *Builder) Body(contentType, body string) []byte {
	if contentType != "" {
		b.Add(HeaderContentType, contentType)
	}
	b.AddNumber(HeaderContentLength, uint64(len(body)))
	b.b = append(b.b, "\r\n"...)
	return append(b.b, body...)
}

// Empty ends the message without a body.
func (b *Builder) Empty() []byte { return b.Body("", "") }

// appendClean copies a value up to the first CR, LF or NUL.
func appendClean(b []byte, value string) []byte { return append(b, clean(value)...) }

// clean is a value up to the first CR, LF or NUL.
func clean[text string | []byte](value text) text {
	for i := controlFrom(value, 0); i < len(value); i = controlFrom(value, i+1) {
		if c := value[i]; c == '\r' || c == '\n' || c == 0 {
			return value[:i]
		}
	}
	return value
}

// appendWord copies what is to be one word up to the first white space or control.
func appendWord(b []byte, word string) []byte {
	for i := range len(word) {
		if word[i] <= ' ' || word[i] == 127 {
			return append(b, word[:i]...)
		}
	}
	return append(b, word...)
}

// AddSequence writes CSeq.
func (b *Builder) AddSequence(number uint32, method Method) *Builder {
	b.b = append(b.b, "CSeq: "...)
	b.b = appendNumber(b.b, uint64(number))
	b.b = append(b.b, ' ')
	b.b = appendWord(b.b, string(method))
	b.b = append(b.b, "\r\n"...)
	return b
}
