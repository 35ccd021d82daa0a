package media

import "net/netip"

// latch says from where a stream is taken, and where it is sent to.
//
// Signalling names one address. Behind a NAT the port may be another (symmetric RTP, RFC 4961), so the
// first packet after signalling may come from another port of the same IP address, and no later one.
// Nothing moves for a packet from elsewhere: who knows the port of a call neither hears it nor is
// heard. Where packets are authenticated (SRTP), the sender of an authentic one is followed anywhere.
type latch struct {
	signalled netip.AddrPort // the zero value: nowhere
	peer      netip.AddrPort // where to, and where from once it is shut
	open      bool           // the next packet of the signalled IP address decides
	grace     int            // packets during which the signalled port itself may still take over
}

// gracePackets is about five seconds: a re-negotiated far side may send from its old port a while.
const gracePackets = 250

// signal takes what signalling says, again or anew.
func (l *latch) signal(remote netip.AddrPort) {
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if remote != l.signalled {
		l.signalled, l.peer = remote, remote
	}
	l.open, l.grace = remote.IsValid(), 0
}

// expects tells whether a packet from there may be taken; it changes nothing.
func (l *latch) expects(from netip.AddrPort) bool {
	if !l.signalled.IsValid() || from.Addr() != l.signalled.Addr() {
		return false
	}
	return l.open || from == l.peer || l.grace > 0 && from == l.signalled
}

// take is told of a packet that was expected, and is one of the stream.
func (l *latch) take(from netip.AddrPort) {
	switch {
	case l.open:
		l.open = false
		l.peer = from
		if from != l.signalled {
			l.grace = gracePackets
		}
	case from != l.peer:
		l.peer, l.grace = from, 0
	case l.grace > 0:
		l.grace--
	}
}

// follow is told of a packet that authenticates itself.
func (l *latch) follow(from netip.AddrPort) { l.peer, l.open, l.grace = from, false, 0 }
