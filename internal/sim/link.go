package sim

import (
	"net/netip"
	"strings"
	"time"
)

// Link is what happens to datagrams on their way from one host to another, decided by
// the network's seed. Streams feel its delay and jitter only. The zero value is a good
// line.
type Link struct {
	Delay       time.Duration // one way; zero: 10 ms, negative: none
	Jitter      time.Duration // added at random, from none to this much
	Loss        float64       // probability, 0 to 1
	Duplication float64       // probability, 0 to 1
	Reordering  float64       // probability of being overtaken by others, 0 to 1
	// LostCopies is how many copies of one datagram, or of answers alike, may get lost, so that a message
	// sent over and over arrives for every seed; zero: 3, negative: without limit.
	LostCopies int
}

// Rain is a bad line: loss, duplication 30 %, reordering 20 %, jitter 30 ms.
func Rain(loss float64) Link {
	return Link{Jitter: 30 * time.Millisecond, Loss: loss, Duplication: 0.3, Reordering: 0.2}
}

// SetLink gives the way from one host to another, both by name, a link of its own.
func (n *Network) SetLink(from, to string, link Link) { n.links[[2]string{from, to}] = link }

// SetLinks changes the link of every pair without one of its own, from now on, and gives what it was.
func (n *Network) SetLinks(link Link) (before Link) {
	before, n.config.Link = n.config.Link, link
	return before
}

func (n *Network) link(from, to string) Link {
	if link, ok := n.links[[2]string{from, to}]; ok {
		return link
	}
	return n.config.Link
}

// latency draws the time that one message takes.
func (n *Network) latency(link Link) time.Duration {
	delay := max(0, link.Delay)
	if link.Delay == 0 {
		delay = 10 * time.Millisecond
	}
	if link.Jitter > 0 {
		delay += time.Duration(n.random.Int64N(int64(link.Jitter) + 1))
	}
	return delay
}

// detour draws the extra time of a datagram that others overtake.
func (n *Network) detour(link Link) time.Duration {
	return n.latency(link) + time.Duration(n.random.Int64N(int64(100*time.Millisecond)))
}

func (n *Network) chance(probability float64) bool {
	return probability > 0 && n.random.Float64() < probability
}

// loses decides about one copy of a datagram.
func (n *Network) loses(link Link, from, to netip.AddrPort, text string) bool {
	if !n.chance(link.Loss) {
		return false
	}
	limit := link.LostCopies
	if limit == 0 {
		limit = 3
	}
	key := from.String() + ">" + to.String() + " " + likeness(text)
	if limit > 0 && n.losses[key] >= limit {
		return false
	}
	n.losses[key]++
	return true
}

// likeness is the same for messages that stand for one another: copies, and answers of a
// server without state to copies, which may differ in nonce or time.
func likeness(text string) string {
	line, rest, _ := strings.Cut(text, "\r\n")
	_, branch, _ := strings.Cut(rest, ";branch=")
	if end := strings.IndexAny(branch, ";\r, "); end >= 0 {
		branch = branch[:end]
	}
	if branch == "" {
		return text
	}
	return line + " " + branch
}
