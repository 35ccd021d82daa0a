package phone

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"hookflash/machine"
	"hookflash/service/order"
	"hookflash/transport"
	"hookflash/ua"
)

// Open opens a phone: its sockets and its media side. Unless Settings say otherwise it begins to
// register; Registered waits for that. Errors leave nothing open.
func Open(settings Settings) (phone *Phone, err error) {
	if err := settings.Validate(); err != nil {
		return nil, fmt.Errorf("open a phone: %w", err)
	}
	p := &Phone{
		settings: settings.withDefaults(), events: make(chan any, MaxEvents), wake: make(chan struct{}, 1), done: make(chan struct{}),
		media: deaf{}, jobs: make(chan struct{}, MaxJobs), taken: map[portHolder]uint16{},
	}
	defer func() {
		if err != nil {
			p.abandon()
		}
	}()
	local, err := p.listen()
	if err != nil {
		return nil, fmt.Errorf("open a phone: %w", err)
	}
	if err := p.openMedia(local.Addr()); err != nil {
		return nil, fmt.Errorf("open a phone: media: %w", err)
	}
	p.start(local)
	return p, nil
}

// listen binds the sockets, and gives the address that stands in Via and Contact.
func (p *Phone) listen() (netip.AddrPort, error) {
	local := p.settings.Local
	if !local.Addr().IsValid() || local.Addr().IsUnspecified() {
		address, err := towards(p.settings.Server)
		if err != nil {
			return local, err
		}
		local = netip.AddrPortFrom(address, local.Port())
	}
	var err error
	if p.streams, err = transport.NewStreams(&streamHandler{p}, transport.StreamOptions{Held: true}); err != nil {
		return local, err
	}
	if p.settings.TLS != nil {
		p.streams.Secure(transport.Security{Client: p.settings.TLS})
	}
	switch p.settings.Transport {
	case machine.UDP:
		if p.udp, err = transport.ListenUDP(local, transport.UDPOptions{ReceiveBuffer: -1, SendBuffer: -1}); err != nil {
			return local, err
		}
		return p.udp.LocalAddr(), nil
	case machine.TCP:
		return p.streams.Listen(local, 0)
	default:
		// Over TLS the server reaches the phone by the connection it opened (RFC 5626); the port is for show.
		if local.Port() == 0 {
			local = netip.AddrPortFrom(local.Addr(), defaultTLSPort)
		}
		return local, nil
	}
}

const defaultTLSPort = 5061

// towards is the address of this machine from which a server is reached. No packet is sent.
func towards(server netip.AddrPort) (netip.Addr, error) {
	connection, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(server))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find the address that leads to %s: %w", server, err)
	}
	defer func() { _ = connection.Close() }()
	return connection.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

func (p *Phone) openMedia(address netip.Addr) error {
	if p.settings.Media == nil {
		p.media = &mute{address: address}
		return nil
	}
	opened, err := p.settings.Media(address, p.heard)
	if err != nil {
		return err
	}
	p.media = opened
	return nil
}

// start makes the agent and begins every goroutine.
func (p *Phone) start(local netip.AddrPort) {
	s := p.settings
	agent := ua.Settings{
		AOR: s.AOR(), Display: s.Display, Username: s.User, Password: s.Password, Realm: s.Domain,
		Local: local, Outbound: s.outbound(), Instance: newInstance(), Expires: s.Expires,
		Codecs: s.Codecs, Secure: s.Secure, Reliable: s.Reliable, Music: s.Music, Pickup: s.Pickup,
	}
	rand.Read(agent.Seed[:])
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.person = newPerson(s)
	p.agent = ua.New(agent, time.Now())
	handlers := p.handlers()
	if s.Handlers != nil {
		handlers = s.Handlers(p.agent, handlers)
	}
	order.InstallLacking(p.agent, handlers, s.Lacks)
	p.streams.Release()
	if p.udp != nil {
		p.running.Go(p.readDatagrams)
	}
	p.running.Go(p.keepTime)
	p.registration = make(chan struct{})
	p.agentStep(time.Now(), func() {
		if !s.Direct {
			p.agent.Register(nil)
		}
	})
}

// newInstance is the URN of one run of a phone (RFC 5626 §4.1, RFC 9562 §5.4).
func newInstance() string {
	var id [16]byte
	rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// abandon closes what a failed Open had opened.
func (p *Phone) abandon() {
	if p.udp != nil {
		_ = p.udp.Close()
	}
	if p.streams != nil {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = p.streams.Close(ended)
	}
	_ = p.media.Close()
}

// ErrClosed tells that the phone was closed.
var ErrClosed = errors.New("the phone is closed")
