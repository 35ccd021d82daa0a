package domain

import (
	"encoding/binary"
	"net/netip"
	"time"

	"hookflash/digest"
	"hookflash/directory"
	"hookflash/identity"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/registrar"
	"hookflash/sip"
)

// Config describes a domain. Listeners are needed; zero fields take the defaults named
// with them.
type Config struct {
	Domains []string          // the first is the realm: example.test
	Users   map[string]string // passwords by name
	// Assistants are who may take over the calls of a user, by that user's name.
	Assistants map[string][]string
	// Routing is what users have set, by their names.
	Routing   map[string]*directory.Routing
	Groups    map[string]*directory.Group
	Calendars map[string]*directory.Calendar
	// Services, Agents, Codes, Packages, Alias, Normalize, Emergency, Trunks and Redirects are as of proxy.Settings.
	Services []proxy.Service
	Agents   map[string]machine.Flow
	Codes    []proxy.Code
	Packages map[string]string
	Alias    func(uri sip.URI) (text string, ok bool)
	// Inside are agents that live in the process, numbered from 1 (machine.AgentFlow); the host delivers
	// what they and the proxy send to each other.
	Inside    []Agent
	Normalize func(dialled string) (number string, class directory.Class, ok bool)
	Emergency []string
	Trunks    []proxy.Trunk
	Lines     proxy.Lines              // as of proxy.Views
	Last      func(user string) string // as of proxy.Settings
	Called    func(by proxy.Called)    // is told who calls whom; nil: nobody is
	Redirects directory.Redirects
	Assist    directory.Assist   // as of proxy.Settings
	Listeners []proxy.Listener   // a Host of "" is the address
	Trusted   []netip.Prefix     // as of identity.Settings
	Guests    bool               // as of identity.Settings
	Digest    []digest.Algorithm // SHA-256 and MD5, in this order
	TimerC    time.Duration      // 3 minutes
	// SessionExpires and SessionMinimum are of RFC 4028: none, and 90 seconds.
	SessionExpires, SessionMinimum time.Duration
	MaxBindings                    int // of one address of record: that of package registrar
	// Lookup resolves names, as of proxy.Settings; nil: they lead nowhere.
	Lookup func(hop proxy.NextHop) proxy.Candidates
	// NoSecrets makes users without passwords, so that many are made quickly.
	NoSecrets bool
	Key       uint64 // all keys of the domain are made from it
}

func (c Config) withDefaults() Config {
	if len(c.Domains) == 0 {
		c.Domains = []string{"example.test"}
	}
	if len(c.Digest) == 0 {
		c.Digest = []digest.Algorithm{digest.SHA256, digest.MD5}
	}
	if c.TimerC == 0 {
		c.TimerC = proxy.MinTimerC
	}
	if c.SessionMinimum == 0 {
		c.SessionMinimum = 90 * time.Second
	}
	listeners := make([]proxy.Listener, len(c.Listeners))
	for i, l := range c.Listeners {
		if listeners[i] = l; l.Host == "" {
			listeners[i].Host = l.Address.String()
		}
	}
	c.Listeners = listeners
	return c
}

func (c *Config) addresses() []netip.AddrPort {
	addresses := make([]netip.AddrPort, len(c.Listeners))
	for i := range c.Listeners {
		addresses[i] = c.Listeners[i].Address
	}
	return addresses
}

// key makes one of the domain's keys.
func (c *Config) key(label byte) (key [32]byte) {
	binary.LittleEndian.PutUint64(key[:], c.Key)
	key[31] = label
	return key
}

func (c *Config) identity() *identity.Settings {
	nonceKey, identityKey := c.key('n'), c.key('i')
	nonces := digest.NewNonces(digest.Key(nonceKey[16:]), digest.Lifetime)
	return &identity.Settings{
		Domains: c.Domains, Listeners: c.addresses(), Trusted: c.Trusted, Guests: c.Guests, Digest: c.Digest,
		Nonces: &nonces, Key: digest.Key(identityKey[16:]),
	}
}

func (c *Config) registrar(ids *identity.Settings) registrar.Settings {
	return registrar.Settings{Identity: ids, MaxBindings: c.MaxBindings, GRUUKey: c.key('g')}
}

func (c *Config) proxy(ids *identity.Settings, gruus *registrar.GRUUs) *proxy.Settings {
	return &proxy.Settings{
		Domains: c.Domains, Listeners: c.Listeners, TimerC: c.TimerC,
		SessionExpires: c.SessionExpires, SessionMinimum: c.SessionMinimum,
		TokenKey: c.key('t'), Resolve: gruus.Resolve, Challenge: ids.Challenge,
		Lookup: c.Lookup, LookupTimeout: 1800 * time.Millisecond,
		Services: c.Services, Agents: c.agentFlows(), Codes: c.Codes, Packages: c.Packages, Normalize: c.Normalize, Emergency: c.Emergency,
		Trunks: c.Trunks, Redirects: c.Redirects, Assist: c.Assist, Alias: c.Alias, Mates: c.mates, Last: c.Last,
	}
}

// secrets are the algorithms that users have an HA1 of.
func (c *Config) secrets() []digest.Algorithm {
	if c.NoSecrets {
		return nil
	}
	return []digest.Algorithm{digest.MD5, digest.SHA256, digest.SHA512256}
}
