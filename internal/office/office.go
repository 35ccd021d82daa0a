package office

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"hookflash/internal/domain"
	"hookflash/internal/sim"
	"hookflash/machine"
	"hookflash/proxy"
	"hookflash/sip"
	"hookflash/ua"
)

// ServerAddress is where the domain's server is.
var ServerAddress = netip.MustParseAddrPort("192.0.2.10:5060")

// Office is the domain and all who are in it.
type Office struct {
	*sim.Network
	Server  *sim.Host
	store   *domain.Store
	desks   []*Desk
	parties []*party // the desks, and the agents of the server
	lasts   map[string]time.Duration
	lives   uint64
}

// Desk is one phone.
type Desk struct {
	Name   string
	Host   *sim.Host
	Events []ua.Event
	office *Office
	agent  *ua.Agent
	party  *party
	refuse func(m *sip.Message) int
}

// Options describe an office; the zero value works.
type Options struct {
	Digest bool // the server asks for credentials
	Direct bool // there is no server: phones call each other
	// Rootless phones have no instance, and so no GRUU: their contacts are addresses.
	Rootless bool
	Server   func(*domain.Config)
	// Lasts is how long sources are played, by their names; below zero: they can't be. Others take 2 seconds,
	// and tones have no end.
	Lasts map[string]time.Duration
	Music string // the URI of what everybody plays to those whom they hold; "": silence
}

// New makes an office with a desk for each name, each registered, their columns in the order of
// the names, "server" among them where its column is to stand.
func New(n *sim.Network, options Options, names ...string) *Office {
	o := &Office{Network: n, lasts: options.Lasts}
	config := domain.Config{
		Users:     map[string]string{},
		Listeners: []proxy.Listener{{Transport: machine.UDP, Address: ServerAddress}},
	}
	for i, name := range names {
		config.Users[name] = name + "'s secret"
		if !options.Digest {
			config.Trusted = append(config.Trusted, netip.PrefixFrom(address(i).Addr(), 32))
		}
	}
	if options.Server != nil {
		options.Server(&config)
	}
	o.store = domain.NewStore(config)
	for i, name := range names {
		if name == "server" {
			o.serve(config)
			continue
		}
		o.seat(name, address(i), options)
	}
	if !options.Direct {
		o.register()
	}
	return o
}

// register lets all phones register before the ladder begins, over lines that lose nothing.
func (o *Office) register() {
	line := o.SetLinks(sim.Link{})
	for _, d := range o.desks {
		d.Do(func(a *ua.Agent) { a.Register(nil) })
	}
	if err := o.RunFor(time.Second); err != nil {
		o.Fail(err)
	}
	o.SetLinks(line)
	for _, d := range o.desks {
		d.Events = nil
	}
	o.Forget()
}

func address(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(101 + i)}), 5060)
}

func (o *Office) serve(config domain.Config) {
	host := sim.HostConfig{
		Name: "server", Keep: o.store.Keep, Listen: []sim.Listener{{Transport: machine.UDP, Address: ServerAddress}},
		Media: o.connect,
	}
	var agents []*party
	for _, agent := range config.Inside {
		host.Inside = append(host.Inside, agent.Name)
		agents = append(agents, &party{name: agent.Name, tell: func(event any) {
			o.Inside(agent.Name, func(a *ua.Agent) { a.Heard(event) })
		}})
	}
	o.parties = append(o.parties, agents...)
	host.Start = func(now time.Time) machine.Machine {
		for _, agent := range agents {
			agent.patch = newPatchPanel(ServerAddress.Addr(), func(uint16) {})
		}
		o.lives++
		return o.store.Start(now, o.lives)
	}
	o.Server = o.Add(host)
}

// connect does what the agents of the server asked of the media side.
func (o *Office) connect(changes []any) {
	for _, change := range changes {
		sound := change.(domain.Sound)
		for _, p := range o.parties {
			if p.name == sound.Agent {
				o.apply(p, []any{sound.Change})
			}
		}
	}
}

// Inside steps an agent of the server.
func (o *Office) Inside(name string, step func(a *ua.Agent)) {
	o.Server.Do(func(now time.Time, out *machine.Output) {
		o.Server.Machine().(*domain.Domain).Do(now, name, out, step)
	})
}

// Agent is an agent of the server, to look at.
func (o *Office) Agent(name string) *ua.Agent { return o.Server.Machine().(*domain.Domain).Agent(name) }

// portsOfADesk is how many calls with media a phone can have.
const portsOfADesk = 16

func (o *Office) seat(name string, at netip.AddrPort, options Options) {
	d := &Desk{Name: name, office: o, party: &party{name: name}}
	d.party.tell = func(event any) { d.Do(func(a *ua.Agent) { a.Heard(event) }) }
	o.parties = append(o.parties, d.party)
	settings := ua.Settings{
		AOR: "sip:" + name + "@example.test", Display: strings.ToUpper(name[:1]) + name[1:],
		Username: name, Password: name + "'s secret", Realm: "example.test", Local: at,
		Instance: fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", len(o.desks)+1),
		Music:    options.Music,
		Seed:     sha256.Sum256(fmt.Append(nil, name, o.Now().UnixNano())),
	}
	if options.Rootless {
		settings.Instance = ""
	}
	if !options.Direct {
		settings.Outbound = machine.Flow{Transport: machine.UDP, Remote: ServerAddress}
	}
	d.Host = o.Add(sim.HostConfig{
		Name: name, Listen: []sim.Listener{{Transport: machine.UDP, Address: at}},
		Start: func(now time.Time) machine.Machine {
			d.party.patch = newPatchPanel(at.Addr(), func(port uint16) { d.agent.Ports.Add(port) })
			d.agent = ua.New(settings, now)
			for port := range uint16(portsOfADesk) {
				d.agent.Ports.Add(20000 + 2*port)
			}
			return &front{d.agent, d}
		},
		Media: func(changes []any) { o.apply(d.party, changes) },
		Told: func(event any) {
			if e, ok := event.(ua.Event); ok {
				d.Events = append(d.Events, e)
			}
		},
	})
	o.desks = append(o.desks, d)
}

// Desk is the phone of that name.
func (o *Office) Desk(name string) *Desk {
	for _, d := range o.desks {
		if d.Name == name {
			return d
		}
	}
	panic("office: nobody is called " + name)
}

// Do steps the phone.
func (d *Desk) Do(step func(a *ua.Agent)) {
	d.Host.Do(func(now time.Time, out *machine.Output) {
		d.agent.Do(now, out, func() { step(d.agent) })
	})
}

// Agent is the phone's machine, to look at.
func (d *Desk) Agent() *ua.Agent { return d.agent }

// AOR is the address of record of a name.
func AOR(name string) string { return "sip:" + name + "@example.test" }

// Talk calls somebody, and waits until the call is answered.
func (o *Office) Talk(from, to string) (*ua.Call, error) {
	var call *ua.Call
	var err error
	o.Desk(from).Do(func(a *ua.Agent) { call, err = a.Invite(ua.Invitation{Target: AOR(to)}) })
	if err != nil {
		return nil, err
	}
	return call, o.RunUntil(func() bool { return call.State == ua.Talking }, time.Minute)
}

// EndState is what all ended with: calls, who hears whom, what is left behind.
func (o *Office) EndState() string {
	var b strings.Builder
	for _, d := range o.desks {
		load := d.agent.Load()
		load.Requests = 0 // how long a transaction takes is the line's matter; none may be left in the end
		fmt.Fprintf(&b, "%s has%v\n", d.Name, load)
		for _, c := range d.agent.Calls() {
			fmt.Fprintf(&b, "%s and %s: %s\n", d.Name, strings.TrimSuffix(c.Remote.URI, "@example.test"), describe(c))
		}
	}
	return b.String() + o.Hearing()
}

func describe(c *ua.Call) string {
	text := [...]string{ua.Trying: "trying", ua.Alerting: "ringing", ua.Talking: "talking", ua.Over: "over"}[c.State]
	if c.Held {
		text += ", held"
	}
	if c.HeldByThem {
		text += ", held by them"
	}
	if c.Focus {
		text += ", focus"
	}
	return text
}

func (o *Office) proxy() *proxy.Machine { return o.Server.Machine().(*domain.Domain).Proxy() }
