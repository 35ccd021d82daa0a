package sip

import "strings"

// Unescape replaces each %HH of s by its octet, once.
func Unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && classes[s[i+1]]&classes[s[i+2]]&classHex != 0 {
			b.WriteByte(hexValue(s[i+1])<<4 | hexValue(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func hexValue(c byte) byte {
	switch c = lower(c); {
	case c >= 'a':
		return c - 'a' + 10
	default:
		return c - '0'
	}
}

// EscapeUser prints a user part so that it can stand in a URI (RFC 3261 §25.1 user).
func EscapeUser(s string) string {
	if escapedIs(classUser, s) && strings.IndexByte(s, '%') < 0 {
		return s
	}
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if classes[s[i]]&classUser != 0 {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}

// AddressOfRecord is the canonical form "user@host" under which bindings and users are
// kept: parameters removed, escapes undone, the host in lower case (RFC 3261 §10.3 step 5).
func (u URI) AddressOfRecord() string {
	user, host := Unescape(u.User), lowerASCII(u.Host)
	if user == "" {
		return host
	}
	return user + "@" + host
}

// Equal compares two URIs by the rules of RFC 3261 §19.1.4.
func (u URI) Equal(v URI) bool {
	if !equalFold(u.Scheme, v.Scheme) {
		return false
	}
	if !u.IsSIP() {
		return u.Opaque == v.Opaque && u.User == v.User && equalFold(string(u.Params), string(v.Params))
	}
	return u.hasUser == v.hasUser && Unescape(u.User) == Unescape(v.User) && Unescape(u.Password) == Unescape(v.Password) &&
		equalFold(u.Host, v.Host) && u.Port == v.Port && paramsAgree(u.Params, v.Params) && paramsAgree(v.Params, u.Params) &&
		equalURIHeaders(u.Headers, v.Headers)
}

// paramsAgree: a parameter in both must match; user, ttl, method, maddr and transport
// never match their absence; any other in only one of them is ignored.
func paramsAgree(a, b Params) bool {
	for name, value := range a.Each {
		other, ok := b.Get(name)
		if ok && !equalFold(Unescape(value), Unescape(other)) {
			return false
		}
		if ok {
			continue
		}
		switch lowerASCII(name) {
		case "user", "ttl", "method", "maddr", "transport", "gr":
			return false
		}
	}
	return true
}

func equalURIHeaders(a, b string) bool {
	if a == b {
		return true
	}
	return len(a) == len(b) && headersWithin(a, b) && headersWithin(b, a)
}

func headersWithin(a, b string) bool {
	for a != "" {
		var item string
		item, a, _ = strings.Cut(a, "&")
		found := false
		for rest := b; rest != "" && !found; {
			var other string
			other, rest, _ = strings.Cut(rest, "&")
			found = equalFold(Unescape(item), Unescape(other))
		}
		if !found {
			return false
		}
	}
	return true
}
