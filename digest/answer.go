package digest

import "errors"

// What a client can't do. It sends no request then.
var (
	// ErrExhausted tells that the nonce was used 2^32-1 times.
	ErrExhausted = errors.New("digest: the nonce count is at its end")
	// ErrUnquotable tells of a username, URI or cnonce that can't stand in a header field.
	ErrUnquotable = errors.New("digest: the username, URI or cnonce has characters that can't be sent")
)

// Choose finds the challenge to answer among those of one response, in the order in which
// they stand there: the topmost we support (RFC 8760 §2.4). If there is none it returns the error of
// the first, ErrMissing if there was no challenge at all.
func Choose(values []string) (Challenge, error) {
	first := ErrMissing
	for i, value := range values {
		challenge, err := ParseChallenge(value)
		if err == nil {
			return challenge, nil
		}
		if i == 0 {
			first = err
		}
	}
	return Challenge{}, first
}

// Session answers one challenge any number of times. Whoever holds it must be alone with it.
type Session struct {
	challenge Challenge
	username  string
	ha1       HA1
	count     uint32 // of answers so far
}

// NewSession starts to answer a challenge. A challenge with Stale set gets a new
// Session with the same password.
func NewSession(challenge Challenge, username, password string) *Session {
	return &Session{
		challenge: challenge,
		username:  username,
		ha1:       NewHA1(challenge.Algorithm, username, challenge.Realm, password),
	}
}

// Outgoing is the request to answer for.
type Outgoing struct {
	Method, URI string // as in the request line
	Body        string // hashed if only auth-int was offered
	// CNonce is random and new for each request: RFC 7616 §5.9, §5.12.
	CNonce string
}

// Answer appends the header field value for one request and counts nc up. Errors:
// ErrExhausted, ErrUnquotable; then dst is returned as it was.
func (s *Session) Answer(dst []byte, request Outgoing) ([]byte, error) {
	if !plain(request.URI) || !plain(request.CNonce) || !sendable(s.username) {
		return dst, ErrUnquotable
	}
	if s.count == 1<<32-1 {
		return dst, ErrExhausted
	}
	s.count++
	var count [8]byte
	for i := range count {
		count[i] = hexDigits[s.count>>(28-4*i)&15]
	}
	made := exchange{
		algorithm: s.challenge.Algorithm,
		qop:       s.challenge.QOP,
		nonce:     s.challenge.Nonce,
		count:     string(count[:]),
		cnonce:    request.CNonce,
		method:    request.Method,
		uri:       request.URI,
		body:      request.Body,
	}
	if made.qop == EitherQOP {
		made.qop = Auth
	}
	made.quality = made.qop.String()
	return s.print(dst, &made), nil
}

// print appends the header field value of an exchange.
func (s *Session) print(dst []byte, exchange *exchange) []byte {
	response := exchange.response(s.ha1)
	dst = append(dst, "Digest username="...)
	dst = appendQuoted(dst, s.username)
	dst = append(dst, ", realm="...)
	dst = appendQuoted(dst, s.challenge.Realm)
	dst = append(dst, `, nonce="`...)
	dst = append(dst, exchange.nonce...)
	dst = append(dst, `", uri="`...)
	dst = append(dst, exchange.uri...)
	dst = append(dst, `", response="`...)
	dst = appendHex(dst, response[:exchange.algorithm.Size()])
	dst = append(dst, `", algorithm=`...)
	dst = append(dst, exchange.algorithm.String()...)
	if s.challenge.Opaque != "" {
		dst = append(dst, `, opaque="`...)
		dst = append(dst, s.challenge.Opaque...)
		dst = append(dst, '"')
	}
	if exchange.qop == NoQOP {
		return dst
	}
	dst = append(dst, `, cnonce="`...)
	dst = append(dst, exchange.cnonce...)
	dst = append(dst, `", qop=`...)
	dst = append(dst, exchange.quality...)
	dst = append(dst, ", nc="...)
	return append(dst, exchange.count...)
}

// sendable tells whether text can be sent as a quoted-string without loss.
func sendable(text string) bool {
	for i := range len(text) {
		if control(text[i]) {
			return false
		}
	}
	return true
}
