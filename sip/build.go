package sip

import "net/netip"

// Builder makes a new message. The caller writes the header fields in the order they
// are to stand; Body ends it. Values must be without CR and LF: what stems from elsewhere
// is cut there, so that no value becomes a second header field.
type Builder struct{ b []byte }

// NewRequest begins a request.
func NewRequest(method Method, uri string) *Builder {
	builder := &Builder{b: make([]byte, 0, 512)}
	builder.b = append(builder.b, method...)
	builder.b = append(builder.b, ' ')
	builder.b = append(builder.b, uri...)
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

// echo copies the header fields that tie a response to its request.
func (b *Builder) echo(request *Message, source netip.AddrPort, toTag string) {
	for i := range request.fields {
		f := &request.fields[i]
		if f.header == HeaderVia && i == int(request.first[HeaderVia])-1 {
			b.b = append(b.b, request.text[f.start:f.valueStart]...)
			top, _, _, _ := cut(request.text[f.valueStart:f.valueEnd], ',')
			b.b = appendStamped(b.b, top, source)
			b.b = append(b.b, request.text[int(f.valueStart)+len(top):f.end]...)
			continue
		}
		switch f.header {
		case HeaderVia, HeaderFrom, HeaderCallID, HeaderCSeq:
			b.b = append(b.b, request.text[f.start:f.end]...)
		case HeaderTo:
			b.b = append(b.b, request.text[f.start:f.valueEnd]...)
			if toTag != "" && request.toTag == "" {
				b.b = append(b.b, ";tag="...)
				b.b = append(b.b, toTag...)
			}
			b.b = append(b.b, "\r\n"...)
		}
	}
}

// Add writes a header field.
func (b *Builder) Add(h Header, value string) *Builder { return b.AddNamed(h.String(), value) }

// AddNamed writes a header field with any name.
func (b *Builder) AddNamed(name, value string) *Builder {
	b.b = append(b.b, name...)
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
func appendClean(b []byte, value string) []byte {
	for i := range len(value) {
		if c := value[i]; c == '\r' || c == '\n' || c == 0 {
			return append(b, value[:i]...)
		}
	}
	return append(b, value...)
}

// AddSequence writes CSeq.
func (b *Builder) AddSequence(number uint32, method Method) *Builder {
	b.b = append(b.b, "CSeq: "...)
	b.b = appendNumber(b.b, uint64(number))
	b.b = append(b.b, ' ')
	b.b = append(b.b, method...)
	b.b = append(b.b, "\r\n"...)
	return b
}
