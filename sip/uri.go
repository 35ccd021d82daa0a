package sip

import (
	"errors"
	"net/netip"
	"strings"
)

// Limits of one URI.
const (
	MaxURILength = 4096 // octets; a longer Request-URI is answered 414
	maxURIParams = 64   // parameters, and header fields: comparing two URIs takes their product
)

// URI is a parsed URI; every field is a piece of the text it was parsed from, escapes
// and all. For schemes other than sip, sips and tel only Scheme and Opaque are set.
type URI struct {
	Scheme      string // as written; compare without case
	User        string // sip: the user part; tel: the number
	Password    string
	Host        string // host name, IPv4 address or IPv6 reference in brackets
	Port        uint16 // 0 when not given
	Params      Params // from the first ";"
	Headers     string // after "?"
	Opaque      string // everything after the scheme of an unknown scheme
	hasUser     bool
	hasPassword bool // an empty one is one
}

// Kinds of mistakes in a URI.
var (
	ErrURI       = errors.New("malformed URI")
	ErrURIScheme = errors.New("malformed URI scheme")
	ErrURIHost   = errors.New("malformed host in URI")
)

// ParseURI parses a sip, sips or tel URI (RFC 3261 §19.1, RFC 3966), and accepts any other
// scheme unread. A local number of tel may come without its phone-context.
func ParseURI(s string) (URI, error) {
	var marks uriMarks
	end := marks.scan(s, 0)
	if end < 0 {
		return URI{}, marks.problem()
	}
	if end < len(s) {
		return URI{}, ErrURI
	}
	return marks.uri(s), nil
}

// uri makes a URI of the scanned text.
func (m *uriMarks) uri(s string) URI {
	u := URI{Scheme: s[m.start:m.colon]}
	switch m.kind {
	case schemeSIP:
		if m.userEnd > 0 {
			u.hasUser, u.User = true, s[m.colon+1:m.userEnd]
			if m.passwordEnd > 0 {
				u.hasPassword, u.Password = true, s[m.userEnd+1:m.passwordEnd]
			}
		}
		u.Host, u.Port = s[m.host:m.hostEnd], uint16(m.port)
	case schemeTel:
		u.User = s[m.colon+1 : m.params]
	default:
		u.Opaque = s[m.colon+1 : m.end]
		return u
	}
	u.Params = Params(s[m.params:m.paramsEnd])
	if m.paramsEnd < m.end {
		u.Headers = s[m.paramsEnd+1 : m.end]
	}
	return u
}

// IsSIP tells whether the scheme is sip or sips.
func (u URI) IsSIP() bool { return schemeOf(u.Scheme) == schemeSIP }

// IsSecure tells whether the scheme is sips.
func (u URI) IsSecure() bool { return len(u.Scheme) == 4 && equalFold(u.Scheme, "sips") }

// IsTel tells whether the scheme is tel.
func (u URI) IsTel() bool { return schemeOf(u.Scheme) == schemeTel }

// AnonymousHost is the host of a From that hides its sender (RFC 3323 §4.1.1.3).
const AnonymousHost = "anonymous.invalid"

// IsAnonymous tells whether a From hides its sender: by that host, or by its user part, as some telephones do.
func (u URI) IsAnonymous() bool {
	return equalFold(u.Host, AnonymousHost) || equalFold(u.User, "anonymous")
}

// Address is the host as an IP address; ok is false for a name.
func (u URI) Address() (address netip.Addr, ok bool) { return HostAddress(u.Host) }

// HostAddress reads a host of a URI or Via as an IP address; ok is false for a name. An
// IPv6 address may come with or without brackets (RFC 5118 §4.5).
func HostAddress(host string) (address netip.Addr, ok bool) {
	if host == "" {
		return netip.Addr{}, false
	}
	if host[0] == '[' {
		if host[len(host)-1] != ']' {
			return netip.Addr{}, false
		}
		address, ok = referenceAddress(host[1 : len(host)-1])
		return address.Unmap(), ok
	}
	if strings.IndexByte(host, ':') >= 0 {
		address, ok = referenceAddress(host)
		return address.Unmap(), ok
	}
	if host[len(host)-1]-'0' > 9 {
		return netip.Addr{}, false // a name; ParseAddr would allocate an error
	}
	address, err := netip.ParseAddr(host)
	return address, err == nil
}

// referenceAddress reads what stands between the brackets of an IPv6 reference.
// RFC 5118 §4.10: three colons, which an early grammar had, are tolerated.
func referenceAddress(s string) (netip.Addr, bool) {
	if strings.IndexByte(s, ':') < 0 || strings.IndexByte(s, '%') >= 0 {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(s)
	if err != nil {
		if i := strings.Index(s, ":::"); i >= 0 {
			address, err = netip.ParseAddr(s[:i] + s[i+1:])
		}
	}
	return address, err == nil
}

// Append prints the URI. What was parsed comes out as it went in, but for zeros before
// the port.
func (u URI) Append(b []byte) []byte {
	b = append(b, u.Scheme...)
	b = append(b, ':')
	if u.Opaque != "" {
		return append(b, u.Opaque...)
	}
	b = append(b, u.User...)
	if u.Password != "" || u.hasPassword {
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
