package resolve

import (
	"errors"
	"net/netip"
	"time"

	"hookflash/machine"
)

// Limits of a resolution.
const (
	DefaultTimeout = 1800 * time.Millisecond // of one resolution, however many questions it takes: a call that fails by it fails within 2 s
	MaxTargets     = 8                       // candidates; the rest of the list is left out
	MaxRecords     = 64                      // records of one answer that are read; further ones are passed over
	MaxAliases     = 8                       // CNAMEs from one name to its records; a longer chain leads nowhere
	MaxRewrites    = 4                       // NAPTR records that lead to further NAPTR records, one after the other
	MaxServers     = 8                       // name servers
	MaxAnswer      = 32 << 10                // octets of an answer over TCP; a longer one counts as none
	maxStrays      = 32                      // datagrams that are no answer to the question, before an attempt is given up
)

// Errors of a resolution. Either may come wrapped.
var (
	// ErrNowhere: the name does not exist, or has no address that our sockets could reach.
	ErrNowhere = errors.New("the name leads nowhere")
	// ErrUnanswered: the name servers did not say in time.
	ErrUnanswered = errors.New("no answer from the name servers")
)

// Target is what RFC 3263 §4 looks up, as a URI names it.
type Target struct {
	Host      string            // the maddr parameter if there is one, else the host
	Port      uint16            // 0: none given
	Transport machine.Transport // of the transport parameter; 0: none given
	Secure    bool              // sips: nothing but TLS will do
}

// Candidate is one place to send a request to.
type Candidate struct {
	Transport machine.Transport
	Address   netip.AddrPort
	Name      string // what the certificate must name: Target.Host (RFC 5922 §4)
}

// Path is a way out of this host: a transport in one address family.
type Path struct {
	Transport machine.Transport
	IPv6      bool
}

// protocol is what DNS calls a transport.
type protocol struct {
	transport machine.Transport
	naptr     string // service field (RFC 3263 §9, RFC 7118 §10.2)
	srv       string // labels before the domain
	port      uint16 // where there is neither a port nor an SRV record (RFC 3261 §19.1.2, RFC 7118 §5)
}

// protocols, in the order in which they are tried where the domain has no wish: UDP, which
// every element has, first.
var protocols = [...]protocol{
	{machine.UDP, "SIP+D2U", "_sip._udp.", 5060},
	{machine.TCP, "SIP+D2T", "_sip._tcp.", 5060},
	{machine.TLS, "SIPS+D2T", "_sips._tcp.", 5061},
	{machine.WS, "SIP+D2W", "_sip._ws.", 80},
	{machine.WSS, "SIPS+D2W", "_sips._ws.", 443},
}

func protocolOf(transport machine.Transport) *protocol {
	for i := range protocols {
		if protocols[i].transport == transport {
			return &protocols[i]
		}
	}
	return nil
}

func (p *protocol) secure() bool { return p.transport == machine.TLS || p.transport == machine.WSS }

// protocol is the one that the URI itself asks for, or that a URI without a wish means
// where a port or an address stands (RFC 3263 §4.1); nil where there is none.
func (t *Target) protocol() *protocol {
	switch {
	case t.Transport == 0 && t.Secure:
		return protocolOf(machine.TLS)
	case t.Transport == 0:
		return protocolOf(machine.UDP)
	case t.Secure && t.Transport == machine.TCP:
		return protocolOf(machine.TLS)
	case t.Secure && t.Transport == machine.WS:
		return protocolOf(machine.WSS)
	case t.Secure && t.Transport == machine.UDP:
		return nil
	}
	return protocolOf(t.Transport)
}
