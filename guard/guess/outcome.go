package guess

import (
	"net/netip"
	"time"
)

// Failed reports that an allowed response was wrong, or that there is no such user.
func (g *Guesses) Failed(now time.Time, user string, from netip.Addr) {
	at := g.at(now)
	g.counts.Failed++
	c := g.claim(at, user, from)
	g.failures.fail(c.account, at, c.pace)
	if c.good {
		return
	}
	g.failures.fail(c.from.prefix, at, g.limits.Prefix)
	if !c.proven {
		g.unproven = max(g.unproven, at) + int64(g.limits.UnprovenEvery)
	}
}

// Succeeded reports that an allowed response was right: the address becomes good for the
// user, and its prefix proven. Failures stay counted: an attacker behind the same address
// would get them back with every refresh of the owner's. Also used for bindings restored
// at start.
func (g *Guesses) Succeeded(now time.Time, user string, from netip.Addr) {
	at := g.at(now)
	g.counts.Succeeded++
	source, name := g.source(from), g.user(user)
	known, _ := g.owners.get(name)
	known.remember(source, second(at))
	g.owners.put(name, known)
	g.proven.put(source.prefix, second(at))
}
