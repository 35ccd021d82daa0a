package phone

import (
	"bufio"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hookflash/machine"
	"hookflash/sip"
)

// readMessage reads a message without a body.
func readMessage(t *testing.T, connection net.Conn) *sip.Message {
	t.Helper()
	_ = connection.SetReadDeadline(time.Now().Add(10 * time.Second))
	var text strings.Builder
	for reader := bufio.NewReader(connection); !strings.HasSuffix(text.String(), "\r\n\r\n"); {
		line, err := reader.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString(line)
	}
	m, err := sip.Parse(text.String())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestReconnect: a phone whose connection ended registers again over a new one.
func TestReconnect(t *testing.T) {
	defer goleak.VerifyNone(t)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	p, err := Open(Settings{
		User: "bob", Domain: "example.test", Local: loopback, Transport: machine.TCP, Server: listener.Addr().(*net.TCPAddr).AddrPort(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		connection, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		m := readMessage(t, connection)
		if m.Method() != sip.REGISTER {
			t.Errorf("%s instead of REGISTER", m.Method())
		}
		answer := sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 200, ToTag: "x"})
		answer.Copy(m, sip.HeaderContact)
		if _, err := connection.Write(answer.Empty()); err != nil {
			t.Fatal(err)
		}
		if err := p.Registered(t.Context()); err != nil {
			t.Errorf("registered: %v", err)
		}
		_ = connection.Close()
	}
	_ = listener.Close() // nobody to say goodbye to
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
