package server

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hookflash/config"
	"hookflash/internal/testca"
	"hookflash/internal/testdns"
	"hookflash/sip"
)

// serveFor runs a server for a domain, with a TLS listener and a certificate for some name.
func serveFor(t *testing.T, domain, named, trusted string, authority *testca.Authority, names netip.AddrPort) *Server {
	t.Helper()
	folder := t.TempDir()
	certificate, key := authority.Issue(t, testca.Wish{Names: []string{named}}).Write(t, folder, "own")
	c, _, err := config.Parse(fmt.Appendf(nil, "domain: %s\nlisten: {sip: [\"udp:127.0.0.1:0\", \"tls:127.0.0.1:0\"], http: off}\ntrusted: [%s]\nguests: true\n"+
		"users: [{name: alice, password: long-and-random}, {name: bob, password: long-and-random}]\nshutdown: {drain: 0s}\n"+
		"resolver: {servers: [%s], timeout: 5s}\ndata: %s\ntls: {certificate: %s, key: %s, ca: %s}\n",
		domain, trusted, names, filepath.Join(folder, "data"), certificate, key, authority.Write(t, folder, "roots")))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestSecureNextHop: a request by sips leaves for the other domain's server over TLS, if
// that shows a certificate of the domain (RFC 5922 §7.3), and by nothing less.
func TestSecureNextHop(t *testing.T) {
	authority := testca.New(t)
	for _, test := range []struct {
		reason, named string
		code          int
	}{
		{"the domain's certificate", "two.test", 486},
		{"as a URI", "sip:two.test", 486},
		{"that of the host that SRV named", "host.two.test", 500},
		{"that of somebody else", "three.test", 500},
	} {
		names := testdns.Start(t, "")
		two := serveFor(t, "two.test", test.named, "127.9.9.9", authority, names.Address())
		names.SetZone(t, fmt.Sprintf("_sips._tcp.two.test. SRV 0 0 %d host.two.test.\nhost.two.test. A 127.0.0.1\n", two.sockets[1].listener.Address.Port()))
		one := serveFor(t, "one.test", "one.test", "127.9.9.8", authority, names.Address())

		bob := dialTLS(t, two, "127.9.9.9", authority, test.named)
		_, _ = fmt.Fprint(bob, bare("REGISTER", "sip:two.test", "sip:bob@two.test", "bob"))
		if code, m := next(t, bob); code != 200 {
			t.Fatalf("%s: bob registers: %s", test.reason, m.Text())
		}
		go refuseNext(bob)
		alice := dialTLS(t, one, "127.9.9.8", authority, "one.test")
		_, _ = fmt.Fprint(alice, bare("MESSAGE", "sips:bob@two.test", "sip:alice@one.test", "alice"))
		if code, m := next(t, alice); code != test.code {
			t.Errorf("%s: %d, want %d\n%s", test.reason, code, test.code, m.Text())
		}
	}
}

// bare is a request without a body.
func bare(method, uri, from, id string) string {
	to := uri
	if method == "REGISTER" {
		to = from
	}
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/TLS x.invalid;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\nFrom: <%s>;tag=%s\r\nTo: <%s>\r\n"+
		"Call-ID: %s\r\nCSeq: 1 %s\r\nContact: <sip:%s@x.invalid>\r\nContent-Length: 0\r\n\r\n", method, uri, id, from, id, to, id, method, id)
}

func dialTLS(t *testing.T, s *Server, from string, authority *testca.Authority, named string) net.Conn {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	trust := &tls.Config{RootCAs: authority.Pool(), ServerName: named}
	if strings.HasPrefix(named, "sip:") {
		trust.InsecureSkipVerify = true // crypto/tls knows no sip URIs
	}
	conn, err := tls.DialWithDialer(dialer, "tcp", s.sockets[1].listener.Address.String(), trust)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn
}

// next is the next final response on a connection.
func next(t *testing.T, conn net.Conn) (int, *sip.Message) {
	t.Helper()
	reader := bufio.NewReader(conn)
	for {
		text, err := readMessage(reader)
		if err != nil {
			t.Fatal(err)
		}
		m, err := sip.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if !m.IsRequest() && m.StatusCode() >= 200 {
			return m.StatusCode(), m
		}
	}
}

// refuseNext answers the next request: busy.
func refuseNext(conn net.Conn) {
	text, err := readMessage(bufio.NewReader(conn))
	if err != nil {
		return
	}
	if m, err := sip.Parse(text); err == nil {
		_, _ = conn.Write(sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 486, ToTag: "bob"}).Empty())
	}
}
