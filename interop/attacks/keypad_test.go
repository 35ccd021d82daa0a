//go:build interop

package attacks

import "time"

// keypad makes a call with an offer, for who listens to keys.
func (f *fraud) keypad(who *phone, uri string) (*call, int) { return who.callWithMedia(uri) }

// callWithMedia makes a call with an offer; its media go nowhere.
func (p *phone) callWithMedia(uri string) (*call, int) {
	r := p.request("INVITE", uri)
	r.body = offer(p.local.Addr())
	return p.tryCall(r)
}

// press sends digits as INFO requests, one after the other, and gives the last answer; 0 for none.
func (c *call) press(digits string) (code int) {
	for _, digit := range digits {
		c.invite.cseq++
		r := c.request("INFO")
		r.body = "Signal=" + string(digit) + "\r\nDuration=100\r\n"
		r.fields = append(r.fields, "Content-Type: application/dtmf-relay")
		c.phone.sign(r)
		response, err := c.phone.once(r, timerB)
		if err != nil {
			return 0
		}
		code = response.StatusCode()
		time.Sleep(time.Millisecond)
	}
	return code
}
