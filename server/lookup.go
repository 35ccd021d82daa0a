package server

import (
	"context"
	"errors"
	"time"

	"hookflash/config"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/transport/resolve"
)

// stale is for how long a known answer still serves when no name server answers.
const stale = time.Hour

// openResolver makes the resolver: it looks for what the listeners can send to.
func (s *Server) openResolver(c *config.Config) (err error) {
	var paths []resolve.Path
	for i := range s.sockets {
		l := s.sockets[i].listener
		switch l.Transport {
		case machine.UDP, machine.TCP, machine.TLS: // to a WebSocket nobody is called (RFC 7118)
			paths = append(paths, resolve.Path{Transport: l.Transport, IPv6: l.Address.Addr().Is6()})
		case machine.WS, machine.WSS, machine.Inside:
		}
	}
	s.resolver, err = resolve.New(resolve.Options{Servers: c.Resolver.Servers, Timeout: c.Resolver.Timeout, Paths: paths, Stale: stale})
	return err
}

// lookup is proxy.Settings.Lookup. It runs on a worker.
func (s *Server) lookup(hop proxy.NextHop) proxy.Candidates {
	found, err := s.resolver.Resolve(context.Background(), resolve.Target(hop))
	candidates := proxy.Candidates{Unanswered: err != nil && !errors.Is(err, resolve.ErrNowhere)}
	for _, c := range found {
		candidates.List = append(candidates.List, proxy.Candidate(c))
	}
	return candidates
}
