package machine

import (
	"encoding/binary"
	"net/netip"
)

// Transport is how a message travels between two hops.
type Transport uint8

// The transports, by their Via names (RFC 3261 §7.1, RFC 7118 §5).
const (
	UDP    Transport = iota + 1
	TCP              // RFC 3261 §18
	TLS              // RFC 3261 §26
	WS               // RFC 7118
	WSS              // RFC 7118
	Inside           // between agents of this process; no socket
)

var transportNames = [...]string{UDP: "UDP", TCP: "TCP", TLS: "TLS", WS: "WS", WSS: "WSS", Inside: "INSIDE"}

// String is the name of the transport.
func (t Transport) String() string {
	if int(t) < len(transportNames) && transportNames[t] != "" {
		return transportNames[t]
	}
	return "UNKNOWN"
}

// Via is the name in a Via header field. Inside has that of UDP there: a response never goes by it,
// and phones that see it below the top know no other.
func (t Transport) Via() string {
	if t == Inside {
		return transportNames[UDP]
	}
	return t.String()
}

// Reliable tells whether retransmission is the transport's business (RFC 3261 §17).
func (t Transport) Reliable() bool { return t != UDP }

// Flow is the path a message came on or leaves by: the listener on our side, the
// remote address, and for streams the connection.
type Flow struct {
	Remote netip.AddrPort
	// Connection numbers an open stream, never twice in a process. Zero for UDP; zero
	// on a stream means "reuse a connection to Remote or open one".
	Connection uint64
	// Name is who the peer must be for a connection over TLS to be opened to it: the domain
	// of the URI that led there (RFC 5922 §7.3). Empty: whoever is at Remote.
	Name string
	// Listener is an index into the server's list of listeners, from 0.
	Listener  uint16
	Transport Transport
}

// Valid tells whether the flow names a place to send to.
func (f Flow) Valid() bool { return f.Transport != 0 && f.Remote.IsValid() }

// Source names who is at the other end, as far as addresses tell: an IPv4 address, or the
// /64 of an IPv6 address, which is what one subscriber has.
func (f Flow) Source() uint64 {
	address := f.Remote.Addr().Unmap()
	bytes := address.As16()
	if address.Is4() {
		return 1<<32 | uint64(binary.BigEndian.Uint32(bytes[12:]))
	}
	return binary.BigEndian.Uint64(bytes[:8])
}

// SamePeer tells whether both flows lead to the same remote address over the same
// transport, and for streams over the same connection.
func (f Flow) SamePeer(other Flow) bool {
	return f.Transport == other.Transport && f.Remote == other.Remote && f.Connection == other.Connection
}

// Dialled tells whether other is the connection that was opened for f: f named a remote
// address and no connection yet.
func (f Flow) Dialled(other Flow) bool {
	return f.Connection == 0 && f.Transport.Reliable() && f.Transport == other.Transport && f.Remote == other.Remote
}
