package identity

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/dchest/siphash"

	"hookflash/digest"
	"hookflash/guard/guess"
	"hookflash/machine"
	"hookflash/sip"
)

// Limits of an Identifier and of one request.
const (
	MaxCredentials = 8       // Authorization and Proxy-Authorization values that are read
	MaxAccepted    = 1 << 14 // accepted REGISTER requests whose retransmission is known
	MaxDevices     = 1 << 12 // devices that were offered a list of algorithms

	// Retransmissions is how long the retransmission of an accepted REGISTER is known:
	// Timer J of RFC 3261 §17.2.2, 64 times T1.
	Retransmissions = 32 * time.Second
)

// Settings are the same for all machines and never change.
type Settings struct {
	Domains []string // lower case, at least one; the first is the realm, the others are names for the same users
	// Listeners are our sockets as a URI may name them; an unspecified address stands for
	// none. A URI with one of them is as good as one with our domain.
	Listeners []netip.AddrPort
	Trusted   []netip.Prefix // sources that need no digest and whose P-Asserted-Identity is believed
	// Guests lets requests of other domains in without credentials.
	Guests bool
	Digest []digest.Algorithm // what is offered, in this order; at least one
	Nonces *digest.Nonces
	Key    digest.Key   // for decoys, To tags and salts; kept, the same on all nodes
	Guess  guess.Limits // for all Identifiers together; zero: guess.DefaultLimits
	// Identifiers is how many Identifiers share the users; zero is one. The bound on
	// guesses from unproven sources is divided by it.
	Identifiers int
}

// Realm is what the digest secrets are bound to.
func (s *Settings) Realm() string { return s.Domains[0] }

// Trusts tells whether what comes on a flow is believed without credentials.
func (s *Settings) Trusts(flow machine.Flow) bool {
	if flow.Transport == machine.Inside {
		return true
	}
	source := flow.Remote.Addr().Unmap()
	for _, prefix := range s.Trusted {
		if prefix.Contains(source) {
			return true
		}
	}
	return false
}

// Serves tells whether a URI is of our domain. The host may be written as a fully
// qualified name with a dot at its end; to a reader it is the same domain.
func (s *Settings) Serves(u sip.URI) bool {
	if !u.IsSIP() {
		return false
	}
	host := strings.TrimSuffix(u.Host, ".")
	for _, domain := range s.Domains {
		if strings.EqualFold(host, domain) {
			return true
		}
	}
	return s.ListensOn(u)
}

// ListensOn tells whether a URI names one of our sockets.
func (s *Settings) ListensOn(u sip.URI) bool {
	if len(s.Listeners) == 0 {
		return false
	}
	address, ok := u.Address()
	if !ok {
		return false
	}
	port := u.Port
	if port == 0 {
		port = defaultPort(u)
	}
	return slices.Contains(s.Listeners, netip.AddrPortFrom(address, port))
}

func defaultPort(u sip.URI) uint16 {
	if u.IsSecure() {
		return 5061
	}
	return 5060
}

// AddressOfRecord is the canonical form (RFC 3261 §10.3 step 5) of an address of ours,
// "user@domain" with the first of our domains, and false for one that is not ours. It
// allocates only when the URI is written otherwise.
func (s *Settings) AddressOfRecord(a sip.Address) (addressOfRecord string, ours bool) {
	u := &a.URI
	if !s.Serves(*u) {
		return "", false
	}
	if u.Host == s.Domains[0] && u.Password == "" && u.User != "" && strings.IndexByte(u.User, '%') < 0 {
		start := len(u.Scheme) + 1
		return a.Text[start : start+len(u.User)+1+len(u.Host)], true
	}
	return sip.Unescape(u.User) + "@" + s.Domains[0], true
}

// binding is what a nonce is good for. An answer to it proves that its source receives
// what is sent there.
func binding(realm string, p machine.Packet) digest.Binding {
	class := digest.Other
	if p.Message.Method() == sip.REGISTER {
		class = digest.Register
	}
	return digest.Binding{Realm: realm, Class: class, Source: p.Flow.Source()}
}

// What the key is used for beside nonces and decoys; the label is the first octet hashed.
const (
	labelTag    = 't'
	labelSalt   = 's'
	labelMemory = 'm'
	labelGuess  = 'g'
)

// hash hashes data, which begins with a label, under the key.
func (s *Settings) hash(data []byte) uint64 {
	return siphash.Hash(binary.LittleEndian.Uint64(s.Key[:8]), binary.LittleEndian.Uint64(s.Key[8:]), data)
}
