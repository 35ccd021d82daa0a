//go:build interop

package attacks

import (
	"bufio"
	"crypto/tls"
	network "encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/internal/testca"
)

// layers are the listeners above TCP, and what their clients need.
type layers struct {
	tls, ws, wss     netip.AddrPort
	certificate, key string
	trust            *tls.Config
}

func newLayers(t testing.TB, host netip.Addr) *layers {
	t.Helper()
	authority := testca.New(t)
	l := &layers{tls: freePort(t, host), ws: freePort(t, host), wss: freePort(t, host)}
	l.certificate, l.key = authority.Issue(t, testca.Wish{Names: []string{host.String()}}).Write(t, t.TempDir(), "server")
	l.trust = &tls.Config{RootCAs: authority.Pool(), ServerName: host.String()}
	return l
}

// configuration is what stands behind the usual listeners, and further keys.
func (l *layers) configuration() (listeners, keys string) {
	return fmt.Sprintf(`, "tls:%s", "ws:%s", "wss:%s"`, l.tls, l.ws, l.wss), fmt.Sprintf("tls: {certificate: %s, key: %s}\n", l.certificate, l.key)
}

// streamTransports are those over connections, by their names in Via.
var streamTransports = []string{"TCP", "TLS", "WS", "WSS"}

// stream is an attacker's connection: bytes as he likes.
type stream struct {
	net.Conn
	socket    *net.TCPConn
	reader    *bufio.Reader
	transport string
	web       bool
}

// connect opens the TCP connection for a transport, and nothing above it.
func (s *server) connect(transport string, from netip.Addr) (*net.TCPConn, error) {
	to := s.address
	switch transport {
	case "TLS":
		to = s.layers.tls
	case "WS":
		to = s.layers.ws
	case "WSS":
		to = s.layers.wss
	}
	dialer := net.Dialer{Timeout: patience}
	if from.IsValid() {
		dialer.LocalAddr = &net.TCPAddr{IP: from.AsSlice()}
	}
	conn, err := dialer.Dial("tcp", to.String())
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

const upgrade = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n"

// open opens a connection up to where messages go.
func (s *server) open(transport string) (*stream, error) {
	socket, err := s.connect(transport, netip.Addr{})
	if err != nil {
		return nil, err
	}
	_ = socket.SetDeadline(time.Now().Add(patience))
	c := &stream{Conn: socket, socket: socket, transport: transport, web: strings.HasPrefix(transport, "WS")}
	if strings.HasSuffix(transport, "S") && transport != "WS" {
		secured := tls.Client(socket, s.layers.trust)
		if err := secured.Handshake(); err != nil {
			return nil, err
		}
		c.Conn = secured
	}
	c.reader = bufio.NewReader(c.Conn)
	if c.web {
		if _, err := io.WriteString(c, upgrade+"\r\n"); err != nil {
			return nil, err
		}
		for line := ""; line != "\r\n"; {
			if line, err = c.reader.ReadString('\n'); err != nil {
				return nil, err
			}
			if strings.HasPrefix(line, "HTTP/1.1 ") && !strings.HasPrefix(line, "HTTP/1.1 101") {
				return nil, fmt.Errorf("no WebSocket: %s", strings.TrimSpace(line))
			}
		}
	}
	return c, nil
}

func mustOpen(t testing.TB, s *server, transport string) *stream {
	t.Helper()
	c, err := s.open(transport)
	if err != nil {
		t.Fatalf("a connection over %s: %v", transport, err)
	}
	t.Cleanup(func() { c.socket.Close() })
	return c
}

// Beginnings of frames (RFC 6455 §5.2).
const (
	frameText = 0x81
	framePing = 0x89
	framePong = 0x8a
)

// frame is one of a client, masked.
func frame(first byte, payload string) string {
	head := []byte{first}
	switch n := len(payload); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	default:
		head = network.BigEndian.AppendUint16(append(head, 0xfe), uint16(n))
	}
	mask := [4]byte{0x5a, 0xa5, 0x3c, 0xc3}
	head = append(head, mask[:]...)
	for i := range len(payload) {
		head = append(head, payload[i]^mask[i%4])
	}
	return string(head)
}

// encode is a message as it travels on the connection.
func (c *stream) encode(text string) string {
	if c.web {
		return frame(frameText, text)
	}
	return text
}

// response reads one message without a body; an error when the connection ends.
func (c *stream) response() (string, error) {
	if c.web {
		var head [4]byte
		if _, err := io.ReadFull(c.reader, head[:2]); err != nil {
			return "", err
		}
		length := int(head[1])
		if length == 126 {
			if _, err := io.ReadFull(c.reader, head[2:]); err != nil {
				return "", err
			}
			length = int(network.BigEndian.Uint16(head[2:]))
		}
		payload := make([]byte, length)
		if _, err := io.ReadFull(c.reader, payload); err != nil {
			return "", err
		}
		if head[0] != frameText {
			return "", io.EOF // a Close frame, in these tests
		}
		return string(payload), nil
	}
	text := ""
	for {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			return "", err
		}
		switch {
		case line == "\r\n" && text == "": // answers a double CRLF (RFC 5626 §3.5.1)
		case line == "\r\n":
			return text + line, nil
		default:
			text += line
		}
	}
}

// responses reads until the connection ends or nothing has come for a while; ended tells
// which.
func (c *stream) responses(quiet time.Duration) (texts []string, ended bool) {
	for {
		_ = c.socket.SetReadDeadline(time.Now().Add(quiet))
		text, err := c.response()
		if err != nil {
			netError, timeout := err.(net.Error)
			return texts, !timeout || !netError.Timeout()
		}
		texts = append(texts, text)
	}
}
