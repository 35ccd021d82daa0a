package proxy

import (
	"net/netip"
	"strings"
	"time"

	"github.com/dchest/siphash"

	"hookflash/machine"
	"hookflash/sip"
)

// MESSAGE carries media, where other requests carry signalling alone, and a SUBSCRIBE makes many NOTIFYs: so
// neither is to keep calls waiting (RFC 3428 §8, RFC 6665 §6.4).
//
// Who goes beyond a rate or a number is told 480 with Retry-After: unlike 503 it sends nobody to another
// server or away from this one (RFC 3263 §4.3), and unlike 500 it says that the request may succeed as it is.
// Within a dialog 480 could end the call (RFC 5057 §5.1), so it is 500 with Retry-After there. What is too large
// gets 413 without Retry-After, as it will not become smaller.
const (
	// MaxMessage bounds the octets of a MESSAGE, header fields and body; 413 beyond.
	MaxMessage = 16 << 10
	// MaxPendingMessages is how many MESSAGEs towards one recipient may wait for an answer at a machine, and
	// MaxPendingEach how many of these one sender may have there. RFC 3428 §8 lets clients have one.
	MaxPendingMessages, MaxPendingEach = 32, 4

	// What one user may send through a machine, outside and within dialogs for MESSAGE, outside for SUBSCRIBE:
	// so many at once, and one more after each interval. A console begins with hundreds of lamps; a program that
	// writes to everybody in a small firm is done in a minute.
	MessageBurst, MessageInterval     = 60, 500 * time.Millisecond
	SubscribeBurst, SubscribeInterval = 500, 100 * time.Millisecond
	// What all who are no users of ours may send from one address, or one prefix of 64 bits.
	GuestMessageBurst, GuestMessageInterval     = 20, 2 * time.Second
	GuestSubscribeBurst, GuestSubscribeInterval = 20, 5 * time.Second
)

// rates are those above, for guests and for users.
var (
	messageRates   = [2]rate{{GuestMessageInterval, GuestMessageBurst}, {MessageInterval, MessageBurst}}
	subscribeRates = [2]rate{{GuestSubscribeInterval, GuestSubscribeBurst}, {SubscribeInterval, SubscribeBurst}}
)

var (
	tooLarge          = &sip.StatusError{Code: 413, Reason: sip.Reason(413)}
	tooManyMessages   = &sip.StatusError{Code: 480, Reason: "Too Many Messages", RetryAfter: 10}
	tooManyPending    = &sip.StatusError{Code: 480, Reason: "Too Many Messages Waiting", RetryAfter: 32}
	tooManySubscribes = &sip.StatusError{Code: 480, Reason: "Too Many Subscriptions At Once", RetryAfter: 30}
	// 500 is what leaves the dialog alone.
	tooManyInDialog = &sip.StatusError{Code: 500, Reason: "Too Many Messages", RetryAfter: 10}
)

// letters is what a machine knows of MESSAGE and SUBSCRIBE.
type letters struct {
	rates   rateTable
	pending map[uint64]int // MESSAGEs, by recipient and by sender and recipient
}

// mayWrite tells whether a MESSAGE, or a SUBSCRIBE outside a dialog, may go on; nil when that is so, and for any
// other request. user is who is known to send it, "" for whoever is none of ours.
func (m *Machine) mayWrite(now time.Time, r *request, user string) *sip.StatusError {
	problem := m.judgeLetter(now, r, user)
	switch method := r.p.Message.Method(); {
	case problem == nil && method == sip.MESSAGE:
		m.counts.Messages++
	case problem != nil && method == sip.MESSAGE:
		m.counts.MessagesRefused++
	case problem != nil:
		m.counts.SubscribesRefused++
	}
	return problem
}

func (m *Machine) judgeLetter(now time.Time, r *request, user string) *sip.StatusError {
	message := r.p.Message
	method, inDialog := message.Method(), message.ToTag() != ""
	if method != sip.MESSAGE && (method != sip.SUBSCRIBE || inDialog) {
		return nil
	}
	if method == sip.MESSAGE && !r.who.Trusted && oversized(message, r.p.Flow) {
		return tooLarge
	}
	if method == sip.MESSAGE && !inDialog {
		recipient, each := m.letterKeys(r)
		if m.letters.pending[recipient] >= MaxPendingMessages || m.letters.pending[each] >= MaxPendingEach {
			return tooManyPending
		}
	}
	// Agents of the process answer for themselves, and gateways and trusted sources for whoever is behind them.
	if r.p.Flow.Transport == machine.Inside || user == "" && (r.who.Trusted || r.trunk != nil) {
		return nil
	}
	rates, refusal, kind := &messageRates, tooManyMessages, byte('m')
	switch {
	case method == sip.SUBSCRIBE:
		rates, refusal, kind = &subscribeRates, tooManySubscribes, 's'
	case inDialog:
		refusal = tooManyInDialog
	}
	known := 0
	if user != "" {
		known = 1
	}
	m.value = appendSender(append(m.value[:0], kind), user, r.p.Flow.Remote.Addr())
	if !m.letters.rates.take(now, m.hash(m.value), rates[known]) {
		return refusal
	}
	return nil
}

// oversized tells of a MESSAGE that is larger than its sender may make it. How large those of a trusted neighbour are is
// that neighbour's matter.
func oversized(message *sip.Message, from machine.Flow) bool {
	size := len(message.Text())
	return size > MaxMessage || size > datagramLimit && !from.Transport.Reliable()
}

// hash is keyed, so that nobody chooses whose bucket is shared.
func (m *Machine) hash(value []byte) uint64 { return siphash.Hash(m.hashKey[0], m.hashKey[1], value) }

// appendSender writes who sends: a user, or a prefix of addresses.
func appendSender(b []byte, user string, from netip.Addr) []byte {
	if user != "" {
		return append(append(b, 'u'), user...)
	}
	if from = from.Unmap(); from.Is6() {
		if prefix, err := from.Prefix(64); err == nil {
			from = prefix.Addr()
		}
	}
	octets := from.As16()
	return append(append(b, 'a'), octets[:]...)
}

// letterKeys are those of the recipient of a MESSAGE, however the URI is written, and of sender and recipient.
func (m *Machine) letterKeys(r *request) (recipient, each uint64) {
	v := append(m.value[:0], 'r')
	v = append(v, sip.Unescape(r.uri.User)...)
	if !m.settings.serves(r.uri) {
		v = append(append(v, '@'), strings.ToLower(r.uri.Host)...)
	}
	recipient = m.hash(v)
	m.value = appendSender(append(v, 0), r.userName(), r.p.Flow.Remote.Addr())
	return recipient, m.hash(m.value)
}

// pend counts a MESSAGE outside a dialog that begins to wait for its answer, or ends to: under the same keys,
// whatever domains were configured meanwhile.
func (m *Machine) pend(c *responseContext, by int) {
	if c.inDialog || c.request.Method() != sip.MESSAGE {
		return
	}
	if by > 0 {
		recipient, each := m.letterKeys(&c.arrived)
		c.letter = &[2]uint64{recipient, each}
	}
	if m.letters.pending == nil {
		m.letters.pending = map[uint64]int{}
	}
	for _, key := range c.letter {
		if m.letters.pending[key] += by; m.letters.pending[key] <= 0 {
			delete(m.letters.pending, key)
		}
	}
}

// tooLong is the response for a request that is too large for where it would go, 0 for any other. A large MESSAGE
// leaves by no transport where nothing slows it down when the network is full (RFC 3428 §8).
func tooLong(c *responseContext, t *target, data []byte) int {
	switch {
	case len(data) > sip.MaxMessage:
		return 513
	case c.request.Method() == sip.MESSAGE && !c.arrived.who.Trusted && !t.flow.Transport.Reliable() && len(c.request.Text()) > datagramLimit:
		return 413
	}
	return 0
}
