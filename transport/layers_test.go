package transport

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hookflash/internal/testca"
	"hookflash/machine"
)

var layeredTransports = []machine.Transport{machine.TLS, machine.WS, machine.WSS}

// secure are streams with a listener for a transport above TCP.
func secure(t testing.TB, transport machine.Transport, options StreamOptions, change ...func(*Security)) (*Streams, *recorder, netip.AddrPort, *testca.Authority) {
	t.Helper()
	authority := testca.New(t)
	security := Security{Server: ServerTLS(authority.Issue(t, testca.Wish{}).Certificate, nil, tls.VersionTLS12)}
	for _, each := range change {
		each(&security)
	}
	security.Web = security.Server
	r := newRecorder()
	s := newStreams(t, r, options)
	s.Secure(security)
	local, err := s.ListenFor(transport, loopbacks[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	return s, r, local, authority
}

// peerConn is the far side of a connection, byte by byte.
type peerConn struct {
	net.Conn // what messages or frames are written to
	socket   net.Conn
	reader   *bufio.Reader
	web      bool
}

// open dials as a peer of a transport does.
func open(t testing.TB, transport machine.Transport, address netip.AddrPort, authority *testca.Authority) *peerConn {
	t.Helper()
	var roots *x509.CertPool
	if authority != nil {
		roots = authority.Pool()
	}
	return openTrusting(t, transport, address, roots)
}

func openTrusting(t testing.TB, transport machine.Transport, address netip.AddrPort, roots *x509.CertPool) *peerConn {
	t.Helper()
	p := &peerConn{socket: dial(t, address)}
	p.Conn = p.socket
	if secured(transport) {
		layer := tls.Client(p.socket, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"})
		if err := layer.Handshake(); err != nil {
			t.Fatal(err)
		}
		p.Conn = layer
	}
	p.reader = bufio.NewReader(p.Conn)
	if transport == machine.WS || transport == machine.WSS {
		p.web = true
		if status, _ := p.ask(t, upgradeRequest("Sec-WebSocket-Protocol: sip\r\n")); status != 101 {
			t.Fatalf("the WebSocket opens: %d", status)
		}
	}
	return p
}

func upgradeRequest(lines string) string {
	return "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + lines + "\r\n"
}

// ask sends a request and reads the status and the header.
func (p *peerConn) ask(t testing.TB, request string) (status int, header string) {
	t.Helper()
	write(t, p.Conn, request)
	for {
		line, err := p.reader.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if header += line; line == "\r\n" {
			_, err := fmt.Sscanf(header, "HTTP/1.1 %d", &status)
			if err != nil {
				t.Fatal(err)
			}
			return status, header
		}
	}
}

// Frame types (RFC 6455 §11.8).
const (
	opContinuation = 0
	opText         = 1
	opBinary       = 2
	opClose        = 8
	opPing         = 9
	opPong         = 10
	fin            = 0x80
)

// frame is a masked frame of a client.
func frame(first byte, payload string) string {
	head := []byte{first}
	switch n := len(payload); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	head = append(head, mask[:]...)
	for i := range len(payload) {
		head = append(head, payload[i]^mask[i%4])
	}
	return string(head)
}

// readFrame reads a frame of the server.
func (p *peerConn) readFrame(t testing.TB) (first byte, payload string) {
	t.Helper()
	var head [2]byte
	if _, err := io.ReadFull(p.reader, head[:]); err != nil {
		t.Fatal(err)
	}
	length := int(head[1])
	if length == 126 {
		var long [2]byte
		if _, err := io.ReadFull(p.reader, long[:]); err != nil {
			t.Fatal(err)
		}
		length = int(binary.BigEndian.Uint16(long[:]))
	}
	content := make([]byte, length)
	if _, err := io.ReadFull(p.reader, content); err != nil {
		t.Fatal(err)
	}
	return head[0], string(content)
}

// encode is a message as it travels.
func (p *peerConn) encode(text string) string {
	if p.web {
		return frame(fin|opText, text)
	}
	return text
}

// receive reads a message of a known length.
func (p *peerConn) receive(t testing.TB, length int) string {
	t.Helper()
	if p.web {
		first, text := p.readFrame(t)
		if first != fin|opText && first != fin|opBinary {
			t.Fatalf("a message, not frame %#x %q", first, text)
		}
		return text
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(p.reader, data); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func long(length int) string {
	head := "OPTIONS sip:example.test SIP/2.0\r\nCSeq: 1 OPTIONS\r\n"
	for digits := 1; ; digits++ {
		body := length - len(head) - len("Content-Length: \r\n\r\n") - digits
		if text := fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, body, strings.Repeat("x", body)); len(text) == length {
			return text
		}
	}
}

func TestLayersCarryMessages(t *testing.T) {
	for _, transport := range layeredTransports {
		t.Run(transport.String(), func(t *testing.T) {
			s, r, local, authority := secure(t, transport, StreamOptions{})
			p := open(t, transport, local, authority)
			write(t, p, p.encode(numbered(1)))
			h := r.want(t, "a message", "messages")
			if h.texts[0] != numbered(1) || h.flow.Transport != transport || h.flow.Remote != localAddrPort(p.socket.LocalAddr()) {
				t.Errorf("whole, with its flow: %+v", h)
			}
			for _, length := range []int{100, 130, 4096, 5000, 16_384, 40_000, MaxMessage} {
				write(t, p, p.encode(long(length)))
				if h := r.want(t, "a long message", "messages"); h.texts[0] != long(length) {
					t.Errorf("%d bytes arrive whole: %d", length, len(h.texts[0]))
				}
				if err := s.Send(h.flow, []byte(long(length)), 1); err != nil {
					t.Fatal(err)
				}
				if got := p.receive(t, length); got != long(length) {
					t.Errorf("%d bytes leave whole: %d", length, len(got))
				}
			}
			write(t, p, p.encode("\r\n\r\n"))
			if got := p.receive(t, 2); got != "\r\n" {
				t.Errorf("CRLF answers a double CRLF: %q", got)
			}
			_ = p.Close()
			r.wantClosed(t, "the peer closes", io.EOF)
			r.wantSilence(t, "nothing is unsent")
		})
	}
}

// Attack 6: however the bytes of a message are cut on their way, it is read the same.
func TestLayersCutAnywhere(t *testing.T) {
	text := options("CSeq: 1 OPTIONS\r\nl: 4\r\n", "body")
	for _, transport := range layeredTransports {
		t.Run(transport.String(), func(t *testing.T) {
			_, r, local, authority := secure(t, transport, StreamOptions{})
			p := open(t, transport, local, authority)
			whole := p.encode(text)
			for cut := 1; cut < len(whole); cut++ {
				write(t, p, whole[:cut]) // a record of its own over TLS, a segment without
				write(t, p, whole[cut:])
				if h := r.want(t, "cut in two", "messages"); len(h.texts) != 1 || h.texts[0] != text {
					t.Fatalf("cut at %d: %q", cut, h.texts)
				}
			}
			if !p.web {
				return
			}
			for cut := range len(text) {
				write(t, p, frame(opText, text[:cut])+frame(fin|opPing, "?")+frame(fin|opContinuation, text[cut:]))
				if h := r.want(t, "in two fragments with a ping between", "messages"); h.texts[0] != text {
					t.Fatalf("fragments of %d and %d: %q", cut, len(text)-cut, h.texts)
				}
				if first, payload := p.readFrame(t); first != fin|opPong || payload != "?" {
					t.Fatalf("the ping is answered: %#x %q", first, payload)
				}
				if cut%16 == 0 { // the allowance for pings is per second
					_ = p.Close()
					r.wantClosed(t, "the peer closes", io.EOF)
					p = open(t, transport, local, authority)
				}
			}
		})
	}
}

// Attack 6: two messages on end are two, or the connection closes.
func TestLayersSplice(t *testing.T) {
	s, r, local, authority := secure(t, machine.TLS, StreamOptions{})
	p := open(t, machine.TLS, local, authority)
	write(t, p, numbered(1)+numbered(2))
	if h := r.want(t, "two in one record", "messages"); len(h.texts) != 2 || h.texts[1] != numbered(2) {
		t.Errorf("are two: %q", h.texts)
	}
	_ = s
	for _, transport := range []machine.Transport{machine.WS, machine.WSS} {
		for _, test := range []struct{ reason, text string }{
			{"two messages in one", numbered(1) + numbered(2)},
			{"a message and a half", numbered(1) + numbered(2)[:20]},
			{"a body longer than declared", options("l: 4\r\n", "body and more")},
			{"a body shorter than declared", options("l: 40\r\n", "body")},
			{"two lengths", options("l: 4\r\nContent-Length: 4\r\n", "body")},
			{"half a message", numbered(1)[:20]},
			{"a line that ends in LF alone", "OPTIONS sip:a SIP/2.0\nVia: x\r\n\r\n"},
			{"no method", "\x16\x03\x01"},
		} {
			_, r, local, authority := secure(t, transport, StreamOptions{})
			r.response = []byte("SIP/2.0 400 Bad Request\r\n\r\n")
			p := open(t, transport, local, authority)
			write(t, p, frame(fin|opText, test.text))
			r.want(t, test.reason, "malformed")
			if got := p.receive(t, 0); got != string(r.response) {
				t.Errorf("%s: answered: %q", test.reason, got)
			}
			if first, _ := p.readFrame(t); first != fin|opClose {
				t.Errorf("%s: closed: %#x", test.reason, first)
			}
			_ = p.Close()
			var doubt *FramingError
			if h := r.want(t, test.reason, "closed"); !errors.As(h.err, &doubt) {
				t.Errorf("%s: the doubt is the reason: %v", test.reason, h.err)
			}
			r.wantSilence(t, test.reason+": nothing of it is a message")
		}
	}
}

func TestWholeWithoutLength(t *testing.T) {
	for _, test := range []struct {
		reason, data, text string
		pings              int
	}{
		{"Content-Length may be missing (RFC 7118 §5)", options("", "body"), options("", "body"), 0},
		{"without a body too", options("", ""), options("", ""), 0},
		{"a keep-alive is no message", "\r\n\r\n", "", 1},
		{"nor is its answer", "\r\n", "", 0},
		{"nor nothing", "", "", 0},
		{"line breaks before a message (RFC 3261 §7.5)", "\r\n\r\n" + options("", "x"), options("", "x"), 1},
	} {
		text, pings, err := Whole([]byte(test.data), 0)
		if err != nil || text != test.text || pings != test.pings {
			t.Errorf("%s: %q, %d pings, %v", test.reason, text, pings, err)
		}
	}
}

// TestLayersBackpressure: a peer that reads nothing costs a bounded queue, and who sent in
// vain is told.
func TestLayersBackpressure(t *testing.T) {
	for _, transport := range layeredTransports {
		t.Run(transport.String(), func(t *testing.T) {
			s, r, local, authority := secure(t, transport, StreamOptions{QueueBytes: 128 << 10})
			p := open(t, transport, local, authority)
			write(t, p, p.encode(numbered(1)))
			flow := r.want(t, "a message", "messages").flow
			data, sent := []byte(long(30_000)), uint64(0)
			var err error
			for err == nil && sent < 10_000 {
				if err = s.Send(flow, data, sent+1); err == nil {
					sent++
				}
			}
			if !errors.Is(err, ErrQueueFull) {
				t.Fatalf("the queue is bounded: %v after %d", err, sent)
			}
			_ = p.socket.(*net.TCPConn).SetLinger(0)
			_ = p.socket.Close()
			told := map[uint64]bool{}
			for {
				h := <-r.happened
				if h.what == "closed" {
					break
				}
				if h.what != "unsent" || told[h.ticket] || h.ticket == 0 || h.ticket > sent {
					t.Fatalf("each that was not sent is told once: %+v", h)
				}
				told[h.ticket] = true
			}
			if len(told) == 0 || !told[sent] {
				t.Errorf("the last one was not sent: %d told of %d", len(told), sent)
			}
		})
	}
}

// TestCertificateIsReplaced: new connections get the new certificate, open ones stay.
func TestCertificateIsReplaced(t *testing.T) {
	s, r, local, authority := secure(t, machine.TLS, StreamOptions{})
	before := open(t, machine.TLS, local, authority)
	other := testca.New(t)
	s.Secure(Security{Server: ServerTLS(other.Issue(t, testca.Wish{}).Certificate, nil, tls.VersionTLS13)})
	after := open(t, machine.TLS, local, other)
	for _, p := range []*peerConn{before, after} {
		write(t, p, numbered(1))
		flow := r.want(t, "both work", "messages").flow
		if err := s.Send(flow, []byte("response"), 0); err != nil {
			t.Fatal(err)
		}
		if got := p.receive(t, 8); got != "response" {
			t.Errorf("in both directions: %q", got)
		}
	}
}

func TestVersionsAndCiphers(t *testing.T) {
	for _, test := range []struct {
		reason  string
		minimum uint16
		client  *tls.Config
		fine    bool
	}{
		{"1.3 by default", tls.VersionTLS13, &tls.Config{}, true},
		{"1.2 is too old", tls.VersionTLS13, &tls.Config{MaxVersion: tls.VersionTLS12}, false},
		{"1.2 where it is allowed", tls.VersionTLS12, &tls.Config{MaxVersion: tls.VersionTLS12}, true},
		{"1.1 never", tls.VersionTLS12, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		{"nor by asking for less", tls.VersionTLS10, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		{"CBC never", tls.VersionTLS12, &tls.Config{
			MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA},
		}, false},
	} {
		_, r, local, authority := secure(t, machine.TLS, StreamOptions{}, func(security *Security) {
			security.Server.MinVersion = ServerTLS(tls.Certificate{}, nil, test.minimum).MinVersion
		})
		client := test.client.Clone()
		client.RootCAs, client.ServerName = authority.Pool(), "127.0.0.1"
		conn := tls.Client(dial(t, local), client)
		if err := conn.Handshake(); (err == nil) != test.fine {
			t.Errorf("%s: %v", test.reason, err)
		}
		_ = conn.Close()
		if h := r.want(t, test.reason, "closed"); test.fine != errors.Is(h.err, io.EOF) {
			t.Errorf("%s: closed by %v", test.reason, h.err)
		}
	}
}

// TestClientCertificates: with an authority for clients, nobody gets in without one of its
// certificates, whatever address they come from.
func TestClientCertificates(t *testing.T) {
	clients, others := testca.New(t), testca.New(t)
	day := 24 * time.Hour
	for _, test := range []struct {
		reason string
		shown  []tls.Certificate
		fine   bool
	}{
		{"one that the authority signed", []tls.Certificate{clients.Issue(t, testca.Wish{}).Certificate}, true},
		{"none", nil, false},
		{"one of another authority", []tls.Certificate{others.Issue(t, testca.Wish{}).Certificate}, false},
		{"one that is over", []tls.Certificate{clients.Issue(t, testca.Wish{From: time.Now().Add(-2 * day), Until: time.Now().Add(-day)}).Certificate}, false},
		{"one that has not begun", []tls.Certificate{clients.Issue(t, testca.Wish{From: time.Now().Add(day), Until: time.Now().Add(2 * day)}).Certificate}, false},
		{"one that is for servers only", []tls.Certificate{clients.Issue(t, testca.Wish{Usages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}).Certificate}, false},
	} {
		_, r, local, authority := secure(t, machine.TLS, StreamOptions{}, func(security *Security) {
			security.Server = ServerTLS(security.Server.Certificates[0], clients.Pool(), tls.VersionTLS13)
		})
		conn := tls.Client(dial(t, local), &tls.Config{
			RootCAs: authority.Pool(), ServerName: "127.0.0.1",
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if len(test.shown) == 0 {
					return &tls.Certificate{}, nil
				}
				return &test.shown[0], nil
			},
		})
		_, _ = io.WriteString(conn, numbered(1)) // TLS 1.3: refused or not shows later
		if test.fine {
			r.want(t, test.reason, "messages")
			continue
		}
		r.want(t, test.reason, "closed")
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: the peer learns that it is refused", test.reason)
		}
		r.wantSilence(t, test.reason)
	}
}

// TestPeerIsVerified: a dialled peer must be who was meant (RFC 5922 §7).
func TestPeerIsVerified(t *testing.T) {
	authority := testca.New(t)
	day := 24 * time.Hour
	for _, test := range []struct {
		reason, name string
		wish         testca.Wish
		foreign      bool
		fine         bool
	}{
		{"by DNS name", "example.test", testca.Wish{Names: []string{"example.test"}}, false, true},
		{"in any case", "Example.TEST", testca.Wish{Names: []string{"example.test"}}, false, true},
		{"among others", "example.test", testca.Wish{Names: []string{"example.org", "example.test"}}, false, true},
		{"by sip URI", "example.test", testca.Wish{Names: []string{"sip:example.test"}}, false, true},
		{"a sip URI rules out DNS names", "example.test", testca.Wish{Names: []string{"sip:example.org", "example.test"}}, false, false},
		{"a user is no domain", "example.test", testca.Wish{Names: []string{"sip:alice@example.test"}}, false, false},
		{"another scheme says nothing", "example.test", testca.Wish{Names: []string{"https://example.test"}}, false, false},
		{"no suffixes", "example.test", testca.Wish{Names: []string{"sip.example.test"}}, false, false},
		{"no wildcards", "sip.example.test", testca.Wish{Names: []string{"*.example.test"}}, false, false},
		{"another name", "example.test", testca.Wish{Names: []string{"example.org"}}, false, false},
		{"an address by its address", "", testca.Wish{Names: []string{"127.0.0.1"}}, false, true},
		{"not by another", "", testca.Wish{Names: []string{"127.0.0.2"}}, false, false},
		{"nor by a name", "", testca.Wish{Names: []string{"example.test"}}, false, false},
		{"over", "example.test", testca.Wish{Names: []string{"example.test"}, From: time.Now().Add(-2 * day), Until: time.Now().Add(-day)}, false, false},
		{"of another authority", "example.test", testca.Wish{Names: []string{"example.test"}}, true, false},
		{"for clients only", "example.test", testca.Wish{Names: []string{"example.test"}, Usages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, false, false},
		{"for SIP domains (RFC 5924)", "example.test", testca.Wish{Names: []string{"example.test"}, Unknown: []asn1.ObjectIdentifier{sipDomain}}, false, true},
	} {
		issuer := authority
		if test.foreign {
			issuer = testca.New(t)
		}
		_, sr, local, _ := secure(t, machine.TLS, StreamOptions{}, func(security *Security) {
			security.Server = ServerTLS(issuer.Issue(t, test.wish).Certificate, nil, tls.VersionTLS13)
		})
		cr := newRecorder()
		client := newStreams(t, cr, StreamOptions{})
		client.Secure(Security{Client: ClientTLS(authority.Pool(), nil, tls.VersionTLS13)})
		to := machine.Flow{Transport: machine.TLS, Remote: local, Name: test.name}
		if err := client.Send(to, []byte(numbered(1)), 7); err != nil {
			t.Fatal(err)
		}
		if test.fine {
			if h := sr.want(t, test.reason, "messages"); h.texts[0] != numbered(1) {
				t.Errorf("%s: %q", test.reason, h.texts)
			}
			if err := client.Send(to, []byte(numbered(2)), 8); err != nil || client.Counts().Dialled != 1 {
				t.Errorf("%s: reused (RFC 5923): %v, %+v", test.reason, err, client.Counts())
			}
			sr.want(t, test.reason, "messages")
			continue
		}
		if h := cr.want(t, test.reason, "unsent"); h.ticket != 7 {
			t.Errorf("%s: %+v", test.reason, h)
		}
		cr.want(t, test.reason, "closed")
		sr.want(t, test.reason, "closed")
		sr.wantSilence(t, test.reason+": nothing reaches a stranger")
	}
}

// TestNamesDontShareConnections: who was verified as one domain is not another.
func TestNamesDontShareConnections(t *testing.T) {
	authority := testca.New(t)
	_, sr, local, _ := secure(t, machine.TLS, StreamOptions{}, func(security *Security) {
		security.Server = ServerTLS(authority.Issue(t, testca.Wish{Names: []string{"one.test", "two.test"}}).Certificate, nil, tls.VersionTLS13)
	})
	client := newStreams(t, newRecorder(), StreamOptions{})
	client.Secure(Security{Client: ClientTLS(authority.Pool(), nil, tls.VersionTLS13)})
	for i, name := range []string{"one.test", "two.test", "one.test"} {
		if err := client.Send(machine.Flow{Transport: machine.TLS, Remote: local, Name: name}, []byte(numbered(i)), 0); err != nil {
			t.Fatal(err)
		}
		sr.want(t, name, "messages")
	}
	if got := client.Counts().Dialled; got != 2 {
		t.Errorf("a connection for each name: %d", got)
	}
}

func TestOneHandshakeWaitsForNoOther(t *testing.T) {
	s, r, local, authority := secure(t, machine.TLS, StreamOptions{})
	for i := range 50 {
		conn := dial(t, local)
		if i%2 == 0 {
			write(t, conn, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") // the beginning of a ClientHello
		}
	}
	p := open(t, machine.TLS, local, authority)
	write(t, p, numbered(1))
	r.want(t, "a good peer gets in beside them", "messages")
	if got := s.Counts(); got.Open != 51 {
		t.Errorf("they count as connections: %+v", got)
	}
}

func TestNoCertificateNoConnection(t *testing.T) {
	for _, transport := range []machine.Transport{machine.TLS, machine.WSS} {
		_, r, local, _ := secure(t, transport, StreamOptions{}, func(security *Security) { security.Server = nil })
		conn := dial(t, local)
		r.wantClosed(t, "nothing to show", ErrNoSecurity)
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("closed at once")
		}
		cr := newRecorder()
		client := newStreams(t, cr, StreamOptions{})
		if err := client.Send(machine.Flow{Transport: machine.TLS, Remote: local}, []byte(numbered(1)), 3); err != nil {
			t.Fatal(err)
		}
		if h := cr.want(t, "nobody to believe", "unsent"); !errors.Is(h.err, ErrNoSecurity) {
			t.Errorf("told why: %v", h.err)
		}
	}
}

// Attack 15, over each of them.
func TestLayersBurstsAndResets(t *testing.T) {
	for _, transport := range layeredTransports {
		t.Run(transport.String(), func(t *testing.T) {
			s, r, local, authority := secure(t, transport, StreamOptions{})
			r.answer = func(batch []Incoming) {
				for _, message := range batch {
					_ = s.Send(message.Flow, []byte(message.Text), 1) // often gone already
				}
			}
			const loops, burst = 40, 8
			for range loops {
				p := open(t, transport, local, authority)
				write(t, p, strings.Repeat(p.encode(numbered(1)), burst))
				_ = p.socket.(*net.TCPConn).SetLinger(0)
				_ = p.socket.Close()
			}
			for closed := 0; closed < loops; {
				select {
				case h := <-r.happened:
					if h.what == "closed" {
						closed++
					}
				case <-time.After(20 * time.Second):
					t.Fatalf("each connection closes once: %d of %d", closed, loops)
				}
			}
			r.wantSilence(t, "and nothing happens after it")
		})
	}
}

func TestLayersCloseInGoodOrder(t *testing.T) {
	for _, transport := range layeredTransports {
		t.Run(transport.String(), func(t *testing.T) {
			s, r, local, authority := secure(t, transport, StreamOptions{})
			p := open(t, transport, local, authority)
			write(t, p, p.encode(numbered(1)))
			r.want(t, "a message", "messages")
			ended := make(chan error)
			go func() { ended <- s.Close(context.Background()) }()
			if p.web {
				if first, payload := p.readFrame(t); first != fin|opClose || !bytes.HasPrefix([]byte(payload), []byte{3, 0xe9}) {
					t.Errorf("1001, going away: %#x %q", first, payload)
				}
				write(t, p, frame(fin|opClose, "\x03\xe9"))
			}
			if _, err := p.reader.ReadByte(); err != io.EOF {
				t.Errorf("the end is a good one: %v", err)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
			r.wantClosed(t, "and here", ErrShutdown)
		})
	}
}
