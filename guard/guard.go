package guard

import (
	"net/netip"
	"sync/atomic"
	"time"
)

// Guard decides about datagrams. Any number of goroutines may use it at once: all its
// state is atomic words. It reads no clock.
type Guard struct {
	start time.Time
	seed  seed

	stranger, neighbour, flow, strangers bucket

	trusted atomic.Pointer[[]network]

	strangerTable table // prefixes without standing; live means banned
	standingTable table // prefixes of live flows
	flowTable     table // addresses and ports vouched for

	_   [64]byte // what all strangers write is kept off the words that everybody reads
	all slot     // the bucket that all strangers share; its key is unused
	_   [64]byte

	counters [counterShards]counter
}

// Config is what a guard starts with.
type Config struct {
	// Start is where the guard's time begins; no later time passed in may precede it.
	Start time.Time
	// Key is secret and random; it decides who shares table entries with whom.
	Key [16]byte
	// Limits are the rates; zero fields take their defaults.
	Limits Limits
	// Trusted lists the sources without any limit.
	Trusted []netip.Prefix
}

// New makes a guard. Its error is that of [Limits.Validate] or [Guard.Trust].
func New(config Config) (*Guard, error) {
	if err := config.Limits.Validate(); err != nil {
		return nil, err
	}
	limits := config.Limits.withDefaults()
	g := &Guard{
		start:         config.Start,
		seed:          newSeed(config.Key),
		stranger:      limits.Stranger.bucket(),
		neighbour:     limits.Neighbour.bucket(),
		flow:          limits.Flow.bucket(),
		strangers:     limits.Strangers.bucket(),
		strangerTable: newTable(strangerEntries),
		standingTable: newTable(standingEntries),
		flowTable:     newTable(flowEntries),
	}
	if err := g.Trust(config.Trusted); err != nil {
		return nil, err
	}
	return g, nil
}

// Bytes is the size of all tables; it never changes.
func (g *Guard) Bytes() int {
	return slotBytes * (len(g.strangerTable.slots) + len(g.standingTable.slots) + len(g.flowTable.slots))
}

// since is the guard's time, in microseconds.
func (g *Guard) since(now time.Time) uint64 {
	return uint64(max(now.Sub(g.start), 0) / time.Microsecond)
}
