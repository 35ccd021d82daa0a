package transport

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hookflash/machine"
)

func TestUpgrade(t *testing.T) {
	listed := func(security *Security) {
		security.Origins = Origins{Listed: []string{"https://phone.example.org"}, Hosts: []string{"example.test"}}
	}
	sip := "Sec-WebSocket-Protocol: sip\r\n"
	host := func(name string) func(string) string {
		return func(request string) string {
			return strings.Replace(request, "Host: 127.0.0.1", "Host: "+name, 1)
		}
	}
	for _, test := range []struct {
		reason, lines string
		change        func(string) string
		status        int
	}{
		{"no browser", sip, nil, 101},
		{"among other subprotocols", "Sec-WebSocket-Protocol: xmpp, sip\r\n", nil, 101},
		{"a page of the same host, whatever its port", sip + "Origin: http://127.0.0.1:8080\r\n", nil, 101},
		{"a page of the domain", sip + "Origin: https://example.test\r\n", host("example.test:5066"), 101},
		{"a page below the domain", sip + "Origin: https://phone.example.test\r\n", host("phone.example.test"), 101},
		{"a page that is listed", sip + "Origin: https://phone.example.org\r\n", nil, 101},
		{"attack 29: a page from elsewhere", sip + "Origin: https://evil.test\r\n", nil, 403},
		{"another scheme than listed", sip + "Origin: http://phone.example.org\r\n", nil, 403},
		{"another port than listed", sip + "Origin: https://phone.example.org:8443\r\n", nil, 403},
		{"a name that begins like a listed one", sip + "Origin: https://phone.example.org.evil.test\r\n", nil, 403},
		{"a name that somebody pointed here", sip + "Origin: http://evil.test\r\n", host("evil.test"), 403},
		{"a name that ends like the domain", sip + "Origin: http://notexample.test\r\n", host("notexample.test"), 403},
		{"a file or a sandbox", sip + "Origin: null\r\n", nil, 403},
		{"another scheme", sip + "Origin: file://127.0.0.1\r\n", nil, 403},
		{"an empty origin", sip + "Origin:\r\n", nil, 403},
		{"two origins", sip + "Origin: https://phone.example.org\r\nOrigin: https://evil.test\r\n", nil, 403},
		{"no subprotocol (RFC 7118 §4)", "", nil, 400},
		{"another subprotocol", "Sec-WebSocket-Protocol: sips\r\n", nil, 400},
		{"content", sip + "Content-Length: 4\r\n", func(request string) string { return request + "body" }, 400},
		{"another version", sip, func(request string) string { return strings.Replace(request, "Version: 13", "Version: 8", 1) }, 400},
		{"no key", sip, func(request string) string { return strings.Replace(request, "Sec-WebSocket-Key: dGhl", "X: ", 1) }, 400},
		{"another method", sip, func(request string) string { return strings.Replace(request, "GET", "POST", 1) }, 405},
		{"no WebSocket", sip, func(request string) string { return strings.Replace(request, "Upgrade: websocket\r\n", "", 1) }, 426},
		{"old HTTP", sip, func(request string) string { return strings.Replace(request, "HTTP/1.1", "HTTP/1.0", 1) }, 426},
		{"no HTTP", "", func(string) string { return "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: x\r\n\r\n" }, 400},
		{"a header without end", "", func(string) string { return "GET / HTTP/1.1\r\nX: " + strings.Repeat("x", MaxUpgrade) }, 400},
	} {
		_, r, local, authority := secure(t, machine.WS, StreamOptions{}, listed)
		_ = authority
		conn := dial(t, local)
		p := &peerConn{Conn: conn, socket: conn, web: true}
		p.reader = newReader(conn)
		request := upgradeRequest(test.lines)
		if test.change != nil {
			request = test.change(request)
		}
		status, header := p.ask(t, request)
		if status != test.status {
			t.Errorf("%s: %d, want %d\n%s", test.reason, status, test.status, header)
		}
		if status != 101 {
			if h := r.want(t, test.reason, "closed"); h.err == nil {
				t.Errorf("%s: closed with a reason", test.reason)
			}
			continue
		}
		if !strings.Contains(header, "Sec-Websocket-Protocol: sip\r\n") || !strings.Contains(header, "Sec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") {
			t.Errorf("%s: the subprotocol is confirmed (RFC 6455 §4.2.2):\n%s", test.reason, header)
		}
	}
}

func TestFrames(t *testing.T) {
	for _, test := range []struct {
		reason, frames string
		closed         error // nil: it goes on
	}{
		{"binary", frame(fin|opBinary, numbered(1)), nil},
		{"octets that are no UTF-8, in a text", frame(fin|opText, options("l: 2\r\n", "\xff\xfe")), nil},
		{"empty fragments", frame(opText, "") + strings.Repeat(frame(opContinuation, ""), 100) + frame(fin|opContinuation, numbered(1)), nil},
		{"one octet at a time", single(numbered(1)), nil},
	} {
		_, r, local, authority := secure(t, machine.WS, StreamOptions{})
		p := open(t, machine.WS, local, authority)
		write(t, p, test.frames)
		r.want(t, test.reason, "messages")
	}
	for _, test := range []struct {
		reason, frames string
		code           int // of the Close frame; 0: none
	}{
		{"a frame longer than a message may be", frame(fin|opText, strings.Repeat("x", MaxMessage+1)), 1009},
		{"fragments longer together", frame(opText, strings.Repeat("x", 40_000)) + frame(fin|opContinuation, strings.Repeat("x", 40_000)), 1009},
		{"a length of 2^63-1 (attack 1)", "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04" + strings.Repeat("x", MaxMessage+1), 1009},
		{"a negative length", "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", 0},
		{"no mask", "\x81\x04text", 0},
		{"a reserved bit", frame(fin|0x40|opText, numbered(1)), 1002},
		{"a reserved opcode", frame(fin|3, "x"), 1002},
		{"a fragment of nothing", frame(fin|opContinuation, numbered(1)), 1002},
		{"a message within a message", frame(opText, "x") + frame(fin|opText, numbered(1)), 1002},
		{"a long ping", frame(fin|opPing, strings.Repeat("x", 126)), 1002},
		{"a ping in pieces", frame(opPing, "x"), 1002},
		{"attack 29: a flood of pings", strings.Repeat(frame(fin|opPing, "flood"), 10_000), 0},
		{"attack 29: a flood of pongs", strings.Repeat(frame(fin|opPong, "flood"), 10_000), 0},
		{"empty fragments without end", frame(opText, "") + strings.Repeat(frame(opContinuation, ""), 50_000), 0},
	} {
		s, r, local, authority := secure(t, machine.WS, StreamOptions{})
		p := open(t, machine.WS, local, authority)
		go func() { _, _ = io.WriteString(p, test.frames) }() // the connection may be reset on the way
		answered := 0
		if test.code != 0 {
			first, payload := p.readFrame(t)
			if first != fin|opClose || len(payload) < 2 || int(payload[0])<<8|int(payload[1]) != test.code {
				t.Errorf("%s: closed with %d: %#x %q", test.reason, test.code, first, payload)
			}
		} else {
			for {
				if _, err := p.reader.ReadByte(); err != nil {
					break
				}
				answered++
			}
		}
		r.want(t, test.reason, "closed")
		r.wantSilence(t, test.reason+": is no message")
		if most := 10 * controlBurst; answered > most {
			t.Errorf("%s: answered with %d bytes, at most %d", test.reason, answered, most)
		}
		_ = s
	}
}

func single(text string) (frames string) {
	for i := range len(text) {
		first := byte(opContinuation)
		if i == 0 {
			first = opText
		}
		if i == len(text)-1 {
			first |= fin
		}
		frames += frame(first, text[i:i+1])
	}
	return frames
}

// TestAdoptedRequest: an HTTP server passes a connection on.
func TestAdoptedRequest(t *testing.T) {
	r := newRecorder()
	s := newStreams(t, r, StreamOptions{})
	s.Secure(Security{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		s.AdoptRequest(conn, machine.Flow{Transport: machine.WS, Listener: 3, Remote: localAddrPort(conn.RemoteAddr())}, request)
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	p := open(t, machine.WS, localAddrPort(listener.Addr()), nil)
	write(t, p, frame(fin|opText, numbered(1)))
	if h := r.want(t, "a message", "messages"); h.texts[0] != numbered(1) || h.flow.Listener != 3 {
		t.Errorf("with its flow: %+v", h)
	}
}

// webPiped is piped with a WebSocket that is open.
func webPiped(t *testing.T, test func(t *testing.T, s *Streams, r *recorder, p *peerConn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRecorder()
		s := newStreams(t, r, StreamOptions{})
		near, far := net.Pipe()
		t.Cleanup(func() { _ = far.Close() })
		s.Adopt(near, machine.Flow{Remote: somebody.Remote, Transport: machine.WS})
		p := &peerConn{Conn: far, socket: far, reader: newReader(far), web: true}
		if status, _ := p.ask(t, upgradeRequest("Sec-WebSocket-Protocol: sip\r\n")); status != 101 {
			t.Fatalf("the WebSocket opens: %d", status)
		}
		test(t, s, r, p)
	})
}

func TestSilentWebSocketIsPinged(t *testing.T) {
	webPiped(t, func(t *testing.T, _ *Streams, r *recorder, p *peerConn) {
		write(t, p, frame(fin|opText, numbered(1)))
		r.want(t, "a message", "messages")
		for range 3 {
			began := time.Now()
			first, payload := p.readFrame(t)
			if first != fin|opPing || time.Since(began) != 45*time.Second {
				t.Fatalf("a ping after 45 s of silence: %#x after %v", first, time.Since(began))
			}
			write(t, p, frame(fin|opPong, payload))
		}
		if first, _ := p.readFrame(t); first != fin|opPing {
			t.Fatalf("another: %#x", first)
		}
		closedAfter(t, r, "ten seconds for the pong", 10*time.Second, ErrIdle)
	})
}

func TestSilentLayersAreClosed(t *testing.T) {
	for _, transport := range layeredTransports {
		for _, beginning := range []string{"", "\x16\x03\x01", "GET / HTTP/1.1\r\nHost: a\r\n"} {
			if transport == machine.WS && beginning == "\x16\x03\x01" || transport != machine.WS && strings.HasPrefix(beginning, "GET") {
				continue // refused at once
			}
			synctest.Test(t, func(t *testing.T) {
				r := newRecorder()
				s := newStreams(t, r, StreamOptions{})
				s.Secure(Security{Server: ServerTLS(noCertificate, nil, 0), Web: ServerTLS(noCertificate, nil, 0)})
				near, far := net.Pipe()
				s.Adopt(near, machine.Flow{Remote: somebody.Remote, Transport: transport})
				write(t, far, beginning)
				closedAfter(t, r, fmt.Sprintf("ten seconds after %q on %v", beginning, transport), 10*time.Second, ErrHandshakeTimeout)
			})
		}
	}
}

func TestSilenceAfterUpgradeIsClosed(t *testing.T) {
	webPiped(t, func(t *testing.T, _ *Streams, r *recorder, _ *peerConn) {
		closedAfter(t, r, "ten seconds for a first message, the upgrade included", 10*time.Second, ErrMessageTimeout)
	})
	webPiped(t, func(t *testing.T, _ *Streams, r *recorder, p *peerConn) {
		for range 9 {
			time.Sleep(time.Second)
			write(t, p, frame(fin|opText, "\r\n\r\n"))
			p.receive(t, 2)
		}
		closedAfter(t, r, "keep-alives are no first message", time.Second, ErrMessageTimeout)
	})
	webPiped(t, func(t *testing.T, _ *Streams, r *recorder, p *peerConn) {
		write(t, p, frame(fin|opText, numbered(1)))
		r.want(t, "a message", "messages")
		time.Sleep(time.Second)
		write(t, p, frame(opText, numbered(2)[:20]))
		for range 9 {
			time.Sleep(time.Second)
			write(t, p, frame(opContinuation, "x"))
		}
		closedAfter(t, r, "ten seconds from a message's first byte to its last", time.Second, ErrMessageTimeout)
	})
}

func newReader(conn net.Conn) *bufio.Reader { return bufio.NewReader(conn) }

var noCertificate tls.Certificate
