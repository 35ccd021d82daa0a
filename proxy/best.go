package proxy

import "hookflash/sip"

// considerResponse keeps a final response if it is better than the best so far, and every
// challenge, as the caller must be able to answer them all at once.
func (c *responseContext) considerResponse(response *sip.Message) {
	code := response.StatusCode()
	c.considerAs(response, code)
	if challenges(code) && c.best != response {
		c.challenges = append(c.challenges, response)
	}
}

// challenges tells whether a response asks for credentials.
func challenges(code int) bool { return code == 401 || code == 407 }

// consider counts a failure found here like a response with that code.
func (c *responseContext) consider(response *sip.Message, code int) { c.considerAs(response, code) }

func (c *responseContext) considerAs(response *sip.Message, code int) {
	if c.bestCode == 0 || rank(code) < rank(c.bestCode) {
		c.best, c.bestCode = response, code
	}
}

// rank orders final responses, best first (RFC 3261 §16.7 step 6): 6xx, then the lowest
// class; within 4xx those that tell the caller what to do, and an answer of a phone
// before a silence.
func rank(code int) int {
	switch {
	case code >= 600:
		return 0
	case code < 400:
		return code
	}
	switch code {
	case 401, 407:
		return 401
	case 415, 420, 484:
		return 402
	case 486, 480, 488:
		return 403
	case 487, 408:
		return 498
	}
	if code < 500 {
		return 410
	}
	return code
}
