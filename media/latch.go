package media

import (
	"net/netip"
	"time"
)

// latch says from where a stream is taken, and where it is sent to.
//
// Signalling names one address. Behind a NAT the port may be another (symmetric RTP, RFC 4961), so the
// first packet after signalling may come from another port of the same IP address, and no later one.
// A re-negotiation that names the same address lets another port in only if the known one has fallen
// silent. Nothing moves for a packet from elsewhere: who knows the port of a call neither hears it nor
// is heard. Where packets are authenticated (SRTP), the sender of an authentic one is followed anywhere.
type latch struct {
	signalled netip.AddrPort // the zero value: nowhere
	peer      netip.AddrPort // where to, and where from once it is shut
	open      bool           // the next packet of the signalled IP address decides
	taken     bool           // packets came from peer
	heard     time.Duration  // when the last one did, or signalling spoke after it
	grace     int            // packets during which the signalled port itself may still take over
}

const (
	// gracePackets is about five seconds: a re-negotiated far side may send from its old port a while.
	gracePackets = 250
	// fallenSilent is how long a known port sends nothing before another may follow it.
	fallenSilent = 300 * time.Millisecond
)

// signal takes what signalling says, again or anew.
func (l *latch) signal(remote netip.AddrPort, now time.Duration) {
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if remote != l.signalled {
		*l = latch{signalled: remote, peer: remote}
	}
	l.open, l.heard = remote.IsValid(), now
}

// expects tells whether a packet from there may be taken; it changes nothing.
func (l *latch) expects(from netip.AddrPort, now time.Duration) bool {
	if !l.signalled.IsValid() || from.Addr() != l.signalled.Addr() {
		return false
	}
	if from == l.peer || l.grace > 0 && from == l.signalled {
		return true
	}
	return l.open && (!l.taken || now-l.heard >= fallenSilent)
}

// take is told of a packet that was expected, and is one of the stream.
func (l *latch) take(from netip.AddrPort, now time.Duration) {
	switch {
	case from != l.peer:
		l.peer, l.grace = from, 0
		if from != l.signalled {
			l.grace = gracePackets
		}
	case l.grace > 0:
		l.grace--
	}
	l.open, l.taken, l.heard = false, true, now
}

// follow is told of a packet that authenticates itself.
func (l *latch) follow(from netip.AddrPort) { l.peer, l.taken, l.open, l.grace = from, true, false, 0 }
