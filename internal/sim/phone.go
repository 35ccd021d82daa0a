package sim

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"hookflash/machine"
	"hookflash/sip"
)

// Timers of RFC 3261 §17.
const (
	timerT1 = 500 * time.Millisecond
	timerT2 = 4 * time.Second
	timerT4 = 5 * time.Second
	// timeout is Timer B, F, H, J, and L and M of RFC 6026.
	timeout = 64 * timerT1
	// timerD is how long an INVITE client absorbs repeated final responses.
	timerD = 32 * time.Second
)

// PhoneConfig describes a phone. Name and Address are needed.
type PhoneConfig struct {
	Name      string // its column in the ladder
	User      string // of the address of record; "": Name
	Domain    string // of the address of record; "": example.test
	Address   netip.AddrPort
	Transport machine.Transport // the only one it has; zero: UDP
	// Proxy takes every request outside a dialog; without one, requests go where their
	// Request-URI says.
	Proxy    netip.AddrPort
	Hosts    map[string]netip.AddrPort // where the host names in URIs are
	Password string                    // "": challenges are not answered
	Incoming Behaviour                 // to calls; the zero value answers at once
	Expires  time.Duration             // asked for at registration; zero: one hour
	// ContactParams are added to the Contact of a registration, for example ";q=0.5".
	ContactParams string
	Instance      string // URN for outbound and GRUU (RFC 5626, 5627); "": none
	GRUU          bool   // its dialogs name it by its GRUU, once it has one
	Follow        bool   // redirections are followed
	Seed          uint64 // of tags, branches and Call-IDs; zero: from the network's and the name
}

// Phone is a scripted user agent, as decent as RFC 3261 asks for. It is a machine for a
// Host; its methods are called by the script, between events of the network, and act at
// the next event.
type Phone struct {
	config   PhoneConfig
	random   *rand.Rand
	now      time.Time
	out      *machine.Output // during a step
	commands []func()        // from the script, until the next step
	alarms   []*alarm
	order    uint64

	clients       map[string]*clientTransaction
	servers       map[string]*serverTransaction
	calls         []*Call
	dialogs       []*Dialog
	registrations []*Registration
	sessions      []*credential
	serviceRoute  []string
	tickets       uint64

	// OnInvite, if set, decides about an incoming call instead of Incoming.
	OnInvite func(call *Call) Behaviour
	// Messages are the bodies of MESSAGE requests that came.
	Messages []string
	// Complaints are breaches of the protocol that the phone has seen.
	Complaints []string
	// PublicGRUU and TemporaryGRUU came with the registration (RFC 5627).
	PublicGRUU, TemporaryGRUU string
}

// AddPhone puts a phone on the network. Killing its host makes it forget everything.
func (n *Network) AddPhone(config PhoneConfig) *Phone {
	if config.Seed == 0 {
		hash := fnv.New64a()
		_, _ = hash.Write([]byte(config.Name)) // never fails
		config.Seed = hash.Sum64() ^ n.config.Seed
	}
	phone := NewPhone(config)
	n.phones = append(n.phones, phone)
	n.Add(HostConfig{
		Name:   config.Name,
		Listen: []Listener{{Transport: phone.config.Transport, Address: config.Address}},
		Start: func(time.Time) machine.Machine {
			phone.forget()
			return phone
		},
	})
	return phone
}

// NewPhone makes a phone to be stepped by the caller.
func NewPhone(config PhoneConfig) *Phone {
	if config.User == "" {
		config.User = config.Name
	}
	if config.Domain == "" {
		config.Domain = "example.test"
	}
	if config.Transport == 0 {
		config.Transport = machine.UDP
	}
	if config.Expires == 0 {
		config.Expires = time.Hour
	}
	phone := &Phone{config: config, random: rand.New(rand.NewPCG(config.Seed, 0x7068_6f6e))}
	phone.forget()
	return phone
}

func (p *Phone) forget() {
	p.commands, p.alarms, p.calls, p.dialogs = nil, nil, nil, nil
	p.registrations, p.sessions, p.serviceRoute = nil, nil, nil
	p.clients, p.servers = map[string]*clientTransaction{}, map[string]*serverTransaction{}
}

// AOR is the phone's address of record.
func (p *Phone) AOR() string { return "sip:" + p.config.User + "@" + p.config.Domain }

// ContactURI is where the phone itself is.
func (p *Phone) ContactURI() string {
	uri := "sip:" + p.config.User + "@" + p.config.Address.String()
	if p.config.Transport != machine.UDP {
		uri += ";transport=" + transportParam(p.config.Transport)
	}
	return uri
}

// dialogContact is what its dialogs name as Contact.
func (p *Phone) dialogContact() string {
	if p.config.GRUU && p.PublicGRUU != "" {
		return p.PublicGRUU
	}
	return p.ContactURI()
}

// Behave changes the behaviour to incoming calls from now on.
func (p *Phone) Behave(behaviour Behaviour) { p.config.Incoming = behaviour }

// do runs a command in the current step, or in the next.
func (p *Phone) do(command func()) {
	if p.out != nil {
		command()
		return
	}
	p.commands = append(p.commands, command)
}

// Receive implements machine.Machine.
func (p *Phone) Receive(now time.Time, packet machine.Packet, out *machine.Output) {
	p.now, p.out = now, out
	defer p.end()
	if packet.Message.IsRequest() {
		p.receiveRequest(packet)
		return
	}
	p.receiveResponse(packet.Message)
}

// Advance implements machine.Machine.
func (p *Phone) Advance(now time.Time, out *machine.Output) {
	p.now, p.out = now, out
	defer p.end()
	commands := p.commands
	p.commands = nil
	for _, command := range commands {
		command()
	}
	for len(p.alarms) > 0 && !p.alarms[0].at.After(now) {
		due := p.alarms[0]
		p.alarms = p.alarms[1:]
		due.run()
	}
}

func (p *Phone) end() { p.out = nil }

// Next implements machine.Machine. Commands are due at once.
func (p *Phone) Next() time.Time {
	switch {
	case len(p.commands) > 0:
		return time.Unix(0, 0)
	case len(p.alarms) > 0:
		return p.alarms[0].at
	}
	return time.Time{}
}

// SendFailed learns that a request could not be sent (RFC 3261 §8.1.3.1).
func (p *Phone) SendFailed(now time.Time, ticket uint64, out *machine.Output) {
	p.now, p.out = now, out
	defer p.end()
	for _, client := range p.clients {
		if client.ticket == ticket && client.state < clientCompleted {
			client.fail(503)
			return
		}
	}
}

func (p *Phone) complain(format string, values ...any) {
	p.Complaints = append(p.Complaints, fmt.Sprintf(format, values...))
}

// token is a random word for tags, branches and Call-IDs.
func (p *Phone) token() string { return strconv.FormatUint(p.random.Uint64(), 36) }

func (p *Phone) send(to machine.Flow, data string, ticket uint64) {
	p.out.Sends = append(p.out.Sends, machine.Send{To: to, Data: []byte(data), Ticket: ticket})
}

// flowTo finds where a URI is: an address, a known host, or else the proxy.
func (p *Phone) flowTo(text string) machine.Flow {
	flow := machine.Flow{Remote: p.config.Proxy, Transport: p.config.Transport}
	uri, err := sip.ParseURI(text)
	if err != nil {
		return flow
	}
	port := uri.Port
	if port == 0 {
		port = 5060
	}
	if address, ok := uri.Address(); ok {
		flow.Remote = netip.AddrPortFrom(address, port)
	} else if known, ok := p.config.Hosts[uri.Host]; ok {
		flow.Remote = known
	}
	if transport, _ := uri.Params.Get("transport"); transport != "" && !strings.EqualFold(transport, transportParam(p.config.Transport)) {
		p.complain("%s asks for %s, and this phone speaks %s", text, transport, p.config.Transport)
	}
	return flow
}

func transportParam(transport machine.Transport) string {
	names := map[machine.Transport]string{
		machine.UDP: "udp", machine.TCP: "tcp", machine.TLS: "tls", machine.WS: "ws", machine.WSS: "wss",
	}
	return names[transport]
}
