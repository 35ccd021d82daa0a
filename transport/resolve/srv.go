package resolve

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// service is a host and the port that an SRV record gives it.
type service struct {
	host string
	port uint16
}

// services adds the candidates behind the SRV records of a name; false where it has none.
func (s *search) services(p *protocol, name string) bool {
	if s.full() {
		return true
	}
	var records []*dns.SRV
	for _, record := range s.find(question{name, dns.TypeSRV}) {
		if srv, ok := record.(*dns.SRV); ok {
			records = append(records, srv)
		}
	}
	var hosts []service
	for _, srv := range s.order(records) {
		// RFC 2782: "." says that the service is decidedly not there.
		if srv.Target != "." && srv.Port != 0 {
			hosts = append(hosts, service{strings.ToLower(srv.Target), srv.Port})
		}
	}
	s.hosts(p, hosts)
	return len(records) > 0
}

// order puts SRV records into the order in which to try them: by priority, and by chance
// according to their weights (RFC 2782, "Weight").
func (s *search) order(records []*dns.SRV) []*dns.SRV {
	slices.SortStableFunc(records, func(a, b *dns.SRV) int {
		// Within a priority, those without weight stand first when it is drawn.
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(min(a.Weight, 1), min(b.Weight, 1)))
	})
	for i := range records {
		end, sum := i, 0
		for ; end < len(records) && records[end].Priority == records[i].Priority; end++ {
			sum += int(records[end].Weight)
		}
		drawn, chosen := s.resolver.options.Random(sum+1), i
		for running := int(records[i].Weight); running < drawn; running += int(records[chosen].Weight) {
			chosen++
		}
		first := records[chosen]
		copy(records[i+1:chosen+1], records[i:chosen])
		records[i] = first
	}
	return records
}

// hosts adds the addresses of some hosts, which are all looked up at once.
func (s *search) hosts(p *protocol, hosts []service) {
	if s.full() {
		return
	}
	hosts = hosts[:min(len(hosts), MaxTargets-len(s.found))]
	kinds := [...]uint16{dns.TypeAAAA, dns.TypeA}
	found := make([][len(kinds)][]netip.Addr, len(hosts))
	silent := make([][len(kinds)]bool, len(hosts))
	var waiting sync.WaitGroup
	for i := range hosts {
		for k, kind := range kinds {
			if s.resolver.paths[Path{p.transport, kind == dns.TypeAAAA}] {
				waiting.Go(func() { found[i][k], silent[i][k] = s.addresses(question{hosts[i].host, kind}) })
			}
		}
	}
	waiting.Wait()
	for i := range hosts {
		for k := range kinds {
			s.unanswered = s.unanswered || silent[i][k]
		}
		s.add(p, append(found[i][0], found[i][1]...), hosts[i].port)
	}
}

// addresses are those of a name in one family; silent: nobody said. Unlike the other
// methods of a search it runs on goroutines of its own.
func (s *search) addresses(q question) (addresses []netip.Addr, silent bool) {
	a := s.resolver.find(s.context, q)
	for _, record := range a.records {
		var ip []byte
		switch record := record.(type) {
		case *dns.A:
			ip = record.A.To4()
		case *dns.AAAA:
			ip = record.AAAA.To16()
		}
		if address, ok := netip.AddrFromSlice(ip); ok {
			// An IPv4 address in IPv6's clothing is looked at as what it is.
			addresses = append(addresses, address.Unmap())
		}
	}
	return addresses, a.unanswered
}

// find gives the records that answer a question.
func (s *search) find(q question) []dns.RR {
	a := s.resolver.find(s.context, q)
	s.unanswered = s.unanswered || a.unanswered
	return a.records
}
