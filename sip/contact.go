package sip

import (
	"math"
	"strings"
)

// Contact is one value of Contact (RFC 3261 §20.10) with the parameters of RFC 5626.
type Contact struct {
	Address    Address // zero for "*"
	All        bool    // "*": every binding, REGISTER with Expires 0 only
	Expires    uint32  // seconds
	HasExpires bool
	Q          int    // thousandths; 1000 where it does not say
	Instance   string // of +sip.instance, without quotes and brackets; "" without one
	RegID      uint32 // 1 to 2^31-1; 0 without one
}

// ParseContact parses one value of Contact. RFC 3261 §10.2.1.1: a malformed expires
// counts as 3600. Of the parameters known here none may stand twice.
func ParseContact(s string) (Contact, error) {
	if s = trim(s); s == "*" {
		return Contact{All: true, Q: maxQ}, nil
	}
	address, err := ParseAddress(s)
	if err != nil {
		return Contact{}, err
	}
	c := Contact{Address: address, Q: maxQ}
	seen := 0
	for name, value := range address.Params.Each {
		which := 0
		switch {
		case equalFold(name, "expires"):
			n, ok := number(value, math.MaxUint32)
			if !ok {
				n = malformedExpires
			}
			which, c.Expires, c.HasExpires = 1, uint32(n), true
		case equalFold(name, "q"):
			which = 2
			if c.Q, err = ParseQ(value); err != nil {
				return Contact{}, err
			}
		case equalFold(name, "+sip.instance"):
			which, c.Instance = 4, strings.TrimSuffix(strings.TrimPrefix(Unquote(value), "<"), ">")
		case equalFold(name, "reg-id"):
			n, ok := number(value, math.MaxInt32)
			if !ok || n == 0 {
				return Contact{}, ErrValue
			}
			which, c.RegID = 8, uint32(n)
		}
		if seen&which != 0 {
			return Contact{}, ErrValue
		}
		seen |= which
	}
	return c, nil
}

const (
	maxQ             = 1000 // thousandths
	malformedExpires = 3600 // seconds
)

// ParseQ parses a qvalue in thousandths, 0 to 1000 (RFC 3261 §25.1).
func ParseQ(s string) (int, error) {
	if s == "" || len(s) > 5 || s[0] != '0' && s[0] != '1' || len(s) > 1 && s[1] != '.' {
		return 0, ErrValue
	}
	q := int(s[0]-'0') * maxQ
	for i, weight := 2, 100; i < len(s); i, weight = i+1, weight/10 {
		if s[i]-'0' > 9 {
			return 0, ErrValue
		}
		q += int(s[i]-'0') * weight
	}
	if q > maxQ {
		return 0, ErrValue
	}
	return q, nil
}

// AppendQ prints a qvalue of 0 to 1000 thousandths in as few digits as it takes.
func AppendQ(b []byte, q int) []byte {
	if q >= maxQ {
		return append(b, '1')
	}
	b = append(b, '0')
	if q <= 0 {
		return b
	}
	b = append(b, '.')
	for weight := 100; q > 0; weight /= 10 {
		b = append(b, byte('0'+q/weight))
		q %= weight
	}
	return b
}

// Append prints the contact: the address as it came, and the parameters known here.
func (c Contact) Append(b []byte) []byte {
	if c.All {
		return append(b, '*')
	}
	b = c.Address.appendBracketed(b)
	if c.HasExpires {
		b = appendNumberParam(b, "expires", uint64(c.Expires))
	}
	if c.Q != maxQ {
		b = AppendQ(append(b, ";q="...), c.Q)
	}
	if c.Instance != "" {
		b = appendQuoted(append(b, ";+sip.instance="...), "<"+c.Instance+">")
	}
	if c.RegID != 0 {
		b = appendNumberParam(b, "reg-id", uint64(c.RegID))
	}
	return b
}
