package resolve

import (
	"errors"
	"io/fs"
	"net/netip"

	"github.com/miekg/dns"
)

// systemFile names the name servers of the host; resolv.conf(5).
const systemFile = "/etc/resolv.conf"

// systemServers are the name servers of the host: the one on the host itself where the
// file names none, as everywhere.
func systemServers(file string) ([]netip.AddrPort, error) {
	config, err := dns.ClientConfigFromFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var servers []netip.AddrPort
	for i := 0; err == nil && i < len(config.Servers) && len(servers) < MaxServers; i++ {
		if address, err := netip.ParseAddr(config.Servers[i]); err == nil {
			servers = append(servers, netip.AddrPortFrom(address, 53))
		}
	}
	if len(servers) == 0 {
		servers = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 53)}
	}
	return servers, nil
}
