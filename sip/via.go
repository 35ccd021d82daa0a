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

// ParseVia parses one value of a Via header field.
func ParseVia(s string) (Via, error) {
	var v Via
	var ok bool
	// sent-protocol: "SIP" SLASH "2.0" SLASH transport, with white space round the slashes.
	for part := range 2 {
		slash := strings.IndexByte(s, '/')
		if slash < 0 {
			return v, ErrVia
		}
		if got := trim(s[:slash]); part == 0 && !equalFold(got, "SIP") || part == 1 && got != "2.0" {
			return v, ErrVia
		}
		s = s[slash+1:]
	}
	s = trim(s)
	space := strings.IndexAny(s, " \t\r\n")
	if space < 0 || !is(classToken, s[:space]) {
		return v, ErrVia
	}
	v.Transport = s[:space]
	s = trim(s[space:])
	sentBy := s
	if i := strings.IndexByte(s, ';'); i >= 0 {
		sentBy, v.Params = trim(s[:i]), Params(s[i:])
	}
	if v.Host, v.Port, ok = splitHostPort(sentBy); !ok {
		if v.Host, v.Port, ok = splitSpaced(sentBy); !ok {
			return v, ErrVia
		}
	}
	if !validViaParams(string(v.Params)) {
		return v, ErrVia
	}
	return v, nil
}

// splitSpaced reads a sent-by with white space round its colon.
func splitSpaced(s string) (string, uint16, bool) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 || strings.HasSuffix(s, "]") {
		return "", 0, false
	}
	host, _, ok := splitHostPort(trim(s[:colon]))
	port, fine := number(trim(s[colon+1:]), 65535)
	return host, uint16(port), ok && fine
}

// RFC 5118 §4.5: received may hold an IPv6 address without brackets.
func validViaParams(s string) bool { return validParams(s) }

// Branch is the branch parameter, "" without one.
func (v Via) Branch() string {
	branch, _ := v.Params.Get("branch")
	return branch
}

// appendStamped prints a Via value with the source it came from: received when the
// sent-by is another address or rport was asked for (RFC 3261 §18.2.1), and the port in
// rport when it was asked for (RFC 3581 §4). A received that came along is replaced.
func appendStamped(b []byte, value string, source netip.AddrPort) []byte {
	via, err := ParseVia(value)
	if err != nil || !source.IsValid() {
		return append(b, value...)
	}
	address := source.Addr().Unmap()
	sentBy, _ := HostAddress(via.Host)
	_, wantsPort := via.Params.Get("rport")
	b = append(b, trim(value[:len(value)-len(via.Params)])...)
	for name, content := range via.Params.Each {
		if equalFold(name, "received") {
			continue
		}
		b = append(append(b, ';'), name...)
		if equalFold(name, "rport") {
			b = appendNumber(append(b, '='), uint64(source.Port()))
		} else if content != "" {
			b = append(append(b, '='), content...)
		}
	}
	if wantsPort || sentBy != address {
		b = append(b, ";received="...)
		b = address.AppendTo(b)
	}
	return b
}
