package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"time"

	"hookflash/config"
	"hookflash/digest"
	"hookflash/guard"
	"hookflash/identity"
	"hookflash/proxy"
	"hookflash/registrar"
	"hookflash/store"
)

// flowTimer is how often a phone is asked to show that its connection stands (RFC 5626
// §4.4.1); those that aren't told choose about the same.
const flowTimer = 2 * time.Minute

// openTimeout bounds how long the store may take to answer at start.
const openTimeout = 30 * time.Second

// Open makes a server: it opens the store, seeds the users and binds every socket, or
// fails without leaving anything open.
func Open(options Options) (server *Server, err error) {
	s := &Server{logger: options.Logger, version: options.Version, jobs: make(chan job, MaxJobs), residents: residents, clock: newClock()}
	if options.residents != nil {
		s.residents = options.residents
	}
	s.residents = atHome(s.residents, options.Config)
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			s.abandon()
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	if err := s.openStore(ctx, options.Config); err != nil {
		return nil, err
	}
	if err := s.listen(options.Config); err != nil {
		return nil, err
	}
	if options.Config.Listen.HTTP.IsValid() {
		if err := s.listenHTTP(options.Config.Listen.HTTP); err != nil {
			return nil, err
		}
	}
	if err := s.openResolver(options.Config); err != nil {
		return nil, err
	}
	if err := s.buildMachines(ctx, options.Config); err != nil {
		return nil, err
	}
	if err := s.openAgents(s.residents, time.Now()); err != nil {
		return nil, err
	}
	s.openTrunks(options.Config, time.Now())
	if s.pagesListener != nil {
		if err := s.openAdministration(ctx, options.Config); err != nil {
			return nil, err
		}
		s.openHTTP()
	}
	return s, nil
}

// abandon closes what a failed Open had opened.
func (s *Server) abandon() {
	for i := range s.sockets {
		if s.sockets[i].udp != nil {
			_ = s.sockets[i].udp.Close()
		}
	}
	if s.streams != nil {
		ended, cancel := context.WithTimeout(context.Background(), 0)
		_ = s.streams.Close(ended)
		cancel()
	}
	if s.pagesListener != nil {
		_ = s.pagesListener.Close()
	}
	if s.resolver != nil {
		s.resolver.Close()
	}
	_ = s.closeAgents()
	if s.store != nil {
		_ = s.store.Close()
	}
}

func (s *Server) openStore(ctx context.Context, c *config.Config) (err error) {
	if s.store, err = store.Open(ctx, store.Options{Directory: c.Data, Logger: s.logger}); err != nil {
		return fmt.Errorf("opening the data in %s: %w", c.Data, err)
	}
	s.directory, s.bindings = s.store.Directory(), s.store.Bindings
	s.logger.Debug("registrations recovered", "recovery", s.store.Recovery)
	s.tellUnreadable()
	return s.seed(ctx, c)
}

// buildMachines makes the settings and the shards.
func (s *Server) buildMachines(ctx context.Context, c *config.Config) error {
	shards := runtime.GOMAXPROCS(0)
	built, err := s.settingsFor(ctx, c, shards)
	if err != nil {
		return err
	}
	s.settings.Store(built)
	var guardKey [16]byte
	rand.Read(guardKey[:])
	now := time.Now()
	if s.guard, err = guard.New(guard.Config{Start: now, Key: guardKey, Trusted: expected(c)}); err != nil {
		return fmt.Errorf("guarding the sockets: %w", err)
	}
	s.userCalls = newUserCalls()
	views := proxy.Views{Users: s.directory, Bindings: s.bindings, Lines: &s.lines, Calls: s.userCalls}
	for range shards {
		var seed [32]byte
		rand.Read(seed[:])
		s.calls = append(s.calls, newCallShard(proxy.New(built.proxy, views, seed, now)))
		s.users = append(s.users, &userShard{gate: newTurnstile(), last: map[string]proxy.Called{}, identifier: identity.New(built.identity), registrar: registrar.New(built.registrar, s.bindings)})
	}
	s.restore(now)
	s.metrics = newMetrics(s)
	return nil
}

// settingsFor makes what a reload replaces.
func (s *Server) settingsFor(ctx context.Context, c *config.Config, shards int) (*settings, error) {
	var failures []error
	secret := func(name string, size int) []byte {
		value, err := s.store.Secrets().Secret(ctx, name, size)
		failures = append(failures, err)
		if err != nil {
			return make([]byte, size)
		}
		return value
	}
	nonces := digest.NewNonces(digest.Key(secret(store.NonceKey, 16)), digest.Lifetime)
	built := &settings{config: c}
	built.identity = &identity.Settings{
		Domains: []string{c.Domain}, Listeners: s.Addresses(), Trusted: c.Trusted, Guests: c.Guests, Digest: c.Digest,
		Nonces: &nonces, Key: digest.Key(secret("identity", 16)), Identifiers: shards,
	}
	built.registrar = registrar.Settings{
		Identity: built.identity, GRUUKey: [32]byte(secret(store.GRUUKey, 32)), MaxBindings: c.Limits.ContactsPerUser,
		MinExpires: c.Registration.Minimum, MaxExpires: c.Registration.Maximum, DefaultExpires: c.Registration.Default,
		FlowTimer: flowTimer,
	}
	built.gruus = registrar.NewGRUUs(built.identity, built.registrar.GRUUKey, s.bindings)
	built.proxy = &proxy.Settings{
		Domains: []string{c.Domain}, Listeners: s.listeners(), TimerC: c.TimerC,
		SessionExpires: c.Session.Expires, SessionMinimum: c.Session.Minimum,
		TokenKey: [32]byte(secret(store.RouteTokenKey, 32)), Resolve: built.gruus.Resolve, Challenge: built.identity.Challenge,
		Lookup: s.lookup, LookupTimeout: c.Resolver.Timeout, Agents: s.agentFlows(), Packages: s.agentPackages(),
		Trunks: trunksOf(c, secret("trunk", 32)), Mates: s.mates, Last: s.lastAddress, Alias: s.aliases(c),
	}
	if err := routing(built.proxy, c); err != nil {
		return nil, err
	}
	if err := errors.Join(failures...); err != nil {
		return nil, fmt.Errorf("reading the keys of the domain: %w", err)
	}
	return built, nil
}

// Addresses are where the server listens for SIP, in the order of its configuration.
func (s *Server) Addresses() []netip.AddrPort {
	addresses := make([]netip.AddrPort, len(s.sockets))
	for i := range s.sockets {
		addresses[i] = s.sockets[i].listener.Address
	}
	return addresses
}

func (s *Server) listeners() []proxy.Listener {
	listeners := make([]proxy.Listener, len(s.sockets))
	for i := range s.sockets {
		l := s.sockets[i].listener
		listeners[i] = proxy.Listener{Transport: l.Transport, Address: l.Address, Host: l.Address.String()}
	}
	return listeners
}
