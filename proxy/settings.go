package proxy

import (
	"net/netip"
	"strings"
	"time"

	"hookflash/directory"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/registrar"
	"hookflash/sip"
)

// Limits of the proxy.
const (
	MaxBranches    = 20                // targets of one request; more are left out, lowest q first
	MaxExpansion   = 8                 // addresses of record that lead to one another; deeper ones are left out
	DefaultBreadth = 60                // Max-Breadth of a request that brings none (RFC 5393 §5.3.1); 440 beyond
	MaxDialogs     = 1 << 20           // calls a machine keeps in mind; a further one works, but is not counted
	MaxTimerC      = 60 * time.Minute  // longest time a phone may ring
	MinTimerC      = 180 * time.Second // RFC 3261 §16.6 step 11: greater than 3 minutes
	datagramLimit  = 1300              // RFC 3261 §18.1.1: larger requests go by a stream to resolved hops
	silentDialog   = 24 * time.Hour    // a call without session timer is forgotten after this silence
	maxUserInToken = 64                // octets of a user name that a Record-Route token carries

	MaxAlternatives = 8    // places a name leads to that are tried; further ones are left out
	MaxLookups      = 1024 // names that a machine waits for; 502 beyond
	MaxLookupsEach  = 16   // of these, for one user or address; 502 beyond
)

// Listener is a socket that the server listens on, as other hops know it.
type Listener struct {
	Transport machine.Transport
	Address   netip.AddrPort // bound; responses and requests leave from it
	// Host is what Via and Record-Route say: "host:port", a name or an address.
	Host string
}

// Settings are the same for all shards and never change while machines run with them.
type Settings struct {
	Domains   []string   // lower case; the first is the realm
	Listeners []Listener // a Flow's Listener is an index into these
	TimerC    time.Duration
	// SessionExpires is put into an INVITE that brings no session timer, and
	// SessionMinimum is the shortest we let pass (RFC 4028 §8).
	SessionExpires, SessionMinimum time.Duration
	// TokenKey seals Record-Route tokens; it is kept, so that calls outlive the process.
	TokenKey [32]byte
	// Resolve finds the address of record and instance behind a GRUU of ours (RFC 5627 §5.1).
	Resolve func(uri sip.URI) (addressOfRecord, instance string, ok bool)
	// Lookup finds where a name leads, best first (RFC 3263 §4). It runs as a machine.Job, so
	// it may block, for at most LookupTimeout. nil: names lead nowhere.
	Lookup        func(hop NextHop) Candidates
	LookupTimeout time.Duration
	// Services are the routing services, in the order in which they are asked.
	Services []Service
	// Agents are the user agents of this process, by the user part of their addresses.
	Agents map[string]machine.Flow
	// Alias gives the address of an agent by another name of it: a parking place by its number, say. text is an
	// address of our domain; ok is false for what is none. nil: there are none.
	Alias func(uri sip.URI) (text string, ok bool)
	// Mates tells whether two users are in one pickup group. nil: there are none.
	Mates func(user, other string) bool
	// Codes are what users may dial to have something done.
	Codes []Code
	// Last is the address by which a user reaches who called last, "" when nobody knows (Called.Back). nil: nobody ever does.
	Last func(user string) string
	// Packages are the event packages that an agent answers SUBSCRIBE and PUBLISH for on behalf of
	// every user, with that agent's user part.
	Packages map[string]string
	// Normalize gives the E.164 form of a number as it was dialled, and how far it goes; ok is
	// false for what is no number. nil: only what begins with a plus is a number.
	Normalize func(dialled string) (number string, class directory.Class, ok bool)
	// Local gives the form in which a number in E.164 is dialled here, with all that stands before it, ""
	// for what is none; patterns are compared with it, too. nil: with E.164 alone.
	Local func(number string) string
	// Emergency are the numbers of those who help.
	Emergency []string
	// Trunks lead to the telephone network, in the order in which they are tried.
	Trunks []Trunk
	// Redirects is what becomes of a 3xx of a phone whose user has not said; "": RedirectsPass.
	Redirects directory.Redirects
	// Assist is whose calls go through the agent that helps telephones, where the user has not said; "": nobody's.
	Assist directory.Assist
	// Challenge makes the 401 or 407 for a request that lacks credentials.
	Challenge func(now time.Time, p machine.Packet, who identity.Identity) []byte
}

// lookupPatience is how long a lookup may stay away: it may wait for its turn first.
func (s *Settings) lookupPatience() time.Duration { return s.LookupTimeout + time.Second }

// Views are what a step may read. They are safe for any number of readers.
type Views struct {
	Users    directory.View
	Bindings registrar.View
	Lines    Lines // nil: each machine counts the calls of trunks by itself
	Calls    Calls // nil: each machine counts the calls of users by itself
}

// serves tells whether a host is one of our domains or listeners: a request to it is
// for us to place.
func (s *Settings) serves(uri sip.URI) bool {
	host := strings.TrimSuffix(uri.Host, ".") // fully qualified, the same domain
	for _, domain := range s.Domains {
		if strings.EqualFold(host, domain) {
			return true
		}
	}
	return s.listensOn(uri)
}

// listensOn tells whether a URI names one of our sockets.
func (s *Settings) listensOn(uri sip.URI) bool {
	address, ok := uri.Address()
	if !ok {
		return false
	}
	port := uri.Port
	for i := range s.Listeners {
		l := &s.Listeners[i]
		if l.Address.Addr() == address && (l.Address.Port() == port || port == 0 && l.Address.Port() == standardPort(l.Transport)) {
			return true
		}
	}
	return false
}

// standardPort is where a transport is when nobody says (RFC 3261 §19.1.2, RFC 7118 §5.5).
func standardPort(transport machine.Transport) uint16 {
	switch transport {
	case machine.TLS:
		return 5061
	case machine.WS:
		return 80
	case machine.WSS:
		return 443
	default:
		return 5060
	}
}

// secured tells whether what goes by a transport is encrypted, or never leaves the process.
func secured(transport machine.Transport) bool {
	return transport == machine.TLS || transport == machine.WSS || transport == machine.Inside
}

// isOurHost tells whether "host:port" of a Via or Route is one of our listeners.
func (s *Settings) isOurHost(host string, port uint16) bool {
	for i := range s.Listeners {
		l := &s.Listeners[i]
		if n := len(host); len(l.Host) > n && l.Host[:n] == host && l.Host[n] == ':' && l.Host[n+1:] == portText(port, l) {
			return true
		}
		if address, ok := sip.HostAddress(host); ok && l.Address.Addr() == address && (l.Address.Port() == port || port == 0 && l.Address.Port() == standardPort(l.Transport)) {
			return true
		}
	}
	return false
}

func portText(port uint16, l *Listener) string {
	_, text, _ := strings.Cut(l.Host[strings.LastIndexByte(l.Host, ']')+1:], ":")
	if port == l.Address.Port() || port == 0 && l.Address.Port() == standardPort(l.Transport) {
		return text
	}
	return ""
}

// listenerFor picks the socket to send from: the preferred one when it fits, else the
// first with that transport and address family, on loopback if the remote is.
func (s *Settings) listenerFor(transport machine.Transport, remote netip.Addr, preferred uint16) (uint16, bool) {
	fits := func(l *Listener) bool {
		return l.Transport == transport && l.Address.Addr().Is4() == remote.Is4()
	}
	if int(preferred) < len(s.Listeners) && fits(&s.Listeners[preferred]) && s.Listeners[preferred].Address.Addr().IsLoopback() == remote.IsLoopback() {
		return preferred, true
	}
	chosen, found := 0, false
	for i := range s.Listeners {
		l := &s.Listeners[i]
		if !fits(l) {
			continue
		}
		// A socket on loopback reaches nobody else, and nobody else answers to one.
		if l.Address.Addr().IsLoopback() == remote.IsLoopback() {
			return uint16(i), true
		}
		if !found {
			chosen, found = i, true
		}
	}
	return uint16(chosen), found
}

// mayReach tells whether a request may be sent somewhere because somebody at an address
// said so in a Contact, Route or Request-URI: where registrar.Sendable allows, and not to
// one of our own sockets.
func (s *Settings) mayReach(remote netip.AddrPort, from netip.Addr) bool {
	if remote.Port() == 0 || !registrar.Sendable(remote.Addr(), from) {
		return false
	}
	for i := range s.Listeners {
		if s.Listeners[i].Address == remote {
			return false
		}
	}
	return true
}
