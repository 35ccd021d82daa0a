package phone

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"hookflash/machine"
	"hookflash/sdp"
	"hookflash/service/order"
	"hookflash/sip"
	"hookflash/ua"
)

// Limits of a Phone.
const (
	// MaxLines is how many calls there can be at once where Settings don't say; who calls
	// beyond that hears busy (486).
	MaxLines = 8
	// MaxPast is how many calls the history keeps, the latest.
	MaxPast = 1000
	// MaxEvents is how many events wait for a reader; more are lost, and counted.
	MaxEvents = 4096
	// MaxJobs is how many jobs of the agent run at once; more are left out.
	MaxJobs = 16
	// SparePorts is how many RTP ports are kept ready.
	SparePorts = 8
)

// Media is the media side of a phone, as package media's Engine is one. Its methods don't wait.
type Media interface {
	// Apply makes changes of package media/graph, in their order.
	Apply(changes []any) error
	// Ports binds n more RTP ports; it may give fewer, with an error.
	Ports(n int) ([]uint16, error)
	Close() error
}

// Settings describe a phone. User, Domain and Server are needed.
type Settings struct {
	User, Domain, Display string
	Password              string
	// Server is the proxy and registrar of the domain; Transport is UDP where it is zero, or TCP or TLS.
	Server    netip.AddrPort
	Transport machine.Transport
	// ServerName is who the server must be over TLS; "": Domain. TLS is how it is dialled
	// (transport.ClientTLS).
	ServerName string
	TLS        *tls.Config
	// Local is where the phone is reached; an address that is not valid means the one that leads to
	// the server, port 0 any.
	Local netip.AddrPort
	// Direct: the phone does not register.
	Direct bool
	// Expires is how long a registration is asked for; zero: the agent's default.
	Expires time.Duration
	Codecs  []sdp.Codec
	Secure  sdp.Policy
	// Reliable makes provisional responses reliable where the caller supports it.
	Reliable bool
	// Lines is how many calls there can be at once; zero: MaxLines.
	Lines int
	// AutoAnswer, DoNotDisturb and Accept are what the phone does by itself; see Person.
	AutoAnswer, DoNotDisturb bool
	// Intercom: it answers by itself when the server asks for that, and nobody is on the line.
	Intercom bool
	// Accept lists who may call directly, past the server: users of the domain, addresses, or
	// *@DOMAIN. Others get 305 with the server as Contact (RFC 5359 §2.13). None: everybody may.
	Accept []string
	// Mailbox is the URI of a mailbox: the phone subscribes to what waits there (RFC 3842). "": what the server tells
	// unasked is told all the same.
	Mailbox string
	// Music is the URI of the music that those hear whom the phone holds (RFC 7088): sip:music@DOMAIN of a server of ours. "":
	// silence.
	Music string
	// Pickup are users of the domain who see the identifiers of the phone's calls, to take them over (RFC 5359 §2.16).
	Pickup []string
	// Lacks is what the phone is without, as others are.
	Lacks order.Lacks
	// Media opens the media side at the phone's address; tell is given what the agent's Heard takes. Engine makes
	// one. nil: ports are bound, and nothing is sent.
	Media func(address netip.Addr, tell func(event any)) (Media, error)
	// Trace is given every message, with the phone's mutex held. nil: nobody.
	Trace func(now time.Time, sent bool, flow machine.Flow, text string)
	// Handlers may change what the agent does about requests, before its first step.
	Handlers func(a *ua.Agent, h ua.Handlers) ua.Handlers
}

// Errors of Settings.
var (
	ErrUser      = errors.New("no user name, or one that no SIP URI can have")
	ErrServer    = errors.New("no server to register at")
	ErrTransport = errors.New("a phone speaks udp, tcp or tls")
)

// AOR is the phone's address of record.
func (s Settings) AOR() string { return "sip:" + sip.EscapeUser(s.User) + "@" + s.Domain }

// Validate tells what is wrong with the settings.
func (s Settings) Validate() error {
	uri, err := sip.ParseURI(s.AOR())
	switch {
	case s.User == "" || s.Domain == "" || err != nil || !uri.IsSIP():
		return fmt.Errorf("%q at %q: %w", s.User, s.Domain, ErrUser)
	case !s.Server.IsValid() || s.Server.Port() == 0:
		return ErrServer
	case s.Transport != 0 && s.Transport != machine.UDP && s.Transport != machine.TCP && s.Transport != machine.TLS:
		return fmt.Errorf("%v: %w", s.Transport, ErrTransport)
	}
	return nil
}

func (s Settings) withDefaults() Settings {
	if s.Transport == 0 {
		s.Transport = machine.UDP
	}
	if s.ServerName == "" {
		s.ServerName = s.Domain
	}
	if s.Lines <= 0 {
		s.Lines = MaxLines
	}
	return s
}

// outbound is the flow to the server.
func (s Settings) outbound() machine.Flow {
	flow := machine.Flow{Transport: s.Transport, Remote: s.Server}
	if s.Transport == machine.TLS {
		flow.Name = s.ServerName
	}
	return flow
}
