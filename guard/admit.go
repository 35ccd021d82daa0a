package guard

import (
	"net/netip"
	"time"
)

// Admit decides about one datagram as it came from the socket. It never allocates.
func (g *Guard) Admit(now time.Time, source netip.AddrPort, datagram []byte) Verdict {
	verdict := Admitted
	from := addressOf(source.Addr())
	if !g.trusts(from) {
		verdict = g.judge(g.since(now), from, source.Port(), len(datagram))
	}
	if verdict == Admitted && keepAlive(datagram) {
		verdict = KeepAlive
	}
	g.count(verdict, source.Port())
	return verdict
}

// judge spends from the bucket of the best class that the source has.
func (g *Guard) judge(now uint64, from address, port uint16, size int) Verdict {
	tokens := 1 + uint64(size)/perToken
	prefix := g.seed.prefixKey(from)
	standing := g.standingTable.find(prefix)
	if standing == nil || !standing.live(now) { // most of a flood ends here, without a look for flows
		return g.judgeStranger(now, prefix, tokens)
	}
	if flow := g.flowTable.find(g.seed.flowKey(from, port)); flow != nil && flow.live(now) {
		if flow.take(now, tokens, g.flow) {
			return Admitted
		}
		return FlowLimit
	}
	if standing.take(now, tokens, g.neighbour) {
		return Admitted
	}
	return SourceLimit
}

// judgeStranger asks the source's own bucket first, so that one loud stranger doesn't
// spend what all of them share; and makes an entry only for what it admits, so that a
// flood from everywhere doesn't turn the table over.
func (g *Guard) judgeStranger(now, prefix, tokens uint64) Verdict {
	known := g.strangerTable.find(prefix)
	if known != nil {
		if known.live(now) {
			return Banned
		}
		if !known.take(now, tokens, g.stranger) {
			return SourceLimit
		}
	}
	if !g.all.take(now, tokens, g.strangers) {
		return StrangersLimit
	}
	if known == nil {
		g.strangerTable.claim(prefix, now).take(now, tokens, g.stranger)
	}
	return Admitted
}

// keepAlive tells what only holds a binding of a NAT open: nothing, CRLFs (RFC 5626
// §3.5.1), or STUN, whose first byte is below 4 (RFC 7983 §7; some phones send zeros).
func keepAlive(datagram []byte) bool {
	if len(datagram) == 0 || datagram[0] < 4 {
		return true
	}
	if len(datagram) > longestKeepAlive {
		return false
	}
	for _, each := range datagram {
		if each != '\r' && each != '\n' {
			return false
		}
	}
	return true
}

// longestKeepAlive bounds the search for CRLFs; RFC 5626 sends four bytes.
const longestKeepAlive = 16
