package guard

import (
	"net/netip"
	"time"
)

// Ban drops everything from a source's prefix until a time, unless the prefix is trusted
// or has standing: who shares an address with a registered phone is limited as its
// neighbour, but not banned. Ban only sources that have proven to receive what is sent to
// them (a nonce of ours came back), for others may be forged.
func (g *Guard) Ban(now time.Time, source netip.Addr, until time.Time) {
	if !until.After(now) {
		return
	}
	at := g.since(now)
	g.strangerTable.claim(g.seed.prefixKey(addressOf(source)), at).raise(at, g.since(until), 0)
}
