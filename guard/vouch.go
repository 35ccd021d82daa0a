package guard

import (
	"net/netip"
	"time"
)

// Vouch gives a source standing until a time, because a request from it has just been
// authenticated: its address and port get a bucket of their own, and its prefix is no
// stranger. It also pays back to the prefix what the authentication cost, so that any
// number of phones behind one address get in, as long as they succeed.
//
// A server that restarts vouches for the flows of the bindings it restores.
func (g *Guard) Vouch(now time.Time, source netip.AddrPort, until time.Time) {
	from := addressOf(source.Addr())
	if g.trusts(from) || !until.After(now) {
		return
	}
	at, end := g.since(now), g.since(until)
	g.standingTable.claim(g.seed.prefixKey(from), at).raise(at, end, refund*g.stranger.cost)
	g.flowTable.claim(g.seed.flowKey(from, source.Port()), at).raise(at, end, 0)
}

// Vouched tells whether a source has standing of its own.
func (g *Guard) Vouched(now time.Time, source netip.AddrPort) bool {
	flow := g.flowTable.find(g.seed.flowKey(addressOf(source.Addr()), source.Port()))
	return flow != nil && flow.live(g.since(now))
}
