package registrar

import (
	"strconv"
	"time"

	"hookflash/sip"
)

// secondsOf reads delta-seconds. RFC 3261 §20.19: a malformed value is 3600; a number that
// is too large is as good as the largest.
func secondsOf(text string) time.Duration {
	if text == "" || len(text) > 20 {
		return time.Hour
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return time.Hour
	}
	return time.Duration(min(n, 1<<32-1)) * time.Second
}

// numberUpTo reads a decimal number, 0 for anything else.
func numberUpTo(text string, greatest uint64) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > greatest {
		return 0
	}
	return uint32(n)
}

// checkExpires: RFC 3261 §10.3 step 7: too brief is refused, too long shortened.
func (s *Settings) checkExpires(c *contact) *sip.StatusError {
	if c.expires > 0 && c.expires < time.Hour && c.expires < s.MinExpires {
		return refusedBrief
	}
	c.expires = min(c.expires, s.MaxExpires)
	return nil
}

// refusedBrief is answered with Min-Expires.
var refusedBrief = &sip.StatusError{Code: 423, Reason: "Interval Too Brief"}
