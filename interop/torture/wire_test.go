//go:build interop

package torture

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"hookflash/transport"
)

// kind is a transport under test.
type kind struct {
	name    string // as Via writes it
	framing framing
	// dial opens a wire from an address to a server.
	dial func(t testing.TB, s *server, from netip.AddrPort) *wire
}

// framing is what tells where a message ends.
type framing int

const (
	datagram framing = iota // the datagram, and Content-Length within it
	stream                  // Content-Length alone: doubt about it closes the connection
	web                     // the WebSocket message, which holds exactly one (RFC 7118 §5)
)

// kinds are the transports that every message is sent over.
var kinds = []kind{
	{name: "UDP", dial: dialUDP},
	{name: "TCP", framing: stream, dial: dialTCP},
	{name: "WS", framing: web, dial: dialWS},
}

// wire is one end of a transport: a socket or a connection. Any goroutine may send; what
// arrives is taken by one.
type wire struct {
	kind    string
	local   netip.AddrPort
	write   func(data []byte) error
	pieces  func(parts ...string) error // one message in several writes or frames; nil: the transport can't
	arrived chan string                 // whole messages; closed with the connection
	closer  io.Closer
}

const keptMessages = 1024

// send lets a message leave. A failure shows in what arrives.
func (w *wire) send(text string) { _ = w.write([]byte(text)) }

// next is the message that arrives next; ok is false when the connection was closed or
// nothing came in time.
func (w *wire) next(limit time.Duration) (text string, ok bool) {
	select {
	case text, ok = <-w.arrived:
		return text, ok
	case <-time.After(limit):
		return "", false
	}
}

// closed tells whether the server closes the connection in time.
func (w *wire) closed(limit time.Duration) bool {
	for deadline := time.After(limit); ; {
		select {
		case _, open := <-w.arrived:
			if !open {
				return true
			}
		case <-deadline:
			return false
		}
	}
}

func dialUDP(t testing.TB, s *server, from netip.AddrPort) *wire {
	t.Helper()
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(from))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	to := s.reachedFrom(from)
	w := &wire{kind: "UDP", local: localOf(socket.LocalAddr()), arrived: make(chan string, keptMessages), closer: socket}
	w.write = func(data []byte) error {
		_, err := socket.WriteToUDPAddrPort(data, to)
		return err
	}
	go func() {
		defer close(w.arrived)
		for buffer := make([]byte, 65536); ; {
			n, err := socket.Read(buffer)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				w.arrived <- string(buffer[:n])
			}
		}
	}()
	return w
}

func dialTCP(t testing.TB, s *server, from netip.AddrPort) *wire {
	t.Helper()
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(from), Timeout: patience}
	connection, err := dialer.Dial("tcp", s.reachedFrom(from).String())
	if err != nil {
		t.Fatal(err)
	}
	return overTCP(t, connection)
}

// overTCP is the wire of an open connection.
func overTCP(t testing.TB, connection net.Conn) *wire {
	t.Helper()
	t.Cleanup(func() { connection.Close() })
	w := &wire{kind: "TCP", local: localOf(connection.LocalAddr()), arrived: make(chan string, keptMessages), closer: connection}
	w.write = func(data []byte) error {
		_, err := connection.Write(data)
		return err
	}
	w.pieces = func(parts ...string) error {
		for i, part := range parts {
			if i > 0 {
				runtime.Gosched() // so that the server reads them one by one, mostly
			}
			if _, err := connection.Write([]byte(part)); err != nil {
				return err
			}
		}
		return nil
	}
	go func() {
		defer close(w.arrived)
		var framer transport.Framer
		for buffer := make([]byte, 65536); ; {
			n, err := connection.Read(buffer)
			texts, _, doubt := framer.Feed(buffer[:n], nil)
			for _, text := range texts {
				w.arrived <- text
			}
			if doubt != nil {
				w.arrived <- "not framed: " + string(buffer[:n])
			}
			if err != nil || doubt != nil {
				return
			}
		}
	}()
	return w
}

func dialWS(t testing.TB, s *server, from netip.AddrPort) *wire {
	t.Helper()
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(from), Timeout: patience}
	var local netip.AddrPort
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dialer.DialContext(ctx, network, address)
		if err == nil {
			local = localOf(connection.LocalAddr())
		}
		return connection, err
	}
	to := netip.AddrPortFrom(s.reachedFrom(from).Addr(), webPort)
	connection, _, err := websocket.Dial(context.Background(), "ws://"+to.String(), &websocket.DialOptions{
		Subprotocols: []string{"sip"}, HTTPClient: &http.Client{Transport: &http.Transport{DialContext: dial}},
	})
	if err != nil {
		t.Fatal(err)
	}
	connection.SetReadLimit(65536)
	w := &wire{kind: "WS", local: local, arrived: make(chan string, keptMessages), closer: abruptly{connection}}
	t.Cleanup(func() { w.closer.Close() })
	w.write = func(data []byte) error {
		kind := websocket.MessageText
		if !utf8.Valid(data) {
			kind = websocket.MessageBinary
		}
		return connection.Write(context.Background(), kind, data)
	}
	w.pieces = func(parts ...string) error {
		message, err := connection.Writer(context.Background(), websocket.MessageBinary) // a cut may go through a character
		for i := 0; err == nil && i < len(parts); i++ {
			_, err = message.Write([]byte(parts[i])) // a frame each
		}
		if err != nil {
			return err
		}
		return message.Close()
	}
	go func() {
		defer close(w.arrived)
		for {
			_, data, err := connection.Read(context.Background())
			if err != nil {
				return
			}
			w.arrived <- string(data)
		}
	}()
	return w
}

// abruptly closes a WebSocket without a goodbye.
type abruptly struct{ *websocket.Conn }

func (a abruptly) Close() error { return a.CloseNow() }

// webPort is where servers take WebSockets.
const webPort = 5066

func localOf(address net.Addr) netip.AddrPort {
	switch address := address.(type) {
	case *net.UDPAddr:
		return address.AddrPort()
	case *net.TCPAddr:
		return address.AddrPort()
	}
	return netip.AddrPort{}
}

// reachedFrom is the server's address as somebody at another reaches it.
func (s *server) reachedFrom(from netip.AddrPort) netip.AddrPort {
	switch {
	case from.Addr().Is6():
		return netip.AddrPortFrom(home6, 5060)
	case from.Addr().IsLoopback():
		return netip.AddrPortFrom(from.Addr(), 5060)
	}
	return s.address
}

var home6 = netip.MustParseAddr("2001:db8::10")

// given counts addresses given to senders.
var given atomic.Uint32

// strangerAddress is one that nobody has used; port 0 is any.
func strangerAddress() netip.AddrPort {
	n := given.Add(1)
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, byte(18 + n>>16&1), byte(n >> 8), byte(n)}), 0)
}

// trustedAddress is one of the trusted network that nobody has used lately.
func trustedAddress() netip.AddrPort {
	n := given.Add(1)
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{203, 0, 113, byte(1 + n%200)}), 0)
}
