package sip

import (
	"errors"
	"net/netip"
	"strings"
)

// MaxURILength bounds a URI in octets; a longer Request-URI is answered 414.
const MaxURILength = 4096

// maxURIParams bounds the parameters, and the header fields, of one URI: comparing two
// takes their product.
const maxURIParams = 64

// URI is a parsed URI; every field is a piece of the text it was parsed from, escapes
// and all. For schemes other than sip, sips and tel only Scheme and Opaque are set.
type URI struct {
	Scheme   string // as written; compare without case
	User     string // sip: the user part; tel: the number
	Password string
	Host     string // host name, IPv4 address or IPv6 reference in brackets
	Port     uint16 // 0 when not given
	Params   Params // from the first ";"
	Headers  string // after "?"
	Opaque   string // everything after the scheme of an unknown scheme
	hasUser  bool
}

// Kinds of mistakes in a URI.
var (
	ErrURI       = errors.New("malformed URI")
	ErrURIScheme = errors.New("malformed URI scheme")
	ErrURIHost   = errors.New("malformed host in URI")
)

// ParseURI parses a sip, sips or tel URI (RFC 3261 §19.1, RFC 3966), and accepts any other
// scheme unread.
func ParseURI(s string) (URI, error) {
	colon := strings.IndexByte(s, ':')
	if colon <= 0 || len(s) > MaxURILength {
		return URI{}, ErrURIScheme
	}
	u := URI{Scheme: s[:colon]}
	if !validScheme(u.Scheme) {
		return URI{}, ErrURIScheme
	}
	rest := s[colon+1:]
	switch {
	case u.IsSIP():
		return u, u.parseSIP(rest)
	case equalFold(u.Scheme, "tel"):
		return u, u.parseTel(rest)
	}
	for i := range len(rest) {
		if rest[i] <= ' ' || rest[i] == '<' || rest[i] == '>' || rest[i] == '"' || rest[i] == 127 {
			return URI{}, ErrURI
		}
	}
	u.Opaque = rest
	return u, nil
}

func validScheme(s string) bool {
	if c := lower(s[0]); c < 'a' || c > 'z' {
		return false
	}
	for i := range len(s) {
		c := lower(s[i])
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

func (u *URI) parseSIP(s string) error {
	if query := strings.IndexByte(s, '?'); query >= 0 {
		// A "?" may also stand in the user part, before the "@" (RFC 3261 §25.1 user-unreserved).
		if at := strings.LastIndexByte(s, '@'); at > query {
			query = strings.IndexByte(s[at:], '?')
			if query >= 0 {
				query += at
			}
		}
		if query >= 0 {
			u.Headers, s = s[query+1:], s[:query]
			if !validURIHeaders(u.Headers) {
				return ErrURI
			}
		}
	}
	if at := strings.IndexByte(s, '@'); at >= 0 {
		u.hasUser = true
		u.User, u.Password, _ = strings.Cut(s[:at], ":")
		if u.User == "" || !escapedIs(classUser, u.User) || !escapedIs(classUser, u.Password) {
			return ErrURI
		}
		s = s[at+1:]
	}
	hostport, _, _ := strings.Cut(s, ";")
	if len(hostport) < len(s) {
		u.Params = Params(s[len(hostport):])
		if !validURIParams(string(u.Params)) {
			return ErrURI
		}
	}
	var ok bool
	u.Host, u.Port, ok = splitHostPort(hostport)
	if !ok {
		return ErrURIHost
	}
	return nil
}

func validURIParams(s string) bool {
	for s != "" {
		item, rest, more := strings.Cut(s[1:], ";")
		name, value, _ := strings.Cut(item, "=")
		if name == "" || !escapedIs(classParam, name) || !escapedIs(classParam, value) {
			return false
		}
		if !more {
			return true
		}
		s = s[len(s)-len(rest)-1:]
	}
	return true
}

func validURIHeaders(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '=' && s[i] != '&' && classes[s[i]]&classHeader == 0 && (s[i] != '%' || !escapedIs(classHeader, s[i:min(i+3, len(s))])) {
			return false
		}
	}
	return true
}

// splitHostPort reads host [":" port] (RFC 3261 §25.1 hostport).
func splitHostPort(s string) (host string, port uint16, ok bool) {
	host = s
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, false
		}
		host, s = s[:end+1], s[end+1:]
		if _, err := netip.ParseAddr(host[1:end]); err != nil {
			return "", 0, false
		}
		if s != "" && s[0] != ':' {
			return "", 0, false
		}
	} else {
		colon := strings.IndexByte(s, ':')
		if colon < 0 {
			return host, 0, is(classHost, host)
		}
		host, s = s[:colon], s[colon:]
		if !is(classHost, host) {
			return "", 0, false
		}
	}
	if s == "" {
		return host, 0, true
	}
	n, ok := number(trim(s[1:]), 65535)
	return host, uint16(n), ok
}

// parseTel reads the number and parameters of a tel URI (RFC 3966 §3).
func (u *URI) parseTel(s string) error {
	subscriber, _, _ := strings.Cut(s, ";")
	if subscriber == "" {
		return ErrURI
	}
	digits := 0
	for i := range len(subscriber) {
		c := subscriber[i]
		switch {
		case classes[c]&classHex != 0, c == '*', c == '#':
			digits++
		case c == '+' && i == 0, c == '-', c == '.', c == '(', c == ')':
		default:
			return ErrURI
		}
	}
	u.User = subscriber
	if len(subscriber) < len(s) {
		u.Params = Params(s[len(subscriber):])
		if !validURIParams(string(u.Params)) {
			return ErrURI
		}
	}
	if digits == 0 {
		return ErrURI
	}
	return nil
}

// IsSIP tells whether the scheme is sip or sips.
func (u URI) IsSIP() bool { return equalFold(u.Scheme, "sip") || equalFold(u.Scheme, "sips") }

// IsSecure tells whether the scheme is sips.
func (u URI) IsSecure() bool { return equalFold(u.Scheme, "sips") }

// IsTel tells whether the scheme is tel.
func (u URI) IsTel() bool { return equalFold(u.Scheme, "tel") }

// Address is the host as an IP address; ok is false for a name.
func (u URI) Address() (address netip.Addr, ok bool) { return HostAddress(u.Host) }

// HostAddress reads a host of a URI or Via as an IP address; ok is false for a name.
func HostAddress(host string) (address netip.Addr, ok bool) {
	if host == "" {
		return netip.Addr{}, false
	}
	if host[0] == '[' {
		host = host[1 : len(host)-1]
	} else if host[0] < '0' || host[0] > '9' {
		if strings.IndexByte(host, ':') < 0 {
			return netip.Addr{}, false
		}
	}
	address, err := netip.ParseAddr(host)
	return address.Unmap().WithZone(""), err == nil
}

// Append prints the URI. What was parsed comes out as it went in.
func (u URI) Append(b []byte) []byte {
	b = append(b, u.Scheme...)
	b = append(b, ':')
	if u.Opaque != "" {
		return append(b, u.Opaque...)
	}
	b = append(b, u.User...)
	if u.Password != "" {
		b = append(append(b, ':'), u.Password...)
	}
	if u.Host != "" {
		if u.User != "" || u.hasUser {
			b = append(b, '@')
		}
		b = append(b, u.Host...)
	}
	if u.Port != 0 {
		b = appendNumber(append(b, ':'), uint64(u.Port))
	}
	b = append(b, u.Params...)
	if u.Headers != "" {
		b = append(append(b, '?'), u.Headers...)
	}
	return b
}

func (u URI) String() string { return string(u.Append(nil)) }
