package sip

import "strings"

// Unescape replaces each %HH of s by its octet, once.
func Unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		c, escaped := unit(s, i)
		b.WriteByte(c)
		i += width(escaped)
	}
	return b.String()
}

// unit is the octet at s[i], or the one that an escape there stands for.
func unit(s string, i int) (c byte, escaped bool) {
	if s[i] == '%' && i+2 < len(s) && classes[s[i+1]]&classes[s[i+2]]&classHex != 0 {
		return hexValue(s[i+1])<<4 | hexValue(s[i+2]), true
	}
	return s[i], false
}

func width(escaped bool) int {
	if escaped {
		return 3
	}
	return 1
}

func hexValue(c byte) byte {
	switch c = lower(c); {
	case c >= 'a':
		return c - 'a' + 10
	default:
		return c - '0'
	}
}

// AddressOfRecord is the canonical form "user@host" under which bindings and users are
// kept: parameters removed, escapes undone, the host in lower case (RFC 3261 §10.3 step 5).
func (u URI) AddressOfRecord() string {
	user, host := Unescape(u.User), Lower(u.Host)
	if user == "" {
		return host
	}
	return user + "@" + host
}

// Equal compares two URIs by the rules of RFC 3261 §19.1.4, and of RFC 3966 §4 for tel.
func (u URI) Equal(v URI) bool {
	if !equalFold(u.Scheme, v.Scheme) {
		return false
	}
	switch schemeOf(u.Scheme) {
	case schemeSIP:
		return u.hasUser == v.hasUser && equalEscaped(u.User, v.User, false) && equalEscaped(u.Password, v.Password, false) &&
			equalHost(u.Host, v.Host) && u.Port == v.Port && equalParams(u.Params, v.Params, paramsAgree) &&
			headersWithin(u.Headers, v.Headers) && headersWithin(v.Headers, u.Headers)
	case schemeTel:
		return equalNumber(u.User, v.User) && equalParams(u.Params, v.Params, paramsWithin)
	default:
		return u.Opaque == v.Opaque
	}
}

// equalParams: a name that stands twice, which RFC 3261 §19.1.1 forbids, makes parameters
// equal to nothing but their own text.
func equalParams(a, b Params, agree func(a, b Params) bool) bool {
	return a == b || agree(a, b) && agree(b, a)
}

// equalEscaped compares octet by octet. An escape equals the octet it stands for, unless
// that is a reserved one (RFC 3261 §19.1.4).
func equalEscaped(a, b string, fold bool) bool {
	if a == b {
		return true
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		c, escaped := unit(a, i)
		d, other := unit(b, j)
		if c != d && (!fold || lower(c) != lower(d)) || escaped != other && classes[c]&classReserved != 0 {
			return false
		}
		i += width(escaped)
		j += width(other)
	}
	return i == len(a) && j == len(b)
}

// equalHost compares names without case and IPv6 references as addresses (RFC 5954 §4.1).
func equalHost(a, b string) bool {
	if equalFold(a, b) {
		return true
	}
	if a == "" || b == "" || a[0] != '[' || b[0] != '[' {
		return false
	}
	one, ok := HostAddress(a)
	other, fine := HostAddress(b)
	return ok && fine && one == other
}

// paramsAgree: a parameter in both must match; user, ttl, method, maddr, transport and gr
// never match their absence; any other in only one of them is ignored.
func paramsAgree(a, b Params) bool {
	for name, value := range a.Each {
		other, ok := b.Get(name)
		if ok && !equalEscaped(value, other, true) {
			return false
		}
		if ok {
			continue
		}
		switch Lower(name) {
		case "user", "ttl", "method", "maddr", "transport", "gr":
			return false
		}
	}
	return true
}

// headersWithin tells whether each header field of a is in b as often (RFC 3261 §19.1.4:
// they are never ignored).
func headersWithin(a, b string) bool {
	for rest := a; rest != ""; {
		var item string
		item, rest, _ = strings.Cut(rest, "&")
		if countHeader(a, item) != countHeader(b, item) {
			return false
		}
	}
	return true
}

func countHeader(s, wanted string) int {
	count := 0
	for s != "" {
		var item string
		item, s, _ = strings.Cut(s, "&")
		if equalEscaped(item, wanted, true) {
			count++
		}
	}
	return count
}

// equalNumber compares telephone numbers without their visual separators (RFC 3966 §4).
func equalNumber(a, b string) bool {
	for {
		for a != "" && isSeparator(a[0]) {
			a = a[1:]
		}
		for b != "" && isSeparator(b[0]) {
			b = b[1:]
		}
		if a == "" || b == "" {
			return a == b
		}
		if lower(a[0]) != lower(b[0]) {
			return false
		}
		a, b = a[1:], b[1:]
	}
}

func isSeparator(c byte) bool { return c == '-' || c == '.' || c == '(' || c == ')' }

// paramsWithin tells whether each parameter of a is in b with the same value (RFC 3966
// §4: none is ignored). Numbers in them are compared as numbers.
func paramsWithin(a, b Params) bool {
	for name, value := range a.Each {
		other, ok := b.Get(name)
		if !ok {
			return false
		}
		if !equalEscaped(value, other, true) && (value == "" || value[0] != '+' || !equalNumber(value, other)) {
			return false
		}
	}
	return true
}
