package digest

import "crypto/subtle"

// Verify tells whether the response was made with ha1 for this method and body (the body
// counts for auth-int alone). It takes the same time and work whatever ha1 is, so that a
// user without an HA1 for the algorithm doesn't stand out; nor does it tell where a wrong
// response differs. It neither looks at the nonce nor compares URI with the Request-URI.
func (c *Credentials) Verify(ha1 HA1, method, body string) bool {
	size := c.Algorithm.Size()
	got, ok := parseHash(c.Response, size)
	if !ok || size == 0 {
		return false
	}
	made := exchange{
		algorithm: c.Algorithm,
		nonce:     c.Nonce,
		count:     c.count,
		cnonce:    c.CNonce,
		quality:   c.quality,
		qop:       c.QOP,
		method:    method,
		uri:       c.URI,
		body:      body,
	}
	want := made.response(ha1)
	equal := subtle.ConstantTimeCompare(got[:size], want[:size])
	return equal&subtle.ConstantTimeEq(int32(size), int32(ha1.length)) == 1
}

// exchange is what both sides hash beside the HA1, as it stands on the wire.
type exchange struct {
	algorithm                     Algorithm
	qop                           QOP // Auth, AuthInt or NoQOP
	nonce, count, cnonce, quality string
	method, uri, body             string
}

// response is the request-digest of RFC 7616 §3.4.1 in the algorithm's Size bytes.
func (e *exchange) response(ha1 HA1) [maxSize]byte {
	var scratch, second [scratchSize]byte
	size := e.algorithm.Size()

	// RFC 7616 §3.4.3: A2 = method ":" uri, with auth-int ":" H(body).
	a2 := append(second[:0], e.method...)
	a2 = append(a2, ':')
	a2 = append(a2, e.uri...)
	if e.qop == AuthInt {
		a2 = append(a2, ':')
		a2 = e.algorithm.appendHash(a2, []byte(e.body))
	}

	data := appendHex(scratch[:0], ha1.sum[:size])
	data = append(data, ':')
	data = append(data, e.nonce...)
	data = append(data, ':')
	if e.qop != NoQOP {
		data = append(data, e.count...)
		data = append(data, ':')
		data = append(data, e.cnonce...)
		data = append(data, ':')
		data = append(data, e.quality...)
		data = append(data, ':')
	}
	data = e.algorithm.appendHash(data, a2)
	return e.algorithm.sum(data)
}
