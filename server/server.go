package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"hookflash/b2bua"
	"hookflash/config"
	"hookflash/directory"
	"hookflash/guard"
	"hookflash/identity"
	"hookflash/media"
	"hookflash/proxy"
	"hookflash/registrar"
	"hookflash/service/assist"
	"hookflash/service/lamps"
	"hookflash/service/park"
	"hookflash/service/redial/recall"
	"hookflash/service/voicemail"
	"hookflash/store"
	"hookflash/store/mailbox"
	"hookflash/store/recording"
	"hookflash/transport"
	"hookflash/transport/resolve"
)

// Server is one running server. Its fields are set by Open and never change afterwards,
// but for what current holds.
type Server struct {
	logger         *slog.Logger
	version        string
	settings       atomic.Pointer[settings]
	store          *store.Data
	directory      directory.View
	bindings       *store.Bindings
	guard          *guard.Guard
	calls          []*callShard
	users          []*userShard
	sockets        []socket // by the index of their listener
	streams        *transport.Streams
	resolver       *resolve.Resolver
	http           *http.Server
	pagesListener  net.Listener // of http
	metrics        *metrics
	jobs           chan job
	residents      []resident
	lines          lines         // of trunks, that are taken
	userCalls      *userCalls    // calls of users, over all shards
	agents         []*agentShard // by number, the first is 1
	media          *media.Engine // of the agents; nil without any
	portsAtOnce    int           // that an agent binds
	mediaAddress   netip.Addr
	clock          *clock
	recordings     *os.Root         // the folder of voice messages; nil without agents
	dataFolder     *os.Root         // as long as taken
	taken          *recording.Store // what was recorded of calls and rooms; nil without agents
	boxes          *mailbox.Boxes
	voicemail      *voicemail.Service // belongs to voicemailAgent; nil: there is none
	voicemailAgent *agentShard
	clicks         *clickDesk    // nil: there is none
	park           *park.Service // belongs to parkAgent; nil: there is none
	parkAgent      *agentShard
	rooms          roomDesk
	lamps          *lamps.Lamps // belongs to lampsAgent
	lampsAgent     *agentShard
	redial         *recall.Service // belongs to redialAgent; nil: there is none
	bridge         *b2bua.Exchange
	handOver       *assist.HandOver // belongs to the bridge's agent
	redialAgent    *agentShard
	taps           taps
	batches        sync.Pool // of *batch, for streams
	draining       atomic.Bool
	ready          atomic.Bool
	warned         atomic.Int64 // when all that mayWarn allowed so far would be due, in Unix nanoseconds
	running        sync.WaitGroup
	stop           context.CancelFunc
}

// settings is what a reload replaces, all at once.
type settings struct {
	config    *config.Config
	identity  *identity.Settings
	registrar registrar.Settings
	gruus     *registrar.GRUUs
	proxy     *proxy.Settings
}

func (s *Server) current() *settings { return s.settings.Load() }

// socket is one listener of the configuration; udp is nil for a stream listener.
type socket struct {
	listener config.Listener
	udp      *transport.UDP
}

// Options are what a server is opened with besides its configuration.
type Options struct {
	Config  *config.Config
	Logger  *slog.Logger
	Version string

	residents []resident // for tests; nil: those of every server
}

// Run serves until the context ends, then drains: new calls are refused with 503, those
// that stand may end in the time the configuration gives them.
func (s *Server) Run(ctx context.Context) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	defer stop()
	s.start(running)
	s.ready.Store(true)
	s.logger.Info("serving", "domain", s.current().config.Domain, "listen", s.listening(), "users", len(s.store.Users().All()), "bindings", s.bindings.Count())
	<-ctx.Done()
	s.drain()
	s.ready.Store(false)
	stop()
	return s.Close()
}

// start begins every goroutine of the server.
func (s *Server) start(ctx context.Context) {
	if len(s.agents) > 0 {
		s.beginAgents(time.Now())
	}
	s.streams.Release()
	for i := range s.sockets {
		if udp := s.sockets[i].udp; udp != nil {
			s.running.Go(func() { s.readDatagrams(udp, uint16(i)) })
		}
	}
	s.running.Go(func() { s.keepTime(ctx) })
	if len(s.agents) > 0 {
		s.running.Go(func() { s.keepAgents(ctx) })
		s.register(true)
	}
	if s.boxes != nil {
		s.running.Go(func() { s.expireMessages(ctx) })
	}
	if s.taken != nil {
		s.running.Go(func() { s.expireRecordings(ctx) })
	}
	for range JobWorkers {
		s.running.Go(func() { s.work(ctx) })
	}
	if s.http != nil {
		s.running.Go(func() { s.serveHTTP(ctx) })
	}
}

// drain waits until every call has ended or the time is over.
func (s *Server) drain() {
	s.draining.Store(true)
	for _, shard := range s.calls {
		shard.mutex.Lock()
		shard.machine.Drain()
		shard.mutex.Unlock()
	}
	s.waitForCalls()
	if len(s.agents) > 0 {
		s.register(false)
		s.hangUpAgents()
	}
}

func (s *Server) waitForCalls() {
	patience := s.current().config.Shutdown.Drain
	if s.callCount() == 0 {
		return
	}
	s.logger.Info("draining", "calls", s.callCount(), "patience", patience)
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	look := time.NewTicker(4 * tick)
	defer look.Stop()
	for s.callCount() > 0 {
		select {
		case <-deadline.C:
			s.logger.Warn("calls are still up; their media goes on without the server", "calls", s.callCount())
			return
		case <-look.C:
		}
	}
}

// callCount is how many requests and calls the server has in hand.
func (s *Server) callCount() (count int) {
	for _, shard := range s.calls {
		shard.mutex.Lock()
		servers, clients, _, dialogs := shard.machine.Pending()
		shard.mutex.Unlock()
		count += servers + clients + dialogs
	}
	return count
}

// closePatience is how long connections may take to write what is queued at the end.
const closePatience = 2 * time.Second

// Close ends every goroutine and closes what is open.
func (s *Server) Close() error {
	if s.stop != nil {
		s.stop()
	}
	var failures []error
	for i := range s.sockets {
		if s.sockets[i].udp != nil {
			failures = append(failures, s.sockets[i].udp.Close())
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	failures = append(failures, s.streams.Close(ctx))
	s.resolver.Close()
	s.running.Wait()
	if s.pagesListener != nil {
		_ = s.pagesListener.Close() // closed already if it was served
	}
	failures = append(failures, s.closeAgents(), s.store.Close())
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("closing the server: %w", err)
	}
	return nil
}

func (s *Server) listening() []string {
	names := make([]string, len(s.sockets))
	for i := range s.sockets {
		names[i] = s.sockets[i].listener.String()
	}
	return names
}

// newBatch makes the scratch of one reader.
func (s *Server) newBatch() *batch {
	return &batch{server: s, commit: committer{batch: s.bindings.Batch()}}
}
