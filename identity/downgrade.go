package identity

import (
	"net/netip"
	"slices"
	"time"

	"hookflash/digest"
	"hookflash/machine"
	"hookflash/sip"
)

const (
	// patience is how long after a list was offered a request without credentials still
	// says that it was not understood. Phones that fail try again within a minute.
	patience = 2 * time.Minute
	// beginnings is for how long after it requests of other calls may simply have been
	// under way: a phone starts several at once.
	beginnings = 5 * time.Second
	// remembered is how long a device stays one that knows MD5 only, after its last request.
	remembered = 24 * time.Hour
)

// Downgraded is an event: a device came back without credentials after a list of
// algorithms was offered, and is offered MD5 alone from here on. Told once per device.
type Downgraded struct {
	User      string
	From      netip.Addr
	UserAgent string
}

// device is a source address that claims to be a user, after a list was offered.
type device struct {
	at          time.Time // of the offer, or of the last request of a downgraded device
	call        uint64    // hash of the Call-ID it was offered to
	transaction uint64    // and of the branch and CSeq
	downgraded  bool
}

var md5Alone = []digest.Algorithm{digest.MD5}

// choice tells whether there is a list that a device could fail on, and MD5 in it.
func choice(list []digest.Algorithm) bool {
	return len(list) > 1 && slices.Contains(list, digest.MD5)
}

// offer settles which of a list is offered to a request without credentials, and tells
// whether the device was downgraded by that.
func (i *Identifier) offer(now time.Time, p machine.Packet, list []digest.Algorithm) (offer []digest.Algorithm, downgraded bool) {
	if !choice(list) {
		return list, false
	}
	m := p.Message
	claimed := i.settings.claimed(m)
	key := i.deviceKey(p.Flow.Remote.Addr(), sip.Unescape(claimed.URI.User))
	call, transaction := i.hashOf(m.CallID()), i.hashOf(m.Branch())+uint64(m.CSeq())
	known, found := i.devices.get(key)
	since := now.Sub(known.at)
	switch {
	case found && known.downgraded && since <= remembered:
		known.at = now
		list = md5Alone
	case !found || known.downgraded || since > patience:
		known = device{at: now, call: call, transaction: transaction}
	case known.transaction == transaction || known.call != call && since < beginnings:
		return list, false // a retransmission, or not an answer yet
	default:
		known = device{at: now, downgraded: true}
		list, downgraded = md5Alone, true
	}
	i.devices.put(key, known)
	return list, downgraded
}

// understands settles what is offered after credentials: MD5 alone to a downgraded
// device; any other has shown that it knows what to do with a list.
func (i *Identifier) understands(a *attempt, list []digest.Algorithm) []digest.Algorithm {
	if !choice(list) {
		return list
	}
	key := i.deviceKey(a.p.Flow.Remote.Addr(), a.credentials.Username)
	known, found := i.devices.get(key)
	switch {
	case !found:
	case known.downgraded && a.now.Sub(known.at) <= remembered:
		known.at = a.now
		i.devices.put(key, known)
		return md5Alone
	default:
		i.devices.forget(key)
	}
	return list
}

func (i *Identifier) deviceKey(from netip.Addr, user string) uint64 {
	bytes := from.As16()
	data := append(append(i.scratch[:0], labelMemory), bytes[:]...)
	i.scratch = append(data, user...)
	return i.settings.hash(i.scratch)
}

func (i *Identifier) hashOf(text string) uint64 {
	i.scratch = append(append(i.scratch[:0], labelMemory), text...)
	return i.settings.hash(i.scratch)
}
