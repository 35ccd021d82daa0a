package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"hookflash/config"
	"hookflash/guard"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/ua"
)

// contactLength is how many characters the user part has that we register with a provider.
const contactLength = 24

// trunksOf makes the proxy's trunks of the configuration's. Who knows the contact of a registering trunk
// calls as if by that trunk, so nobody can guess it, and it is the same after a restart.
func trunksOf(c *config.Config, key []byte) []proxy.Trunk {
	trunks := make([]proxy.Trunk, len(c.Trunks))
	for i := range c.Trunks {
		t := &c.Trunks[i]
		trunks[i] = proxy.Trunk{
			Name: t.Name, Hops: t.Hops, Prefixes: t.Prefixes, Sources: t.Sources,
			Username: t.Username, Password: t.Password, Realm: t.Realm,
			Limit: t.Limit, Trusted: t.Trusted, Emergency: t.Emergency, Number: t.Number,
			Strip: t.Strip, Prepend: t.Prepend, Default: t.Default,
		}
		if t.Register {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte("trunk " + t.Name))
			trunks[i].Contact = hex.EncodeToString(mac.Sum(nil))[:contactLength]
		}
	}
	return trunks
}

// expected are the sources that the guard takes for no strangers, however many calls come from there: those
// that are trusted, and the trunks'.
func expected(c *config.Config) []netip.Prefix {
	sources := slices.Clone(c.Trusted)
	for i := range c.Trunks {
		sources = append(sources, c.Trunks[i].Sources...)
		for _, hop := range c.Trunks[i].Hops {
			if uri, err := sip.ParseURI(hop); err == nil {
				if address, ok := uri.Address(); ok && !address.IsLoopback() {
					sources = append(sources, netip.PrefixFrom(address, address.BitLen()))
				}
			}
		}
	}
	return sources[:max(len(c.Trusted), min(len(sources), guard.MaxTrusted))]
}

// registration is what became of registering at a trunk.
type registration struct {
	trunk  config.Trunk
	logger *slog.Logger

	mutex      sync.Mutex
	registered bool
	code       int // of the last refusal; 0: none, or no answer
}

// heard takes the events of the trunk's agent, and logs what is new.
func (r *registration) heard(events []any) {
	for _, event := range events {
		e, ok := event.(ua.Event)
		if !ok || e.Kind != ua.Registered && e.Kind != ua.Unregistered {
			continue
		}
		r.mutex.Lock()
		was, code := r.registered, r.code
		r.registered, r.code = e.Kind == ua.Registered, e.Code
		r.mutex.Unlock()
		switch {
		case e.Kind == ua.Registered && !was:
			r.logger.Info("registered at a trunk", "trunk", r.trunk.Name, "registrar", r.trunk.Hops[0])
		case e.Kind == ua.Unregistered && e.Code != 0 && (was || e.Code != code):
			r.logger.Warn("a trunk does not let us register; it is tried again later, less often each time",
				"trunk", r.trunk.Name, "registrar", r.trunk.Hops[0], "code", e.Code, "reason", e.Reason)
		}
	}
}

func (r *registration) state() (registered bool, code int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.registered, r.code
}

// openTrunks makes an agent for each trunk that is registered at. They have no address, and no media:
// calls come to the proxy, and are never theirs.
func (s *Server) openTrunks(c *config.Config, now time.Time) {
	for i := range s.current().proxy.Trunks {
		t := &s.current().proxy.Trunks[i]
		if t.Contact == "" || len(t.Hops) == 0 {
			continue
		}
		hop, err := sip.ParseURI(t.Hops[0])
		if err != nil {
			continue // the configuration was checked
		}
		number := uint16(len(s.agents) + 1)
		local := s.sockets[0].listener.Address
		settings := ua.Settings{
			AOR: "sip:" + sip.EscapeUser(t.Username) + "@" + hop.Host, Registrar: t.Hops[0], Contact: s.contactFor(hop, t.Contact),
			Username: t.Username, Password: t.Password, Realm: t.Realm,
			Local: local, Outbound: machine.ServerFlow(local, number), Unattended: true,
		}
		if settings.Realm == "" {
			settings.Realm = hop.Host
		}
		rand.Read(settings.Seed[:])
		shard := &agentShard{
			resident: resident{name: "trunk " + t.Name}, server: s, number: number, gate: newTurnstile(),
			registration: &registration{trunk: c.Trunks[i], logger: s.logger}, agent: ua.New(settings, now),
		}
		shard.inbox.owner = shard
		s.agents = append(s.agents, shard)
	}
}

// contactFor is where a hop reaches us: at a socket with its transport, on loopback if it is.
func (s *Server) contactFor(hop sip.URI, user string) string {
	transport := machine.UDP
	switch name, _ := hop.Params.Get("transport"); {
	case hop.IsSecure(), strings.EqualFold(name, "tls"):
		transport = machine.TLS
	case strings.EqualFold(name, "tcp"):
		transport = machine.TCP
	}
	address, named := hop.Address()
	best := s.sockets[0].listener
	for i := range s.sockets {
		l := s.sockets[i].listener
		if l.Transport != transport || named && l.Address.Addr().Is4() != address.Is4() {
			continue
		}
		best = l
		if named && l.Address.Addr().IsLoopback() == address.IsLoopback() {
			break
		}
	}
	contact := "sip:" + user + "@" + best.Address.String()
	if best.Transport != machine.UDP {
		contact += ";transport=" + sip.Lower(best.Transport.String())
	}
	return contact
}

// register has the agents of trunks register, or take that back.
func (s *Server) register(wanted bool) {
	b := s.takeBatch()
	now := time.Now()
	for _, a := range s.agents {
		if a.registration == nil {
			continue
		}
		a.step(b, func(out *machine.Output) {
			a.agent.Do(now, out, func() {
				if wanted {
					a.agent.Register(nil)
				} else {
					a.agent.Unregister(nil)
				}
			})
		})
	}
	b.flush(now)
	s.returnBatch(b)
}

// warnOfTrunks tells which registrations go on as they were: they are made when the server starts.
func (s *Server) warnOfTrunks(c *config.Config) {
	known := map[string]bool{}
	for _, a := range s.agents {
		if a.registration == nil {
			continue
		}
		was := a.registration.trunk
		known[was.Name] = true
		for i := range c.Trunks {
			if t := c.Trunks[i]; t.Name == was.Name && registersAs(t) != registersAs(was) {
				s.logger.Warn("a trunk goes on to register as it did until the server is started again", "trunk", t.Name)
			}
		}
	}
	for i := range c.Trunks {
		if t := &c.Trunks[i]; t.Register && !known[t.Name] {
			s.logger.Warn("a trunk is registered at once the server is started again", "trunk", t.Name)
		}
	}
}

// registersAs is what a registration is made of.
func registersAs(t config.Trunk) [5]any {
	first := ""
	if len(t.Hops) > 0 {
		first = t.Hops[0]
	}
	return [5]any{t.Register, first, t.Username, t.Password, t.Realm}
}
