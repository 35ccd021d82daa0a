package sip

import (
	"errors"
	"net/netip"
)

// MagicCookie begins every branch of RFC 3261 (§8.1.1.7).
const MagicCookie = "z9hG4bK"

// Via is one value of a Via header field (RFC 3261 §20.42); every field is a piece of
// the text it came from.
type Via struct {
	Transport string // UDP, TCP, TLS, WS, WSS or another token
	Host      string
	Port      uint16 // 0 when not given
	Params    Params
}

// ErrVia is a malformed Via.
var ErrVia = errors.New("malformed Via")

// ParseVia parses one value of a Via header field. Of a malformed one that still names
// a hop to answer to, that hop comes back with the error.
func ParseVia(s string) (Via, error) {
	marks := viaMarks{list: paramScan{space: classSpace}}
	end := marks.scan(s, 0)
	v := marks.via(s)
	if end < len(s) {
		return v, ErrVia
	}
	v.Params = Params(trim(s[marks.params:]))
	return v, nil
}

func (m *viaMarks) via(s string) Via {
	if m.params == 0 {
		return Via{}
	}
	return Via{Transport: s[m.transport:m.transportEnd], Host: s[m.host:m.hostEnd], Port: uint16(m.port)}
}

// viaMarks is where the parts of a Via value stand in the text it was scanned in.
type viaMarks struct {
	transport, transportEnd int
	host, hostEnd, port     int
	params                  int // after the sent-by; 0 when that can't be read
	list                    paramScan
}

// places is where the parts stand in the scanned text; end is what scan gave.
func (m *viaMarks) places(end int) viaPlaces {
	at := func(start, end int) place { return place{uint16(start), uint16(end)} }
	return viaPlaces{at(m.transport, m.transportEnd), at(m.host, m.hostEnd), at(m.params, end), uint16(m.port)}
}

// scan reads the Via value that begins at s[i], white space before and after it included,
// and gives the index after it; -1 when it is malformed.
func (m *viaMarks) scan(s string, i int) int {
	known := true
	space := m.list.space
	if len(s)-i > 8 && s[i:i+8] == version+"/" {
		i = skip(space, s, i+8)
	} else if known, i = scanProtocol(space, s, i); i < 0 {
		return -1
	}
	m.transport = i
	i = span(classToken, s, i)
	m.transportEnd = i
	if i = skip(space, s, i); i == m.transportEnd || m.transportEnd == m.transport {
		return -1
	}
	m.host = i
	if i = hostEnd(s, i); i < 0 {
		return -1
	}
	m.hostEnd = i
	// COLON may have white space round it.
	if i = skip(space, s, i); i < len(s) && s[i] == ':' {
		if m.port, i = scanPort(s, skip(space, s, i+1)); i < 0 {
			return -1
		}
	}
	m.params = i
	m.list.wanted = "branch"
	if i = m.list.scan(s, i); i < 0 || !known || m.list.end > m.list.start && s[m.list.start] == '"' {
		return -1
	}
	return i
}

// scanProtocol reads protocol-name SLASH protocol-version SLASH the long way; known tells
// whether they are SIP and 2.0.
func scanProtocol(space uint32, s string, i int) (known bool, end int) {
	known = true
	i = skip(space, s, i)
	for part := range 2 {
		end = span(classToken, s, i)
		got := s[i:end]
		if got == "" {
			return false, -1
		}
		known = known && (part == 0 && equalFold(got, "SIP") || part == 1 && got == "2.0")
		if i = skip(space, s, end); i == len(s) || s[i] != '/' {
			return false, -1
		}
		i = skip(space, s, i+1)
	}
	return known, i
}

// Branch is the branch parameter, "" without one.
func (v Via) Branch() string {
	branch, _ := v.Params.Get("branch")
	return branch
}

// appendStamped prints a Via value with the source it came from: received when the
// sent-by is another address or rport was asked for (RFC 3261 §18.2.1), and the port in
// rport when it was asked for (RFC 3581 §4). A received that came along is left out. head
// is the value up to its parameters.
func appendStamped(b []byte, head string, via Via, source netip.AddrPort) []byte {
	wantsPort := false
	b = append(b, trim(head)...)
	for rest := string(via.Params); rest != ""; {
		var name, content string
		name, content, rest = nextParam(rest)
		switch {
		case name == "" || len(name) == len("received") && equalFold(name, "received"):
			continue
		case len(name) == len("rport") && equalFold(name, "rport"):
			wantsPort = true
			b = append(append(b, ';'), name...)
			b = appendNumber(append(b, '='), uint64(source.Port()))
			continue
		}
		b = append(append(b, ';'), name...)
		if content != "" {
			b = append(append(b, '='), content...)
		}
	}
	without := len(b)
	b = append(b, ";received="...)
	start := len(b)
	b = source.Addr().Unmap().WithZone("").AppendTo(b)
	if !wantsPort && sameAddress(via.Host, b[start:]) {
		return b[:without]
	}
	return b
}

// sameAddress tells whether a sent-by is the printed address. IPv4 has one spelling only.
func sameAddress(host string, printed []byte) bool {
	if host == string(printed) {
		return true
	}
	if host[0] != '[' {
		return false
	}
	address, ok := HostAddress(host)
	return ok && address.String() == string(printed)
}

// stampTop prints the topmost Via of a message, stamped, and gives where it ends in the
// text. It begins at the value of its header field, which must be there.
func (m *Message) stampTop(b []byte, source netip.AddrPort) (printed []byte, end uint16) {
	f := &m.fields[m.first[HeaderVia]-1]
	if m.via.host.end != 0 && source.IsValid() {
		return appendStamped(b, m.text[f.valueStart:m.via.params.start], m.TopVia(), source), m.via.params.end
	}
	top, _, _, _ := cut(m.text[f.valueStart:f.valueEnd], ',')
	end = f.valueStart + uint16(len(top))
	top = trim(top)
	via, err := ParseVia(top)
	if err != nil || !source.IsValid() {
		return append(b, top...), end
	}
	return appendStamped(b, top[:len(top)-len(via.Params)], via, source), end
}

// AnswerTo is where a datagram's sender is answered: at the source, or without rport at
// the port that Via names on the same host (RFC 3261 §18.2.2, RFC 3581 §4). Behind a NAT
// that port means nothing, so there the source is taken all the same.
func (m *Message) AnswerTo(source netip.AddrPort) netip.AddrPort {
	via := m.TopVia()
	if _, asked := via.Params.Get("rport"); asked {
		return source
	}
	if sentBy, ok := HostAddress(via.Host); !ok || sentBy != source.Addr() {
		return source
	}
	if via.Port == 0 {
		return netip.AddrPortFrom(source.Addr(), 5060)
	}
	return netip.AddrPortFrom(source.Addr(), via.Port)
}
