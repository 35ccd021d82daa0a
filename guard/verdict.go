package guard

import "sync/atomic"

// Verdict is what becomes of a datagram.
type Verdict uint8

// The verdicts. Everything from SourceLimit on is dropped, without an answer.
const (
	// Admitted is to be parsed.
	Admitted Verdict = iota
	// KeepAlive was admitted too, but holds no message.
	KeepAlive
	// SourceLimit: the prefix sends more than its class may.
	SourceLimit
	// FlowLimit: a flow that was vouched for sends more than a flow may.
	FlowLimit
	// StrangersLimit: all strangers together send more than they may.
	StrangersLimit
	// Banned: the prefix is banned.
	Banned

	// Verdicts is how many there are; a Verdict is below it.
	Verdicts = iota
)

var verdictNames = [Verdicts]string{"admitted", "keep_alive", "source_limit", "flow_limit", "strangers_limit", "banned"}

// String is the name of the verdict in metrics.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return "unknown"
}

// Dropped tells that nobody should look at the datagram any further.
func (v Verdict) Dropped() bool { return v >= SourceLimit }

// Counts is how many datagrams met each verdict, indexed by Verdict.
type Counts [Verdicts]uint64

// counterShards spreads the counting over cache lines, by source port.
const counterShards = 8

// counter fills one cache line.
type counter [8]atomic.Uint64

func (g *Guard) count(verdict Verdict, port uint16) {
	g.counters[port%counterShards][verdict].Add(1)
}

// Counts is the total so far.
func (g *Guard) Counts() Counts {
	var counts Counts
	for shard := range g.counters {
		for verdict := range counts {
			counts[verdict] += g.counters[shard][verdict].Load()
		}
	}
	return counts
}
