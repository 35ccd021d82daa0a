package sip

import "math"

// SessionExpires is the value of Session-Expires and, without a refresher, of Min-SE
// (RFC 4028 §4, §5).
type SessionExpires struct {
	Seconds   uint32 // RFC 4028 §4: at least 90 to be acceptable; that is the caller's to judge
	Refresher string // uac, uas or ""
	Params    Params // all of them, the refresher among them
}

// ParseSessionExpires parses a Session-Expires or Min-SE.
func ParseSessionExpires(s string) (SessionExpires, error) {
	seconds, params, err := secondsAndParams(s)
	if err != nil {
		return SessionExpires{}, err
	}
	refresher, there := params.Get("refresher")
	switch {
	case !there:
	case equalFold(refresher, "uac"):
		refresher = "uac"
	case equalFold(refresher, "uas"):
		refresher = "uas"
	default:
		return SessionExpires{}, ErrValue
	}
	return SessionExpires{Seconds: seconds, Refresher: refresher, Params: params}, nil
}

// secondsAndParams reads delta-seconds and parameters.
func secondsAndParams(s string) (uint32, Params, error) {
	s = trim(s)
	n, end := scanNumber(s, 0, math.MaxUint32)
	if end < 0 {
		return 0, "", ErrValue
	}
	params, err := paramsFrom(s, end)
	return uint32(n), params, err
}

// Append prints seconds and refresher; other parameters say nothing to the next hop.
func (e SessionExpires) Append(b []byte) []byte {
	b = appendNumber(b, uint64(e.Seconds))
	if e.Refresher != "" {
		b = appendParam(b, "refresher", e.Refresher)
	}
	return b
}
