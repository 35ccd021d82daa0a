package sip

import (
	"errors"
	"net/netip"
	"strings"
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
		v.Params = ""
		return v, ErrVia
	}
	v.Params = Params(trim(s[marks.params:end]))
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

// scan reads the Via value that begins at s[i], white space before and after it included,
// and gives the index after it; -1 when it is malformed.
func (m *viaMarks) scan(s string, i int) int {
	known := true
	space := m.list.space
	if len(s)-i > 8 && s[i:i+8] == version+"/" {
		i += 8
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
// rport when it was asked for (RFC 3581 §4). A received that came along is replaced.
func appendStamped(b []byte, value string, source netip.AddrPort) []byte {
	value = trim(value)
	via, err := ParseVia(value)
	if err != nil || !source.IsValid() {
		return append(b, value...)
	}
	address := source.Addr().Unmap().WithZone("")
	sentBy, _ := HostAddress(via.Host)
	b, wantsPort := appendReceivedFrom(b, value, via.Params, source)
	if wantsPort || sentBy != address {
		b = append(b, ";received="...)
		b = address.AppendTo(b)
	}
	return b
}

// appendReceivedFrom prints a Via value less its received, with the source's port in an
// rport, and tells whether there was one.
func appendReceivedFrom(b []byte, value string, params Params, source netip.AddrPort) (printed []byte, wantsPort bool) {
	text := string(params)
	// Nearly all have a bare rport and no received: two cuts do.
	if at := strings.Index(text, ";rport"); at >= 0 && !strings.Contains(text, "received") && strings.IndexByte(text, '"') < 0 {
		if end := at + len(";rport"); end == len(text) || text[end] == ';' {
			b = append(b, value[:len(value)-len(text)+end]...)
			b = appendNumber(append(b, '='), uint64(source.Port()))
			return append(b, text[end:]...), true
		}
	}
	b = append(b, trim(value[:len(value)-len(text)])...)
	for name, content := range params.Each {
		if equalFold(name, "received") {
			continue
		}
		b = append(append(b, ';'), name...)
		if equalFold(name, "rport") {
			wantsPort = true
			b = appendNumber(append(b, '='), uint64(source.Port()))
		} else if content != "" {
			b = append(append(b, '='), content...)
		}
	}
	return b, wantsPort
}
