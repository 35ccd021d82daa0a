package sip

// The kinds of schemes that are read.
const (
	schemeOther = iota
	schemeSIP   // sip or sips
	schemeTel
	schemeNone   // malformed
	schemeNoHost // a sip URI with a malformed host or port
)

func schemeOf(scheme string) int {
	if len(scheme) < 3 || len(scheme) > 4 {
		return schemeOther
	}
	switch lower(scheme[0]) {
	case 's':
		if lower(scheme[1]) == 'i' && lower(scheme[2]) == 'p' && (len(scheme) == 3 || lower(scheme[3]) == 's') {
			return schemeSIP
		}
	case 't':
		if len(scheme) == 3 && lower(scheme[1]) == 'e' && lower(scheme[2]) == 'l' {
			return schemeTel
		}
	}
	return schemeOther
}

// uriMarks is where the parts of a URI stand in the text it was scanned in: Parse checks
// URIs by their marks alone and makes no URI of them.
type uriMarks struct {
	start, colon         int // of the scheme, and after it
	userEnd, passwordEnd int // 0 without one
	host, hostEnd, port  int
	params, paramsEnd    int // params == paramsEnd without any; a "?" at paramsEnd begins header fields
	end                  int
	kind                 int
}

// problem says what is wrong when scan gives -1.
func (m *uriMarks) problem() error {
	switch m.kind {
	case schemeNone:
		return ErrURIScheme
	case schemeNoHost:
		return ErrURIHost
	}
	return ErrURI
}

// scan reads the URI that begins at s[i] and gives the index after it: it ends at the
// first octet that can't belong to it. -1 when it is malformed.
func (m *uriMarks) scan(s string, i int) int {
	m.start = i
	var end int
	if len(s)-i > 4 && s[i:i+4] == "sip:" {
		m.kind, m.colon = schemeSIP, i+3
		end = m.scanSIP(s, i+4)
	} else {
		colon := span(classScheme, s, i)
		if colon == i || colon == len(s) || s[colon] != ':' || lower(s[i])-'a' > 25 {
			m.kind = schemeNone
			return -1
		}
		m.kind, m.colon = schemeOf(s[i:colon]), colon
		end = m.scanRest(s, colon+1)
	}
	if end-i > MaxURILength {
		return -1
	}
	m.end = end
	return end
}

// scanRest reads what follows a scheme.
func (m *uriMarks) scanRest(s string, i int) int {
	switch m.kind {
	case schemeSIP:
		return m.scanSIP(s, i)
	case schemeTel:
		return m.scanTel(s, i)
	}
	if end := span(classURI, s, i); end > i {
		return end
	}
	return -1
}

func (m *uriMarks) scanSIP(s string, i int) int {
	// What stands before "@" may hold nearly everything that may stand after it, so the
	// user part is tried first (RFC 3261 §25.1 user, password).
	at := span(classDialled, s, i)
	if at > i && at < len(s) && s[at] == '@' {
		m.userEnd = at
		i = at + 1
	} else {
		i = m.scanUser(s, i, at)
	}
	m.host = i
	if i = hostEnd(s, i); i < 0 {
		m.kind = schemeNoHost
		return -1
	}
	m.hostEnd = i
	if i == len(s) || s[i] == '>' {
		m.params, m.paramsEnd = i, i
		return i
	}
	if s[i] == ':' {
		if m.port, i = scanPort(s, i+1); i < 0 {
			m.kind = schemeNoHost
			return -1
		}
	}
	m.params = i
	if i < len(s) && s[i] == ';' {
		i = scanURIParams(s, i)
	}
	m.paramsEnd = i
	if i >= 0 && i < len(s) && s[i] == '?' {
		i = scanURIHeaders(s, i)
	}
	return i
}

// scanUser reads a user part with escapes or a password, and gives the index after its
// "@"; i when there is none. at is the first octet that can't belong to a user part.
func (m *uriMarks) scanUser(s string, i, at int) int {
	at = spanEscaped(classDialled, s, at)
	if at == i || at == len(s) {
		return i
	}
	if s[at] == '@' {
		m.userEnd = at
		return at + 1
	}
	if s[at] == ':' {
		if end := spanEscaped(classPassword, s, at+1); end < len(s) && s[end] == '@' {
			m.userEnd, m.passwordEnd = at, end
			return end + 1
		}
	}
	return i
}

// hostEnd is the index after the host name, IPv4 address or IPv6 reference at s[i]; -1
// when there is none.
func hostEnd(s string, i int) int {
	end := span(classHost, s, i)
	if end > i {
		return end
	}
	if i == len(s) || s[i] != '[' {
		return -1
	}
	for end = i + 1; end < len(s) && s[end] != ']' && end-i < maxReference; end++ {
	}
	if end == len(s) || s[end] != ']' {
		return -1
	}
	if _, ok := referenceAddress(s[i+1 : end]); !ok {
		return -1
	}
	return end + 1
}

// maxReference is longer than any IPv6 reference.
const maxReference = 64

// scanPort reads a port, 1 to 65535, and gives the index after it or -1.
func scanPort(s string, i int) (port, end int) {
	for end = i; end < len(s) && s[end]-'0' <= 9; end++ {
		if port = port*10 + int(s[end]-'0'); port > 65535 {
			return 0, -1
		}
	}
	if port == 0 {
		return 0, -1
	}
	return port, end
}

// scanURIParams reads *( ";" pname [ "=" pvalue ] ) (RFC 3261 §25.1 uri-parameters). An
// empty value is let through: phones send it, and it can't be read in two ways.
func scanURIParams(s string, i int) int {
	for count := 0; i < len(s) && s[i] == ';'; count++ {
		name := i + 1
		if i = spanEscaped(classParam, s, name); i == name || count == maxURIParams {
			return -1
		}
		if i < len(s) && s[i] == '=' {
			i = spanEscaped(classParam, s, i+1)
		}
	}
	return i
}

// scanURIHeaders reads "?" header *( "&" header ) (RFC 3261 §25.1 headers).
func scanURIHeaders(s string, i int) int {
	for count := 0; i < len(s) && (count == 0 || s[i] == '&'); count++ {
		name := i + 1
		if i = spanEscaped(classHeader, s, name); i == name || i == len(s) || s[i] != '=' || count == maxURIParams {
			return -1
		}
		i = spanEscaped(classHeader, s, i+1)
	}
	return i
}

// scanTel reads the number and the parameters of a tel URI (RFC 3966 §3).
func (m *uriMarks) scanTel(s string, i int) int {
	global := i < len(s) && s[i] == '+'
	if global {
		i++
	}
	digits := 0
scan:
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c-'0' <= 9:
			digits++
		case c == '-', c == '.', c == '(', c == ')':
		case !global && (c == '*' || c == '#' || classes[c]&classHex != 0):
			digits++
		default:
			break scan
		}
	}
	if digits == 0 {
		return -1
	}
	m.params = i
	if i < len(s) && s[i] == ';' {
		i = scanURIParams(s, i)
	}
	m.paramsEnd = i
	return i
}
