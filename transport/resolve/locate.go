package resolve

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"

	"hookflash/machine"
	"hookflash/sip"
)

// search is one resolution. It belongs to the goroutine that runs it.
type search struct {
	resolver *Resolver
	context  context.Context
	target   Target
	found    []Candidate
	// unanswered: some question got no answer, so that nothing found does not mean that
	// there is nothing.
	unanswered bool
}

// withoutAsking resolves addresses and the names that RFC 6761 reserves.
func (r *Resolver) withoutAsking(t Target) (candidates []Candidate, err error, known bool) {
	p := t.protocol()
	if p == nil {
		return nil, ErrNowhere, true
	}
	var addresses []netip.Addr
	if address, numeric := sip.HostAddress(t.Host); numeric {
		addresses = []netip.Addr{address}
	} else {
		name := strings.ToLower(strings.TrimSuffix(t.Host, "."))
		switch {
		case name == "localhost" || strings.HasSuffix(name, ".localhost"):
			addresses = []netip.Addr{netip.IPv6Loopback(), netip.AddrFrom4([4]byte{127, 0, 0, 1})}
		case name == "invalid" || strings.HasSuffix(name, ".invalid") || !isHostName(name):
			return nil, ErrNowhere, true
		default:
			return nil, nil, false
		}
	}
	s := &search{resolver: r, target: t}
	s.add(p, addresses, t.Port)
	if len(s.found) == 0 {
		return nil, ErrNowhere, true
	}
	return s.found, nil, true
}

// isHostName: letters, digits, hyphens and underscores in labels of 1 to 63 octets, at
// most 253 in all (RFC 1123 §2.1).
func isHostName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			if c := label[i]; c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}

// locate is RFC 3263 §4.1 and §4.2 for a name.
func (s *search) locate() {
	t := &s.target
	host := strings.ToLower(dns.Fqdn(t.Host))
	switch {
	case t.Port != 0:
		s.hosts(t.protocol(), []service{{host, t.Port}})
	case t.Transport != 0:
		p := t.protocol()
		if !s.services(p, p.srv+host) {
			s.hosts(p, []service{{host, p.port}})
		}
	case !s.rules(host):
		s.everyService(host)
	}
}

// everyService is what a name without NAPTR records leads to: the SRV records of every
// transport we have, or without any the addresses of the name itself.
func (s *search) everyService(host string) {
	var usable []*protocol
	var waiting sync.WaitGroup
	for i := range protocols {
		if p := &protocols[i]; s.usable(p) && p.common() {
			usable = append(usable, p)
			// All are asked for at once; below, the answers are known.
			waiting.Go(func() { s.resolver.find(s.context, question{p.srv + host, dns.TypeSRV}) })
		}
	}
	waiting.Wait()
	served := false
	for _, p := range usable {
		served = s.services(p, p.srv+host) || served
	}
	if !served {
		p := s.target.protocol()
		s.hosts(p, []service{{host, p.port}})
	}
}

// common: the WebSocket transports have no SRV service of their own; they are used only
// where NAPTR or the URI names them (RFC 7118 §5).
func (p *protocol) common() bool { return p.transport != machine.WS && p.transport != machine.WSS }

// usable tells whether we have a socket for a transport that the URI allows.
func (s *search) usable(p *protocol) bool {
	paths := s.resolver.paths
	return (p.secure() || !s.target.Secure) && (paths[Path{p.transport, false}] || paths[Path{p.transport, true}])
}

// full tells whether there are candidates enough, or no time for more.
func (s *search) full() bool {
	if s.context.Err() != nil {
		s.unanswered = true
		return true
	}
	return len(s.found) >= MaxTargets
}

// add adds the addresses of one host that we have sockets for, as candidates. IPv6 comes
// first and the families take turns, so that a broken one costs one attempt (RFC 7984 §4,
// RFC 8305 §4).
func (s *search) add(p *protocol, addresses []netip.Addr, port uint16) {
	if port == 0 {
		port = p.port
	}
	var families [2][]netip.Addr
	for _, address := range addresses {
		family := 0
		if address.Is4() {
			family = 1
		}
		if s.resolver.paths[Path{p.transport, address.Is6()}] {
			families[family] = append(families[family], address)
		}
	}
	for i := range max(len(families[0]), len(families[1])) {
		for _, family := range families {
			if i >= len(family) {
				continue
			}
			c := Candidate{Transport: p.transport, Address: netip.AddrPortFrom(family[i], port), Name: s.target.Host}
			if len(s.found) < MaxTargets && !slices.Contains(s.found, c) {
				s.found = append(s.found, c)
			}
		}
	}
}
