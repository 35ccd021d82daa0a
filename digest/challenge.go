package digest

import "strings"

// QOP is a quality of protection (RFC 7616 §3.4.3), or what a challenge offers of them.
type QOP uint8

// The qualities of protection. The zero value is the one that servers of SIP offer.
const (
	Auth      QOP = iota // the request line
	AuthInt              // the request line and the body
	EitherQOP            // "auth,auth-int"; in challenges only
	NoQOP                // RFC 2617 §3.2.1: no qop parameter
)

var qopValues = [...]string{Auth: "auth", AuthInt: "auth-int", EitherQOP: "auth,auth-int", NoQOP: ""}

// String is the value of the qop parameter, "" for none.
func (q QOP) String() string {
	if int(q) < len(qopValues) {
		return qopValues[q]
	}
	return ""
}

// Challenge is one WWW-Authenticate or Proxy-Authenticate header field value (RFC 7616 §3.3).
type Challenge struct {
	Realm string
	// Nonce and Opaque are what stands between the quotes, escapes and all; who prints
	// a Challenge of its own puts neither quotes nor controls in them.
	Nonce, Opaque string
	Algorithm     Algorithm
	QOP           QOP
	// Stale tells that only the nonce was at fault: the client answers again without
	// asking its user for a password.
	Stale bool
}

// Append appends the header field value. A response has one for each algorithm, the
// preferred one first (RFC 8760 §2.3); they may share the nonce.
func (c Challenge) Append(dst []byte) []byte {
	dst = append(dst, "Digest realm="...)
	dst = appendQuoted(dst, c.Realm)
	dst = append(dst, `, nonce="`...)
	dst = append(dst, c.Nonce...)
	dst = append(dst, '"')
	if c.Opaque != "" {
		dst = append(dst, `, opaque="`...)
		dst = append(dst, c.Opaque...)
		dst = append(dst, '"')
	}
	if c.Stale {
		dst = append(dst, ", stale=true"...)
	}
	dst = append(dst, ", algorithm="...)
	dst = append(dst, c.Algorithm.String()...)
	if qop := c.QOP.String(); qop != "" {
		dst = append(dst, `, qop="`...)
		dst = append(dst, qop...)
		dst = append(dst, '"')
	}
	return dst
}

// ParseChallenge reads one header field value. Errors: ErrScheme, ErrSyntax, ErrLimit,
// ErrDuplicate, ErrMissing, ErrQOP, ErrAlgorithm. Parameters we don't know are ignored.
func ParseChallenge(value string) (Challenge, error) {
	scan, err := newScanner(value)
	if err != nil {
		return Challenge{}, err
	}
	challenge := Challenge{Algorithm: MD5, QOP: NoQOP}
	var seen uint8
	for scan.more() {
		p, err := scan.next()
		if err != nil {
			return Challenge{}, err
		}
		bit, err := challenge.set(&p)
		if err != nil {
			return Challenge{}, err
		}
		if seen&bit != 0 {
			return Challenge{}, ErrDuplicate
		}
		seen |= bit
	}
	if seen&3 != 3 {
		return Challenge{}, ErrMissing
	}
	return challenge, nil
}

// set takes one parameter over and returns its bit: 1 realm, 2 nonce, 0 if ignored.
func (c *Challenge) set(p *parameter) (bit uint8, err error) {
	switch {
	case strings.EqualFold(p.name, "realm"):
		c.Realm = p.unescaped()
		return 1, nil
	case strings.EqualFold(p.name, "nonce"):
		c.Nonce = p.value
		return 2, nil
	case strings.EqualFold(p.name, "opaque"):
		c.Opaque = p.value
		return 4, nil
	case strings.EqualFold(p.name, "stale"):
		c.Stale = strings.EqualFold(p.value, "true")
		return 8, nil
	case strings.EqualFold(p.name, "algorithm"):
		c.Algorithm, err = ParseAlgorithm(p.value)
		return 16, err
	case strings.EqualFold(p.name, "qop"):
		c.QOP, err = parseOffer(p.value)
		return 32, err
	}
	return 0, nil
}

// parseOffer reads a list of qualities of protection and ignores those it doesn't know
// (RFC 7616 §3.3).
func parseOffer(list string) (QOP, error) {
	var auth, authInt bool
	for item := range strings.SplitSeq(list, ",") {
		item = strings.Trim(item, " \t")
		auth = auth || strings.EqualFold(item, "auth")
		authInt = authInt || strings.EqualFold(item, "auth-int")
	}
	switch {
	case auth && authInt:
		return EitherQOP, nil
	case auth:
		return Auth, nil
	case authInt:
		return AuthInt, nil
	}
	return 0, ErrQOP
}
