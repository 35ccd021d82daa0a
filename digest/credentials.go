package digest

import "strings"

// Credentials is one Authorization or Proxy-Authorization header field value (RFC 7616
// §3.4). Its strings are parts of the value it was parsed from.
type Credentials struct {
	Username string // without escapes
	Realm    string // without escapes
	// URI is the digest-uri as sent. RFC 7616 §3.4.6 and RFC 8760 §2.6 (6): the server
	// compares it with the Request-URI.
	URI string
	// Nonce, CNonce, Response and Opaque are what stands between the quotes. Before the first
	// challenge Nonce and Response may be "" (RFC 8760 §2.7).
	Nonce, CNonce, Response, Opaque string
	// NC is the nonce count, from 1. Without qop it is 1, since the response is the same each time.
	NC        uint32
	Algorithm Algorithm
	QOP       QOP // Auth, AuthInt or NoQOP

	count, quality string // nc and qop as they are hashed: as sent
}

// The parameters of credentials, as bits of those seen.
const (
	seenUsername = 1 << iota
	seenRealm
	seenNonce
	seenURI
	seenResponse
	seenCNonce
	seenOpaque
	seenCount
	seenQOP
	seenAlgorithm
	seenUserhash
	seenExtended // username*

	seenAlways  = seenUsername | seenRealm | seenNonce | seenURI | seenResponse
	seenWithQOP = seenCNonce | seenCount // RFC 7616 §3.4: mandatory with qop
)

// ParseCredentials reads one header field value. Errors: ErrScheme, ErrSyntax, ErrLimit,
// ErrDuplicate, ErrMissing, ErrQOP, ErrCount, ErrAlgorithm, ErrUserhash. Parameters we
// don't know are ignored. It allocates only to take escapes out of a username or realm.
func ParseCredentials(value string) (Credentials, error) {
	scan, err := newScanner(value)
	if err != nil {
		return Credentials{}, err
	}
	credentials := Credentials{Algorithm: MD5, QOP: NoQOP, NC: 1}
	seen := 0
	for scan.more() {
		p, err := scan.next()
		if err != nil {
			return Credentials{}, err
		}
		bit, err := credentials.set(&p)
		if err != nil {
			return Credentials{}, err
		}
		if seen&bit != 0 {
			return Credentials{}, ErrDuplicate
		}
		seen |= bit
	}
	if seen&seenAlways != seenAlways {
		return Credentials{}, ErrMissing
	}
	if err := credentials.setQuality(seen); err != nil {
		return Credentials{}, err
	}
	return credentials, nil
}

// credentialBits names the parameters, by the length of the name and then by name, so that
// each one is compared with few.
var credentialBits = [...][]struct {
	name string
	bit  int
}{
	2:  {{"nc", seenCount}},
	3:  {{"uri", seenURI}, {"qop", seenQOP}},
	5:  {{"realm", seenRealm}, {"nonce", seenNonce}},
	6:  {{"cnonce", seenCNonce}, {"opaque", seenOpaque}},
	8:  {{"username", seenUsername}, {"response", seenResponse}, {"userhash", seenUserhash}},
	9:  {{"algorithm", seenAlgorithm}, {"username*", seenExtended}},
	10: nil,
}

func credentialBit(name string) int {
	for _, known := range credentialBits[min(len(name), len(credentialBits)-1)] {
		if name == known.name || strings.EqualFold(name, known.name) {
			return known.bit
		}
	}
	return 0
}

// set takes one parameter over and returns its bit, 0 if ignored.
func (c *Credentials) set(p *parameter) (bit int, err error) {
	switch bit = credentialBit(p.name); bit {
	case seenUsername:
		c.Username = p.unescaped()
	case seenRealm:
		c.Realm = p.unescaped()
	case seenNonce:
		c.Nonce = p.value
	case seenURI:
		c.URI = p.value
	case seenResponse:
		c.Response = p.value
	case seenCNonce:
		c.CNonce = p.value
	case seenOpaque:
		c.Opaque = p.value
	case seenCount:
		c.count = p.value
	case seenQOP:
		c.quality = p.value
	case seenAlgorithm:
		c.Algorithm, err = ParseAlgorithm(p.value)
	case seenUserhash:
		if strings.EqualFold(p.value, "true") {
			err = ErrUserhash
		}
	case seenExtended:
		err = ErrUserhash
	}
	return bit, err
}

// setQuality reads qop and nc. Without qop, nc and cnonce mean nothing (RFC 2617 §3.2.2).
func (c *Credentials) setQuality(seen int) error {
	if seen&seenQOP == 0 {
		c.count, c.CNonce = "", ""
		return nil
	}
	switch {
	case strings.EqualFold(c.quality, "auth"):
		c.QOP = Auth
	case strings.EqualFold(c.quality, "auth-int"):
		c.QOP = AuthInt
	default:
		return ErrQOP
	}
	if seen&seenWithQOP != seenWithQOP {
		return ErrMissing
	}
	if len(c.count) == 0 || len(c.count) > 8 {
		return ErrCount
	}
	c.NC = 0
	for i := range len(c.count) {
		digit := hexValue(c.count[i])
		if digit < 0 {
			return ErrCount
		}
		c.NC = c.NC<<4 | uint32(digit)
	}
	if c.NC == 0 {
		return ErrCount
	}
	return nil
}
