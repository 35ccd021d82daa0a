package sip

import (
	"iter"
	"strings"
)

// Limits of one message.
const (
	MaxMessage = 65535 // octets, start line to end of body; more is answered 513 on streams
	MaxFields  = 254   // header fields; more is answered 400
)

// Method is a request method; it is compared with case (RFC 3261 §7.1).
type Method string

// The methods that have a meaning here; any other token is a Method too.
const (
	INVITE    Method = "INVITE"
	ACK       Method = "ACK"
	BYE       Method = "BYE"
	CANCEL    Method = "CANCEL"
	REGISTER  Method = "REGISTER"
	OPTIONS   Method = "OPTIONS"
	SUBSCRIBE Method = "SUBSCRIBE"
	NOTIFY    Method = "NOTIFY"
	PUBLISH   Method = "PUBLISH"
	MESSAGE   Method = "MESSAGE"
	REFER     Method = "REFER"
	INFO      Method = "INFO"
	UPDATE    Method = "UPDATE"
	PRACK     Method = "PRACK"
)

// Message is one request or response as it arrived: an immutable text and the index over
// it. It is never changed after Parse, so any number of readers may share it.
type Message struct {
	text                   string
	fields                 []field
	cseq                   uint32
	length                 uint32 // declared by Content-Length
	headerStart            uint16 // where the first header field begins
	bodyStart              uint16
	status                 uint16             // 0 for a request
	method                 place              // of a response: the one in CSeq
	target                 place              // Request-URI, or reason phrase
	fromTag, toTag, branch place              // empty without one
	via                    viaPlaces          // of the topmost one, when it stands on one line
	first                  [headerCount]uint8 // index of the first field of each header, plus one
	inline                 [inlineFields]field
}

// Most messages have fewer fields than this; their index needs no allocation of its own.
const inlineFields = 20

// viaPlaces is where the parts of a Via stand; all zero when it must be scanned again.
type viaPlaces struct {
	transport, host, params place
	port                    uint16
}

// place is a piece of the text.
type place struct{ start, end uint16 }

func (m *Message) at(p place) string { return m.text[p.start:p.end] }

type field struct {
	header     Header
	folded     bool
	start      uint16 // of the name
	nameEnd    uint16
	valueStart uint16
	valueEnd   uint16
	end        uint16 // after the line end
}

// Text is the whole message as it arrived, without octets after its body.
func (m *Message) Text() string { return m.text }

// IsRequest tells a request from a response.
func (m *Message) IsRequest() bool { return m.status == 0 }

// Method is the request's method; of a response, the method in CSeq.
func (m *Message) Method() Method { return Method(m.at(m.method)) }

// RequestURI is the Request-URI as written; "" for a response.
func (m *Message) RequestURI() string {
	if m.status != 0 {
		return ""
	}
	return m.at(m.target)
}

// StatusCode is 100 to 699; 0 for a request.
func (m *Message) StatusCode() int { return int(m.status) }

// Reason is the reason phrase of a response.
func (m *Message) Reason() string {
	if m.status == 0 {
		return ""
	}
	return m.at(m.target)
}

// CallID is the value of Call-ID.
func (m *Message) CallID() string { return m.Header(HeaderCallID) }

// CSeq is the sequence number, 0 to 2^31-1.
func (m *Message) CSeq() uint32 { return m.cseq }

// From is the value of From.
func (m *Message) From() string { return m.Header(HeaderFrom) }

// To is the value of To.
func (m *Message) To() string { return m.Header(HeaderTo) }

// FromTag is the tag of From, "" without one.
func (m *Message) FromTag() string { return m.at(m.fromTag) }

// ToTag is the tag of To, "" without one.
func (m *Message) ToTag() string { return m.at(m.toTag) }

// Branch is the branch of the topmost Via, "" without one.
func (m *Message) Branch() string { return m.at(m.branch) }

// Body is the message body.
func (m *Message) Body() string { return m.text[m.bodyStart:] }

// Has tells whether a header field is there.
func (m *Message) Has(h Header) bool { return m.first[h] != 0 }

// Header is the value of the first field of that name, unfolded and trimmed; "" without one.
func (m *Message) Header(h Header) string {
	if i := m.first[h]; i != 0 {
		return m.value(int(i) - 1)
	}
	return ""
}

// HeaderNamed is the value of the first field with any name, compact or not.
func (m *Message) HeaderNamed(name string) (value string, ok bool) {
	h := HeaderByName(name)
	for i := range m.fields {
		f := &m.fields[i]
		if f.header == h && (h != UnknownHeader || equalFold(m.text[f.start:f.nameEnd], name)) {
			return m.value(i), true
		}
	}
	return "", false
}

func (m *Message) value(i int) string {
	f := &m.fields[i]
	value := m.text[f.valueStart:f.valueEnd]
	if f.folded {
		return unfold(value)
	}
	return value
}

// Fields iterates over all header fields in their order: the name as written, and the
// value unfolded.
func (m *Message) Fields() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i := range m.fields {
			if !yield(m.text[m.fields[i].start:m.fields[i].nameEnd], m.value(i)) {
				return
			}
		}
	}
}

// Values iterates over the values of a header field, those joined by commas one by one
// (RFC 3261 §7.3.1). It is meant for fields whose grammar is a comma-separated list.
func (m *Message) Values(h Header) iter.Seq[string] {
	return func(yield func(string) bool) {
		if m.first[h] == 0 {
			return
		}
		for i := int(m.first[h]) - 1; i < len(m.fields); i++ {
			if m.fields[i].header != h {
				continue
			}
			for rest, more := m.value(i), true; more; {
				var item string
				item, rest, more, _ = cut(rest, ',')
				if item = trim(item); item != "" && !yield(item) {
					return
				}
			}
		}
	}
}

// FieldValues iterates over the whole values of each field of a header: for fields that
// are not comma-separated lists, like Authorization.
func (m *Message) FieldValues(h Header) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range m.fields {
			if m.fields[i].header == h && !yield(m.value(i)) {
				return
			}
		}
	}
}

// HasToken tells whether one of the comma-separated values of a header is a token,
// compared without case, as in Supported and Require.
func (m *Message) HasToken(h Header, token string) bool {
	if m.first[h] == 0 {
		return false
	}
	for i := int(m.first[h]) - 1; i < len(m.fields); i++ {
		if m.fields[i].header != h {
			continue
		}
		value := m.text[m.fields[i].valueStart:m.fields[i].valueEnd]
		for more := true; more; {
			value = value[skip(classSpace, value, 0):]
			end := span(classToken, value, 0)
			item, rest := value[:end], ""
			if end < len(value) && value[end] == ',' {
				rest = value[end+1:]
			} else {
				item, rest, more, _ = cut(value, ',')
				item = trim(item)
			}
			if equalFold(item, token) {
				return true
			}
			value = rest
		}
	}
	return false
}

// TopValue is the first of the comma-separated values of a header; "" without one.
func (m *Message) TopValue(h Header) string {
	if m.first[h] == 0 {
		return ""
	}
	item, _, _, _ := cut(m.value(int(m.first[h])-1), ',')
	return trim(item)
}

// TopVia is the topmost Via; Parse has made sure of it. Of a request that Parse answers
// it may have no Params.
func (m *Message) TopVia() Via {
	if v := &m.via; v.host.end != 0 {
		return Via{Transport: m.at(v.transport), Host: m.at(v.host), Port: v.port, Params: Params(m.at(v.params))}
	}
	via, _ := ParseVia(m.TopValue(HeaderVia))
	return via
}

// Number is the value of a numeric header field; ok is false when it is absent or none.
func (m *Message) Number(h Header) (n uint32, ok bool) {
	value := m.Header(h)
	if end := strings.IndexAny(value, ";( \t"); end >= 0 {
		value = value[:end] // parameters or a comment, as in Retry-After
	}
	wide, ok := number(value, 1<<32-1)
	return uint32(wide), ok
}
