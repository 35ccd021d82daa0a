package digest

import (
	"errors"
	"strings"
)

// The limits on one header field value; beyond them it is ErrLimit, a 400 to its sender.
const (
	MaxValue      = 4096 // bytes
	MaxParameters = 32
)

// What can be wrong with a header field value. All but ErrScheme mean 400 to a request;
// a challenge with any of them is ignored (RFC 8760 §2.4).
var (
	// ErrScheme tells of another scheme than Digest: the same as no credentials.
	ErrScheme    = errors.New("digest: the scheme is not Digest")
	ErrSyntax    = errors.New("digest: the value is not a list of parameters")
	ErrLimit     = errors.New("digest: the value has over 4096 bytes or over 32 parameters")
	ErrDuplicate = errors.New("digest: a parameter is there twice")
	ErrMissing   = errors.New("digest: a mandatory parameter is missing")
	ErrQOP       = errors.New("digest: the qop is neither auth nor auth-int")
	ErrCount     = errors.New("digest: the nonce count is not 1 to 8 hexadecimal digits, from 1")
	// ErrUserhash tells of a hashed or extended username (RFC 7616 §3.4.4).
	ErrUserhash = errors.New("digest: userhash and username* are not supported")
)

// scratchSize holds, on the stack, what a typical digest is made from; more spills to the heap.
const scratchSize = 512

// parameter is one name and value; value is what stands between the quotes, if quoted.
type parameter struct {
	name, value string
	escaped     bool // value has quoted-pairs (RFC 3261 §25.1)
}

// scanner takes parameters off the front of a header field value.
type scanner struct {
	rest  string
	count int
}

// newScanner reads the scheme.
func newScanner(value string) (scanner, error) {
	if len(value) > MaxValue {
		return scanner{}, ErrLimit
	}
	value = trimSpace(value)
	end := tokenLength(value)
	if end == 0 {
		return scanner{}, ErrSyntax
	}
	if !strings.EqualFold(value[:end], "Digest") {
		return scanner{}, ErrScheme
	}
	rest := trimSpace(value[end:])
	if rest == "" {
		return scanner{}, ErrMissing
	}
	if len(rest) == len(value)-end {
		return scanner{}, ErrSyntax
	}
	return scanner{rest: rest}, nil
}

// more tells whether a parameter must follow.
func (s *scanner) more() bool { return s.rest != "" }

// next reads name "=" value and the comma behind it, which announces another.
func (s *scanner) next() (parameter, error) {
	if s.count++; s.count > MaxParameters {
		return parameter{}, ErrLimit
	}
	end := tokenLength(s.rest)
	if end == 0 {
		return parameter{}, ErrSyntax
	}
	p := parameter{name: s.rest[:end]}
	s.rest = trimSpace(s.rest[end:])
	if s.rest == "" || s.rest[0] != '=' {
		return parameter{}, ErrSyntax
	}
	s.rest = trimSpace(s.rest[1:])
	if err := s.value(&p); err != nil {
		return parameter{}, err
	}
	s.rest = trimSpace(s.rest)
	if s.rest == "" {
		return p, nil
	}
	if s.rest[0] != ',' {
		return parameter{}, ErrSyntax
	}
	if s.rest = trimSpace(s.rest[1:]); s.rest == "" {
		return parameter{}, ErrSyntax
	}
	return p, nil
}

// value reads a token or a quoted-string, whichever the parameter: phones differ.
func (s *scanner) value(p *parameter) error {
	if s.rest == "" || s.rest[0] != '"' {
		end := tokenLength(s.rest)
		if end == 0 {
			return ErrSyntax
		}
		p.value, s.rest = s.rest[:end], s.rest[end:]
		return nil
	}
	for i := 1; i < len(s.rest); i++ {
		if !quotedStops[s.rest[i]] {
			continue
		}
		switch s.rest[i] {
		case '"':
			p.value, s.rest = s.rest[1:i], s.rest[i+1:]
			return nil
		case '\\':
			p.escaped = true
			if i++; i == len(s.rest) || control(s.rest[i]) {
				return ErrSyntax
			}
		default:
			return ErrSyntax
		}
	}
	return ErrSyntax
}

// unescaped is the value without its backslashes; it allocates only if there are any.
func (p *parameter) unescaped() string {
	if !p.escaped {
		return p.value
	}
	text := make([]byte, 0, len(p.value))
	for i := 0; i < len(p.value); i++ {
		if p.value[i] == '\\' {
			i++ // value made sure that something follows
		}
		text = append(text, p.value[i])
	}
	return string(text)
}

// appendQuoted appends text as a quoted-string without control characters.
func appendQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for i := range len(text) {
		octet := text[i]
		if control(octet) {
			continue
		}
		if octet == '"' || octet == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, octet)
	}
	return append(dst, '"')
}

// plain tells whether text can stand between quotes as it is.
func plain(text string) bool {
	for i := range len(text) {
		if octet := text[i]; octet == '"' || octet == '\\' || control(octet) {
			return false
		}
	}
	return true
}

func control(octet byte) bool { return octet < ' ' && octet != '\t' || octet == 0x7f }

// trimSpace cuts linear white space, folds included (RFC 3261 §25.1), off the front.
func trimSpace(text string) string {
	for text != "" && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n') {
		text = text[1:]
	}
	return text
}

// tokenLength is the length of the token (RFC 3261 §25.1) at the front of text.
func tokenLength(text string) int {
	for i := range len(text) {
		if !tokenOctets[text[i]] {
			return i
		}
	}
	return len(text)
}

var tokenOctets = func() (set [256]bool) {
	for octet := range set {
		letter := octet | 0x20
		set[octet] = octet < 0x80 && (letter >= 'a' && letter <= 'z' || octet >= '0' && octet <= '9' ||
			strings.IndexByte("-.!%*_+`'~", byte(octet)) >= 0)
	}
	return set
}()

// quotedStops are the octets that don't stand for themselves between quotes.
var quotedStops = func() (set [256]bool) {
	for octet := range set {
		set[octet] = octet == '"' || octet == '\\' || control(byte(octet))
	}
	return set
}()
