package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Resolver is how the names of other domains are looked up (RFC 3263).
type Resolver struct {
	Servers []netip.AddrPort // name servers, asked in this order; none: those of the host
	Timeout time.Duration    // of one name, however many questions it takes
}

const (
	maxNameServers = 8
	nameServerPort = 53
)

// resolver reads the name servers and how long they may take.
func (r *reader) resolver(f field) {
	keys := r.mapping(f, []string{"servers", "timeout"})
	items := r.list(keys["servers"], maxNameServers, "[192.0.2.53, 127.0.0.1:5353]")
	var servers []netip.AddrPort
	for _, item := range items {
		text, ok := r.text(item)
		if !ok {
			servers = append(servers, netip.AddrPort{})
			continue
		}
		server, err := parseNameServer(text)
		if err != nil {
			r.say(item, text, err)
		}
		servers = append(servers, server)
	}
	r.config.Resolver.Servers = servers
	r.setDuration(keys["timeout"], &r.config.Resolver.Timeout)
}

// parseNameServer reads an address with a port, or without one: then it is 53.
func parseNameServer(text string) (netip.AddrPort, error) {
	if address, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return netip.AddrPortFrom(address, nameServerPort), nil
	}
	server, err := netip.ParseAddrPort(text)
	if err != nil {
		return server, fmt.Errorf("is not the address of a name server; write 192.0.2.53, or 192.0.2.53:5353 for another port than %d", nameServerPort)
	}
	return server, nil
}

func (c *Config) checkResolver(found *findings) {
	for i, server := range c.Resolver.Servers {
		path := fmt.Sprintf("resolver.servers[%d]", i)
		switch address := server.Addr(); {
		case !server.IsValid() || server.Port() == 0 || address.IsUnspecified() || address.IsMulticast():
			found.wrong(path, "is not an address that a name server could have", "write 192.0.2.53")
		case slices.Contains(c.Resolver.Servers[:i], server):
			found.wrong(path, server.String()+" stands in the list twice", "keep the first")
		}
	}
	if wait := c.Resolver.Timeout; wait < 100*time.Millisecond || wait > 5*time.Second {
		found.wrong("resolver.timeout", brief(wait)+" is not from 100ms to 5s", "choose a value between: a caller waits as long for a name that nobody knows")
	}
}
