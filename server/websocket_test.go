package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hookflash/config"
	"hookflash/internal/testca"
	"hookflash/machine"
	"hookflash/sip"
)

// everyTransport is a demo that listens over each transport, and runs.
func everyTransport(t *testing.T) (s *Server, authority *testca.Authority, c *config.Config) {
	t.Helper()
	authority = testca.New(t)
	folder := t.TempDir()
	c = config.Demo()
	c.Data = folder
	c.TLS.Certificate, c.TLS.Key = authority.Issue(t, testca.Wish{}).Write(t, folder, "server")
	anywhere := netip.MustParseAddrPort("127.0.0.1:0")
	c.Listen = config.Listen{HTTP: anywhere}
	c.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for transport := machine.UDP; transport <= machine.WSS; transport++ {
		c.Listen.SIP = append(c.Listen.SIP, config.Listener{Transport: transport, Address: anywhere})
	}
	s, err := Open(Options{Config: c, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	c.Shutdown.Drain = 0
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s, authority, c
}

// caller is a phone that a test plays: whole messages in and out.
type caller struct {
	name      string
	transport string // as Via says it
	send      func(text string) error
	receive   func() (string, error)
	close     func()
}

func dialCaller(t *testing.T, s *Server, name string, socket int, authority *testca.Authority) *caller {
	t.Helper()
	l := s.sockets[socket].listener
	c := &caller{name: name, transport: l.Transport.String()}
	trust := &tls.Config{RootCAs: authority.Pool()}
	switch l.Transport {
	case machine.WS, machine.WSS:
		url := map[machine.Transport]string{machine.WS: "ws://", machine.WSS: "wss://"}[l.Transport] + l.Address.String() + webSocketPath
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		t.Cleanup(cancel)
		conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{
			Subprotocols: []string{"sip"}, HTTPClient: &http.Client{Transport: &http.Transport{TLSClientConfig: trust}},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.send = func(text string) error { return conn.Write(ctx, websocket.MessageText, []byte(text)) }
		c.receive = func() (string, error) {
			_, text, err := conn.Read(ctx)
			return string(text), err
		}
		c.close = func() { _ = conn.CloseNow() }
	default:
		var conn net.Conn
		var err error
		if l.Transport == machine.TLS {
			conn, err = tls.Dial("tcp", l.Address.String(), trust)
		} else {
			conn, err = net.Dial(strings.ToLower(c.transport), l.Address.String())
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		reader := bufio.NewReaderSize(conn, 1<<16)
		c.send = func(text string) error { _, err := conn.Write([]byte(text)); return err }
		c.receive = func() (string, error) { return readMessage(reader) }
		c.close = func() { _ = conn.Close() }
	}
	t.Cleanup(c.close)
	return c
}

// readMessage reads one message without a body.
func readMessage(reader *bufio.Reader) (string, error) {
	text := ""
	for {
		line, err := reader.ReadString('\n')
		if text += line; err != nil || line == "\r\n" && len(text) > 2 {
			return strings.TrimLeft(text, "\r\n"), err
		}
	}
}

// asked counts requests, so that each is another one.
var asked atomic.Int64

// ask sends a request and waits for its final response.
func (c *caller) ask(t *testing.T, method, uri string, more ...string) *sip.Message {
	t.Helper()
	id := fmt.Sprint(c.name, asked.Add(1))
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/%s x.invalid;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@example.test>;tag=%s\r\n"+
		"To: <%s>\r\nCall-ID: %s\r\nCSeq: 1 %s\r\nContact: <sip:%s@x.invalid;transport=ws>\r\n%sContent-Length: 0\r\n\r\n",
		method, uri, c.transport, id, c.name, c.name, strings.Replace(uri, "sip:example", "sip:"+c.name+"@example", 1),
		id, method, c.name, strings.Join(more, ""))
	if err := c.send(text); err != nil {
		t.Fatal(err)
	}
	for {
		if m := c.next(t); !m.IsRequest() && m.StatusCode() >= 200 {
			return m
		}
	}
}

func (c *caller) next(t *testing.T) *sip.Message {
	t.Helper()
	text, err := c.receive()
	if err != nil {
		t.Fatalf("%s over %s: %v", c.name, c.transport, err)
	}
	m, err := sip.Parse(text)
	if err != nil {
		t.Fatalf("%s over %s: %v in\n%s", c.name, c.transport, err, text)
	}
	return m
}

// TestEveryPairOfTransports: whoever registers over a transport is reached over it, from
// each other one (RFC 7118 §5, RFC 5626 §5.3).
func TestEveryPairOfTransports(t *testing.T) {
	s, authority, _ := everyTransport(t)
	for from := range s.sockets {
		for to := range s.sockets {
			alice, bob := dialCaller(t, s, "alice", from, authority), dialCaller(t, s, "bob", to, authority)
			reason := alice.transport + " to " + bob.transport
			if m := bob.ask(t, "REGISTER", "sip:example.test", "Expires: 60\r\n"); m.StatusCode() != 200 {
				t.Fatalf("%s: bob registers: %s", reason, m.Text())
			}
			answered := make(chan *sip.Message)
			go func() {
				defer close(answered)
				text, err := bob.receive()
				if err != nil {
					return
				}
				m, err := sip.Parse(text)
				if err != nil {
					return
				}
				_ = bob.send(string(sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 486, ToTag: "bob"}).Empty()))
				answered <- m
			}()
			refused := alice.ask(t, "MESSAGE", "sip:bob@example.test")
			arrived := <-answered
			if refused.StatusCode() != 486 || arrived == nil {
				t.Fatalf("%s: %v", reason, refused.Text())
			}
			if want := "SIP/2.0/" + bob.transport + " " + s.sockets[to].listener.Address.String() + ";"; !strings.HasPrefix(arrived.TopValue(sip.HeaderVia), want) {
				t.Errorf("%s: Via is %s", reason, arrived.TopValue(sip.HeaderVia))
			}
			bob.ask(t, "REGISTER", "sip:example.test", "Expires: 0\r\n")
			alice.close()
			bob.close()
		}
	}
}

// TestWebSocketPort: what /ws on the HTTP port answers to whoever may not use it.
func TestWebSocketPort(t *testing.T) {
	s, _, _ := everyTransport(t)
	for _, test := range []struct {
		reason, origin, subprotocol string
		status                      int
	}{
		{"no WebSocket", "", "", 426},
		{"a page from elsewhere", "https://evil.test", "sip", 403},
		{"no subprotocol", "", "xmpp", 400},
	} {
		request, err := http.NewRequest(http.MethodGet, "http://"+s.pagesListener.Addr().String()+webSocketPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		if test.subprotocol != "" {
			request.Header.Set("Connection", "Upgrade")
			request.Header.Set("Upgrade", "websocket")
			request.Header.Set("Sec-WebSocket-Version", "13")
			request.Header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
			request.Header.Set("Sec-WebSocket-Protocol", test.subprotocol)
		}
		if test.origin != "" {
			request.Header.Set("Origin", test.origin)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatalf("%s: %v", test.reason, err)
		}
		_ = response.Body.Close()
		if response.StatusCode != test.status {
			t.Errorf("%s: %d, want %d", test.reason, response.StatusCode, test.status)
		}
	}
	if open := s.pagesListener.(*boundedListener).open.Load(); open > 1 {
		t.Errorf("who goes on as a WebSocket makes room on the HTTP port: %d are counted", open)
	}
}

// TestCertificateReload: a reload changes the certificate and breaks no connection; one
// with a certificate that can't be used changes nothing.
func TestCertificateReload(t *testing.T) {
	s, authority, c := everyTransport(t)
	socket := 2
	before := dialCaller(t, s, "alice", socket, authority)
	other := testca.New(t)
	next := *c
	next.TLS.Certificate, next.TLS.Key = other.Issue(t, testca.Wish{}).Write(t, t.TempDir(), "other")
	if err := s.Reload(&next); err != nil {
		t.Fatal(err)
	}
	after := dialCaller(t, s, "bob", socket, other)
	for _, each := range []*caller{before, after} {
		if m := each.ask(t, "REGISTER", "sip:example.test", "Expires: 60\r\n"); m.StatusCode() != 200 {
			t.Errorf("%s goes on: %s", each.name, m.Text())
		}
	}
	broken := next
	broken.TLS.Key = "missing.pem"
	if err := s.Reload(&broken); err == nil || !strings.Contains(err.Error(), "missing.pem") {
		t.Errorf("a key that is missing is told: %v", err)
	}
	dialCaller(t, s, "carol", socket, other)
	if _, err := tls.Dial("tcp", s.sockets[socket].listener.Address.String(), &tls.Config{RootCAs: authority.Pool()}); err == nil {
		t.Error("the old certificate is shown no more")
	}
}
