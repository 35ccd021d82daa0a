package resolve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a resolver. Zero means the default named beside it.
type Options struct {
	Servers []netip.AddrPort // asked in this order, at most MaxServers; those of /etc/resolv.conf
	Timeout time.Duration    // DefaultTimeout, of one resolution
	Paths   []Path           // what can be sent on; nothing else is looked for

	// MaxKept, 20,000, bounds the answers kept: each counts one, and one for each of its
	// records. Those used longest ago go first.
	MaxKept int
	MinTTL  time.Duration // 5 s: an answer is kept at least as long, whatever it says
	MaxTTL  time.Duration // 1 h: and at most as long
	// NegativeTTL, 5 min, bounds how long it is believed that there is nothing (RFC 2308 §5).
	NegativeTTL time.Duration
	// Stale is for how long an answer still serves when its time is over and no server
	// answers (RFC 8767); 0: not at all.
	Stale time.Duration

	// Random gives a number from 0 to n-1, for the weights of SRV records; safe for any
	// number of callers. math/rand/v2.
	Random func(n int) int
	// Now is the clock of the cache; time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.MaxKept == 0 {
		o.MaxKept = 20_000
	}
	for _, wait := range []struct {
		value   *time.Duration
		instead time.Duration
	}{
		{&o.Timeout, DefaultTimeout},
		{&o.MinTTL, 5 * time.Second},
		{&o.MaxTTL, time.Hour},
		{&o.NegativeTTL, 5 * time.Minute},
	} {
		if *wait.value == 0 {
			*wait.value = wait.instead
		}
	}
	if o.Random == nil {
		o.Random = rand.IntN
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Counts are totals since the start, for metrics.
type Counts struct {
	Resolutions uint64 // Resolve called
	Nowhere     uint64 // of these, that ended with ErrNowhere
	Unanswered  uint64 // of these, that ended with ErrUnanswered
	Questions   uint64 // answers wanted, of which
	Hits        uint64 // were in the cache, and
	Stale       uint64 // came from it though their time was over
	Queries     uint64 // messages sent to name servers
	Strays      uint64 // datagrams from them that were no answer to the question
}

// Resolver resolves names and keeps what it learned.
type Resolver struct {
	options Options
	paths   map[Path]bool
	asking  atomic.Pointer[asking]
	counts  struct {
		resolutions, nowhere, unanswered, questions, hits, stale, queries, strays atomic.Uint64
	}

	context context.Context // ends with Close
	stop    context.CancelFunc

	mutex   sync.Mutex // guards all below
	closed  bool
	group   sync.WaitGroup // of Resolve and all that it starts
	cache   cache
	flights map[question]*flight
}

// asking is what Configure replaces.
type asking struct {
	servers []netip.AddrPort
	timeout time.Duration
}

// New makes a resolver. An error means that no name server is known.
func New(options Options) (*Resolver, error) {
	options = options.withDefaults()
	r := &Resolver{options: options, paths: map[Path]bool{}, flights: map[question]*flight{}, cache: newCache(options.MaxKept)}
	for _, path := range options.Paths {
		r.paths[path] = true
	}
	r.context, r.stop = context.WithCancel(context.Background())
	if err := r.Configure(options.Servers, options.Timeout); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

// Configure replaces the name servers, none for those of /etc/resolv.conf, and the time
// of a resolution. What is known stays known.
func (r *Resolver) Configure(servers []netip.AddrPort, timeout time.Duration) error {
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	if len(servers) > MaxServers {
		return fmt.Errorf("resolve: %d name servers, at most %d", len(servers), MaxServers)
	}
	if len(servers) == 0 {
		var err error
		if servers, err = systemServers(systemFile); err != nil {
			return fmt.Errorf("resolve: reading the name servers of this host: %w", err)
		}
	}
	r.asking.Store(&asking{servers: servers, timeout: timeout})
	return nil
}

// Servers are the name servers that are asked.
func (r *Resolver) Servers() []netip.AddrPort { return r.asking.Load().servers }

// Close ends what is under way, with ErrUnanswered, and waits for it.
func (r *Resolver) Close() {
	r.mutex.Lock()
	r.closed = true
	r.mutex.Unlock()
	r.stop()
	r.group.Wait()
}

// Counts are the resolver's totals.
func (r *Resolver) Counts() Counts {
	c := &r.counts
	return Counts{
		Resolutions: c.resolutions.Load(), Nowhere: c.nowhere.Load(), Unanswered: c.unanswered.Load(), Questions: c.questions.Load(),
		Hits: c.hits.Load(), Stale: c.stale.Load(), Queries: c.queries.Load(), Strays: c.strays.Load(),
	}
}

// Resolve gives the places to send a request to, in the order in which to try them
// (RFC 3263 §4). It blocks for at most the time of a resolution. The error is ErrNowhere
// or ErrUnanswered, or wraps one of them.
func (r *Resolver) Resolve(ctx context.Context, t Target) ([]Candidate, error) {
	r.counts.resolutions.Add(1)
	candidates, err := r.resolve(ctx, t)
	switch {
	case errors.Is(err, ErrNowhere):
		r.counts.nowhere.Add(1)
	case err != nil:
		r.counts.unanswered.Add(1)
	}
	return candidates, err
}

func (r *Resolver) resolve(ctx context.Context, t Target) ([]Candidate, error) {
	if candidates, err, known := r.withoutAsking(t); known {
		return candidates, err
	}
	r.mutex.Lock()
	if r.closed {
		r.mutex.Unlock()
		return nil, ErrUnanswered
	}
	r.group.Add(1)
	r.mutex.Unlock()
	defer r.group.Done()
	ctx, cancel := context.WithTimeout(ctx, r.asking.Load().timeout)
	defer cancel()
	defer context.AfterFunc(r.context, cancel)()
	s := &search{resolver: r, context: ctx, target: t}
	s.locate()
	switch {
	case len(s.found) > 0:
		return s.found, nil
	case s.unanswered:
		return nil, fmt.Errorf("resolve %s: %w", t.Host, ErrUnanswered)
	}
	return nil, fmt.Errorf("resolve %s: %w", t.Host, ErrNowhere)
}
