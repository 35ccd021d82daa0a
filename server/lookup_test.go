package server

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hookflash/config"
	"hookflash/internal/testdns"
)

// runNamed runs a server that asks a name server about names, and gives how to end it.
func runNamed(t *testing.T, names *testdns.Server) (s *Server, end func()) {
	t.Helper()
	c, _, err := config.Parse(fmt.Appendf(nil, "domain: example.test\nlisten: {sip: [\"udp:127.0.0.1:0\", \"tcp:127.0.0.1:0\"], http: off}\ntrusted: [127.0.0.1]\n"+
		"users: [{name: alice, password: long-and-random}]\nshutdown: {drain: 0s}\nresolver: {servers: [%s], timeout: 5s}\ndata: %s\n", names.Address(), filepath.Join(t.TempDir(), "data")))
	if err != nil {
		t.Fatal(err)
	}
	if s, err = Open(Options{Config: c}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	return s, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// port is a UDP socket on loopback.
func port(t *testing.T) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn, conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func options(host string, from netip.AddrPort) []byte {
	return fmt.Appendf(nil, "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:alice@example.test>;tag=a\r\n"+
		"To: <sip:%s>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", host, from, host, host, host)
}

func read(t *testing.T, conn *net.UDPConn) (string, netip.AddrPort) {
	t.Helper()
	buffer := make([]byte, 4096)
	n, from, err := conn.ReadFromUDPAddrPort(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return string(buffer[:n]), from
}

// TestNamedNextHop: a request goes where SRV records lead: at the first of two hosts
// nobody takes the connection.
func TestNamedNextHop(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("", func(t *testing.T) {
		far, hop := port(t)
		near, caller := port(t)
		closed, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		dead := closed.Addr().(*net.TCPAddr).Port
		_ = closed.Close()
		names := testdns.Start(t, fmt.Sprintf(`
carrier.test. NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.carrier.test.
carrier.test. NAPTR 10 20 "s" "SIP+D2U" "" _sip._udp.carrier.test.
_sip._tcp.carrier.test. SRV 0 0 %d host.carrier.test.
_sip._udp.carrier.test. SRV 0 0 %d host.carrier.test.
host.carrier.test. A 127.0.0.1
`, dead, hop.Port()))
		s, end := runNamed(t, names)
		defer end()
		if _, err := near.WriteToUDPAddrPort(options("carrier.test", caller), s.sockets[0].listener.Address); err != nil {
			t.Fatal(err)
		}
		text, from := read(t, far)
		if !strings.HasPrefix(text, "OPTIONS sip:carrier.test SIP/2.0\r\nVia: SIP/2.0/UDP "+from.String()) {
			t.Errorf("arrived:\n%s", text)
		}
		if counts := s.resolver.Counts(); counts.Resolutions != 1 || counts.Queries == 0 {
			t.Errorf("counted %+v", counts)
		}
	})
}

// TestCloseDuringLookup: a server that ends does not wait for name servers.
func TestCloseDuringLookup(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("", func(t *testing.T) {
		near, caller := port(t)
		names := testdns.Start(t, "")
		names.Set("", testdns.Behaviour{Silent: true})
		s, end := runNamed(t, names)
		for i := range 20 {
			if _, err := near.WriteToUDPAddrPort(options(fmt.Sprintf("silent%d.test", i), caller), s.sockets[0].listener.Address); err != nil {
				t.Fatal(err)
			}
		}
		names.Await(t, 1)
		end()
		if counts := s.resolver.Counts(); counts.Unanswered == 0 || counts.Unanswered != counts.Resolutions {
			t.Errorf("counted %+v", counts)
		}
	})
}
