package sip

import "math"

// RAck is the value of RAck: which provisional response a PRACK acknowledges (RFC 3262
// §7.2).
type RAck struct {
	RSeq   uint32 // of the response, from 1
	CSeq   uint32
	Method Method
}

// ParseRAck parses a RAck.
func ParseRAck(s string) (RAck, error) {
	s = trim(s)
	rseq, end := scanNumber(s, 0, math.MaxUint32)
	if end < 0 || rseq == 0 {
		return RAck{}, ErrValue
	}
	start := skip(classSpace, s, end)
	cseq, end := scanNumber(s, start, maxCSeq)
	if end < 0 || start == 0 || !isSpace(s[start-1]) {
		return RAck{}, ErrValue
	}
	method := skip(classSpace, s, end)
	if method == end || !IsToken(s[method:]) {
		return RAck{}, ErrValue
	}
	return RAck{RSeq: uint32(rseq), CSeq: uint32(cseq), Method: Method(s[method:])}, nil
}

// Append prints the RAck.
func (r RAck) Append(b []byte) []byte {
	b = appendNumber(b, uint64(r.RSeq))
	b = appendNumber(append(b, ' '), uint64(r.CSeq))
	return append(append(b, ' '), r.Method...)
}

// ParseRSeq parses an RSeq, 1 to 2^32-1 (RFC 3262 §7.1).
func ParseRSeq(s string) (uint32, error) {
	s = trim(s)
	n, end := scanNumber(s, 0, math.MaxUint32)
	if end != len(s) || n == 0 {
		return 0, ErrValue
	}
	return uint32(n), nil
}
