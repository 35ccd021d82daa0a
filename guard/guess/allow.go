package guess

import (
	"net/netip"
	"time"
)

// Allow tells whether a digest response for a user, from a source, may be evaluated. On
// false it must not be, and the answer must not depend on whether it was right.
func (g *Guesses) Allow(now time.Time, user string, from netip.Addr) bool {
	at := g.at(now)
	refused := g.refuse(at, g.claim(at, user, from))
	if refused != nil {
		*refused++
		return false
	}
	g.counts.Allowed++
	return true
}

// claim is who says to be a user, and from where, with what we know of that.
type claim struct {
	from    source
	user    uint64
	account uint64 // the user's, or the user's at this good address, or near one
	pace    Pace
	good    bool // or near
	proven  bool // somebody succeeded in this prefix
}

func (g *Guesses) claim(at int64, name string, ip netip.Addr) claim {
	c := claim{from: g.source(ip), user: g.user(name)}
	owner, _ := g.owners.get(c.user)
	good, near := owner.knows(c.from, second(at))
	switch {
	case good:
		c.account, c.pace, c.good = g.hash(ofGood, c.user, c.from.address), g.limits.Good, true
	case near:
		c.account, c.pace, c.good = g.hash(ofNear, c.user, c.from.prefix), g.limits.Good, true
	default:
		c.account, c.pace = c.user, g.limits.User
		seen, known := g.proven.get(c.from.prefix)
		c.proven = known && second(at)-seen <= goodSeconds
	}
	return c
}

// refuse finds the first account that refuses, and returns its counter; nil lets through.
func (g *Guesses) refuse(at int64, c claim) *uint64 {
	if c.good {
		if !g.failures.open(c.account, at) {
			return &g.counts.RefusedGood
		}
		return nil
	}
	crowded := g.failures.backing(c.account, at, c.pace)
	if crowded && !g.failures.patient(g.hash(ofRival, c.user, c.from.site), at) || !g.failures.open(c.account, at) {
		return &g.counts.RefusedUser
	}
	if !g.failures.open(c.from.prefix, at) {
		return &g.counts.RefusedPrefix
	}
	if !c.proven && !g.allowUnproven(at, c.from.site) {
		return &g.counts.RefusedUnproven
	}
	return nil
}

// allowUnproven asks the account of all unproven prefixes; where it is half used up, only
// sites that don't hammer are heard.
func (g *Guesses) allowUnproven(at int64, site uint64) bool {
	every := int64(g.limits.UnprovenEvery)
	window := every * int64(g.limits.UnprovenBurst)
	owed := max(g.unproven-at, 0)
	if owed > window/2 && !g.failures.patient(g.hash(ofSite, site, 0), at) {
		return false
	}
	return owed+every <= window
}
