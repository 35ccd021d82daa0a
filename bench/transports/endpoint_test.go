package transports

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"hookflash/sip"
	"hookflash/transport"
)

// endpoint is one phone of the load, on a socket or connection of its own.
type endpoint struct {
	user      string
	transport string // as Via says it
	place     string // sent-by and the host of Contact
	send      func(text []byte)
	close     func()

	mutex sync.Mutex
	calls map[string]*placed // by Call-ID; of a caller
}

// placed is a call of a caller.
type placed struct {
	began time.Time
	ended chan<- time.Duration
}

// phones is where the load comes from.
var phones = netip.MustParseAddr("127.9.9.2")

func connect(b *testing.B, s *server, user, name string) *endpoint {
	b.Helper()
	e := &endpoint{user: user, transport: strings.ToUpper(name), place: user + ".invalid", calls: map[string]*placed{}}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: phones.AsSlice()}, Timeout: patience}
	switch name {
	case "udp":
		e.overUDP(b, s)
	case "tcp":
		conn, err := dialer.Dial("tcp", s.address[name].String())
		if err != nil {
			b.Fatal(err)
		}
		e.overStream(conn)
	case "tls":
		conn, err := tls.DialWithDialer(dialer, "tcp", s.address[name].String(), s.trust)
		if err != nil {
			b.Fatal(err)
		}
		e.overStream(conn)
	default:
		e.overWebSocket(b, s, name, dialer)
	}
	return e
}

func (e *endpoint) overUDP(b *testing.B, s *server) {
	b.Helper()
	conn, err := net.DialUDP("udp", &net.UDPAddr{IP: phones.AsSlice()}, net.UDPAddrFromAddrPort(s.address["udp"]))
	if err != nil {
		b.Fatal(err)
	}
	_ = conn.SetReadBuffer(1 << 20)
	e.place = conn.LocalAddr().String()
	e.send = func(text []byte) { _, _ = conn.Write(text) }
	e.close = func() { conn.Close() }
	go func() {
		buffer := make([]byte, 1<<16)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			e.receive(string(buffer[:n]))
		}
	}()
}

func (e *endpoint) overStream(conn net.Conn) {
	var writing sync.Mutex
	e.send = func(text []byte) {
		writing.Lock()
		defer writing.Unlock()
		_, _ = conn.Write(text)
	}
	e.close = func() { conn.Close() }
	go func() {
		var framer transport.Framer
		var texts []string
		buffer := make([]byte, 1<<16)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			if texts, _, err = framer.Feed(buffer[:n], texts[:0]); err != nil {
				return
			}
			for _, text := range texts {
				e.receive(text)
			}
		}
	}()
}

func (e *endpoint) overWebSocket(b *testing.B, s *server, name string, dialer *net.Dialer) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: s.trust, DialContext: dialer.DialContext}}
	conn, _, err := websocket.Dial(ctx, name+"://"+s.address[name].String(), &websocket.DialOptions{Subprotocols: []string{"sip"}, HTTPClient: client})
	if err != nil {
		b.Fatal(err)
	}
	e.send = func(text []byte) { _ = conn.Write(context.Background(), websocket.MessageText, text) }
	e.close = func() { _ = conn.CloseNow() }
	go func() {
		for {
			_, text, err := conn.Read(context.Background())
			if err != nil {
				return
			}
			e.receive(string(text))
		}
	}()
}

const session = "v=0\r\no=- 1 1 IN IP4 127.9.9.2\r\ns=-\r\nc=IN IP4 127.9.9.2\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 8 101\r\n" +
	"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"

// request makes one outside a dialog.
func (e *endpoint) request(method, uri, callID, branch, body string) []byte {
	return fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@bench.test>;tag=%s\r\n"+
		"To: <%s>\r\nCall-ID: %s\r\nCSeq: 1 %s\r\nContact: <sip:%s@%s>\r\nContent-Length: %d\r\n\r\n%s",
		method, uri, e.transport, e.place, branch, e.user, callID, strings.Replace(uri, "sip:bench", "sip:"+e.user+"@bench", 1),
		callID, method, e.user, e.place, len(body), body)
}

// receive does what a phone does: it rings and answers at once, and who called hangs up
// as soon as he is answered.
func (e *endpoint) receive(text string) {
	m, err := sip.Parse(text)
	if err != nil {
		return
	}
	if m.IsRequest() {
		switch m.Method() {
		case sip.INVITE:
			e.send(sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 180, ToTag: "b"}).Copy(m, sip.HeaderRecordRoute).Empty())
			answer := sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 200, ToTag: "b"}).Copy(m, sip.HeaderRecordRoute)
			e.send(answer.Add(sip.HeaderContact, "<sip:"+e.user+"@"+e.place+">").Body("application/sdp", session))
		case sip.BYE:
			e.send(sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 200}).Empty())
		}
		return
	}
	switch {
	case m.StatusCode() < 200:
	case m.Method() == sip.INVITE && m.StatusCode() == 200:
		e.send(e.within(m, sip.ACK, 1))
		e.send(e.within(m, sip.BYE, 2))
	case m.Method() == sip.BYE && m.StatusCode() == 200:
		e.mutex.Lock()
		call := e.calls[m.CallID()]
		delete(e.calls, m.CallID())
		e.mutex.Unlock()
		if call != nil {
			call.ended <- time.Since(call.began)
		}
	}
}

// within makes a request within the dialog that a 200 began.
func (e *endpoint) within(ok *sip.Message, method sip.Method, sequence uint32) []byte {
	contact, err := sip.ParseAddress(ok.TopValue(sip.HeaderContact))
	if err != nil {
		return nil
	}
	r := sip.NewRequest(method, contact.Text)
	r.Add(sip.HeaderVia, fmt.Sprintf("SIP/2.0/%s %s;branch=z9hG4bK%s%s;rport", e.transport, e.place, ok.CallID(), method))
	var routes []string
	for value := range ok.Values(sip.HeaderRecordRoute) {
		routes = append(routes, value)
	}
	for i := len(routes) - 1; i >= 0; i-- {
		r.Add(sip.HeaderRoute, routes[i])
	}
	return r.AddNumber(sip.HeaderMaxForwards, 70).Copy(ok, sip.HeaderFrom, sip.HeaderTo, sip.HeaderCallID).AddSequence(sequence, method).Empty()
}

// call begins one.
func (e *endpoint) call(user, callID string, ended chan<- time.Duration) {
	e.mutex.Lock()
	e.calls[callID] = &placed{began: time.Now(), ended: ended}
	e.mutex.Unlock()
	e.send(e.request("INVITE", "sip:"+user+"@bench.test", callID, callID, session))
}
