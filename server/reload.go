package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hookflash/config"
	"hookflash/digest"
)

// Reload takes a new configuration, whole or not at all: on an error the server goes on
// as it was. Calls, registrations, connections and nonces stay. Listeners, the domain and the data
// folder can't change while the server runs.
func (s *Server) Reload(c *config.Config) error {
	if keys := s.current().config.RestartNeeded(c); len(keys) > 0 {
		return fmt.Errorf("reload: %s can't change while the server runs; restart it, or undo that change", strings.Join(keys, ", "))
	}
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	built, err := s.settingsFor(ctx, c, len(s.users))
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	security, err := securityOf(c)
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	if err := s.seed(ctx, c); err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	if err := s.guard.Trust(expected(c)); err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	if err := s.resolver.Configure(c.Resolver.Servers, c.Resolver.Timeout); err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	s.streams.Secure(*security)
	s.settings.Store(built)
	s.warnOfTrunks(c)
	for i := range s.users {
		s.users[i].mutex.Lock()
		s.users[i].identifier.Configure(built.identity)
		s.users[i].registrar.Configure(built.registrar)
		s.users[i].mutex.Unlock()
	}
	for i := range s.calls {
		s.calls[i].mutex.Lock()
		s.calls[i].machine.Configure(built.proxy)
		s.calls[i].mutex.Unlock()
	}
	s.takeMusic(c)
	if err := s.reinstall(); err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	return nil
}

// restore tells the machines what the log of registrations remembers: which nonces were
// used, and which addresses are good for whom.
func (s *Server) restore(now time.Time) {
	shardOf := s.userShardOf
	s.bindings.EachWindows(func(username string, windows digest.Windows) {
		shardOf(username).identifier.Restore(username, windows)
	})
	for _, record := range s.bindings.All() {
		user, _, _ := strings.Cut(record.AddressOfRecord, "@")
		for i := range record.Bindings {
			b := &record.Bindings[i]
			s.guard.Vouch(now, b.Flow.Remote, b.Expires)
			shardOf(user).identifier.Vouch(now, user, b.Flow.Remote.Addr())
		}
	}
}
