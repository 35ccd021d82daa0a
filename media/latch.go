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
// silent. A phone behind a NAT that names its private address may send from where it signals from instead, which
// its server knows: the first packet from either address decides. Until then nothing is sent to a private address
// that is behind a public one. Nothing moves for a packet from elsewhere: who knows the port of a call neither hears it nor
// is heard. Where packets are authenticated (SRTP), the sender of an authentic one is followed anywhere.
type latch struct {
	signalled netip.AddrPort // the zero value: nowhere
	source    netip.Addr     // of the signalling of who is behind a NAT; the zero value: nobody is
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

// signal takes what signalling says, again or anew, and where it came from.
func (l *latch) signal(remote netip.AddrPort, source netip.Addr, now time.Duration) {
	remote, source = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port()), source.Unmap()
	if !private(remote.Addr()) || source == remote.Addr() {
		source = netip.Addr{}
	}
	if remote != l.signalled || source != l.source {
		*l = latch{signalled: remote, source: source, peer: remote}
		if source.IsValid() && !private(source) {
			l.peer = netip.AddrPort{} // another host may have that address here
		}
	}
	l.open, l.heard = remote.IsValid(), now
}

// expects tells whether a packet from there may be taken; it changes nothing.
func (l *latch) expects(from netip.AddrPort, now time.Duration) bool {
	if !l.signalled.IsValid() || !l.names(from.Addr()) {
		return false
	}
	if from == l.peer || l.grace > 0 && from == l.signalled {
		return true
	}
	return l.open && (!l.taken || now-l.heard >= fallenSilent)
}

// names tells whether a far side's packets may come from an address.
func (l *latch) names(address netip.Addr) bool {
	return address == l.signalled.Addr() || l.source.IsValid() && address == l.source
}

// private tells an address that means another host elsewhere (RFC 1918, RFC 6598, RFC 4193, RFC 3927).
func private(address netip.Addr) bool {
	return address.IsPrivate() || address.IsLoopback() || address.IsLinkLocalUnicast() || carrier.Contains(address)
}

// carrier is what carriers' NATs have (RFC 6598).
var carrier = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, 0, 0}), 10)

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
