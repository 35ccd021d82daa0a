package sip

import "errors"

// ErrValue is a malformed value of a header field.
var ErrValue = errors.New("malformed header field value")

// headed splits a value of the commonest form: a token, then parameters.
func headed(s string) (head string, params Params, err error) {
	s = trim(s)
	end := span(classToken, s, 0)
	if end == 0 {
		return "", "", ErrValue
	}
	params, err = paramsFrom(s, end)
	return s[:end], params, err
}

// paramsFrom takes the rest of s from i on, which must be parameters and no more.
func paramsFrom(s string, i int) (Params, error) {
	list := paramScan{space: classSpace}
	if list.scan(s, i) != len(s) {
		return "", ErrValue
	}
	return Params(trim(s[i:])), nil
}

// number is a numeric parameter; ok is false when it is malformed, and there tells whether
// it stands at all.
func (p Params) number(name string, greatest uint64) (n uint64, there, ok bool) {
	value, there := p.Get(name)
	if !there {
		return 0, false, true
	}
	n, ok = number(value, greatest)
	return n, true, ok
}

// appendParam prints ";name=value", the value quoted when it is no token.
func appendParam(b []byte, name, value string) []byte {
	b = append(append(b, ';'), name...)
	if value == "" {
		return b
	}
	b = append(b, '=')
	if is(classToken, value) {
		return append(b, value...)
	}
	return appendQuoted(b, value)
}

func appendNumberParam(b []byte, name string, n uint64) []byte {
	b = append(append(b, ';'), name...)
	return appendNumber(append(b, '='), n)
}
