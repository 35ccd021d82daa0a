package proxy

import (
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// trunkFailed asks the next hop, of this trunk or of the next one, where a response says that the
// gateway could not place the call, and no phone rang yet: 408, 500, 502, 503 and 504, which stand for
// the network's failures (RFC 3398 §8.2.6.1). Whatever else it says is about the call: it would be
// said by any other gateway as well, and goes back.
func (m *Machine) trunkFailed(now time.Time, b *branch, response *sip.Message, out *machine.Output) bool {
	switch response.StatusCode() {
	case 503:
		period := shunFor
		if seconds, ok := response.Number(sip.HeaderRetryAfter); ok && seconds > 0 {
			period = min(time.Duration(seconds)*time.Second, maxShun)
		}
		m.shun(now, &b.target, period)
	case 408, 500, 502, 504:
	default:
		return false
	}
	return !b.rang && m.tryNext(now, b, out)
}
