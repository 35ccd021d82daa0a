//go:build interop

package torture

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/sip"
)

// word is random, fit for a tag, a branch or a Call-ID.
func word() string { return strconv.FormatUint(rand.Uint64(), 36) }

// phone is the far side: it keeps the requests that reach it and accepts every one.
type phone struct {
	contact string // its URI

	mutex    sync.Mutex
	requests []string                          // as they came, without retransmissions
	say      func(text, contact string) string // what is answered; nil: accept
}

// serve takes what arrives on a wire, on a goroutine that ends with the wire.
func (p *phone) serve(w *wire) {
	go func() {
		for text := range w.arrived {
			if answer := p.receive(text); answer != "" {
				_ = w.write([]byte(answer)) // a far side may vanish
			}
		}
	}()
}

// receive takes one message and gives what to answer, "" for nothing.
func (p *phone) receive(text string) string {
	if strings.HasPrefix(text, "SIP/2.0 ") {
		return ""
	}
	p.mutex.Lock()
	if !slices.Contains(p.requests, text) && !strings.Contains(text, "Call-ID: "+behindMark) {
		p.requests = append(p.requests, text)
	}
	say := p.say
	p.mutex.Unlock()
	if say != nil && !strings.Contains(text, "Call-ID: "+behindMark) {
		return say(text, p.contact)
	}
	return accept(text, p.contact)
}

// says makes the phone answer in another way than to accept, nil: accept.
func (p *phone) says(say func(text, contact string) string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.say = say
}

// behindMark begins the Call-ID of what is sent to see that everything before it has come.
const behindMark = "behind-"

// take empties the list of requests that reached the phone.
func (p *phone) take() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	requests := p.requests
	p.requests = nil
	return requests
}

// accept is a 200 to a request, "" to what gets none.
func accept(text, contact string) string {
	m, err := sip.Parse(text)
	if err != nil || m.Method() == sip.ACK {
		return ""
	}
	var b strings.Builder
	b.WriteString("SIP/2.0 200 Far Side\r\n")
	for name, value := range m.Fields() {
		switch sip.HeaderByName(name) {
		case sip.HeaderTo:
			if m.ToTag() == "" {
				value += ";tag=far" + word()
			}
			b.WriteString(name + ": " + value + "\r\n")
		case sip.HeaderVia, sip.HeaderFrom, sip.HeaderCallID, sip.HeaderCSeq, sip.HeaderRecordRoute:
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	b.WriteString("Contact: <" + contact + ">\r\nContent-Length: 0\r\n\r\n")
	return b.String()
}

// register binds the phone to a user of the domain, from a trusted address, and lets it serve.
func (p *phone) register(t testing.TB, s *server, w *wire, user string) {
	t.Helper()
	r := newRequest("REGISTER", "sip:"+s.domain)
	r.from, r.to = "<sip:"+user+"@"+s.domain+">;tag="+word(), "<sip:"+user+"@"+s.domain+">"
	r.lines = []string{"Contact: <" + p.contact + ">", "Expires: 3600"}
	w.send(r.text(w))
	if answer, ok := w.next(patience); !ok || !strings.HasPrefix(answer, "SIP/2.0 200 ") {
		t.Fatalf("the far side registers as %s: %q", user, answer)
	}
}

// listens lets a phone be reached at an address over UDP and TCP, by any server.
func (p *phone) listens(t testing.TB, at netip.AddrPort) {
	t.Helper()
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	go func() {
		for buffer := make([]byte, 65536); ; {
			n, source, err := socket.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			if answer := p.receive(string(buffer[:n])); answer != "" {
				_, _ = socket.WriteToUDPAddrPort([]byte(answer), source) // a far side may vanish
			}
		}
	}()
	listener, err := net.Listen("tcp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			p.serve(overTCP(t, connection))
		}
	}()
}

// request is one that is in order.
type request struct {
	method, uri, branch, from, to, callID string
	cseq                                  int
	lines                                 []string // further header fields
}

func newRequest(method, uri string) *request {
	return &request{
		method: method, uri: uri, branch: "z9hG4bK" + word(), callID: word() + word(), cseq: 1 + rand.IntN(1000),
		from: "<sip:caller@example.net>;tag=" + word(), to: "<" + uri + ">",
	}
}

// text is the request as it leaves on a wire.
func (r *request) text(w *wire) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/%s %s;rport;branch=%s\r\n", r.method, r.uri, w.kind, w.local, r.branch)
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nMax-Forwards: 70\r\n", r.from, r.to, r.callID, r.cseq, r.method)
	for _, line := range r.lines {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.String()
}

// goodCalls is the legitimate load beside everything else: alice calls bob every 100 ms,
// over UDP and with digest.
type goodCalls struct {
	server         *server
	caller, callee *wire
	session        map[string]*digest.Session // by method class: REGISTER or any other
	stop           chan struct{}
	ended          sync.WaitGroup
	calls          int     // read after the end
	failures       []error // read after the end
}

const (
	callPeriod  = 100 * time.Millisecond
	fewestCalls = 3 // are made, however short the rest is
)

// startGoodCalls begins the load; it ends with the test, which fails if any call failed.
func startGoodCalls(t testing.TB, s *server) {
	t.Helper()
	n := byte(2 * started.Load())
	place := func(last byte) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, last}), 5060)
	}
	g := &goodCalls{server: s, session: map[string]*digest.Session{}, stop: make(chan struct{})}
	g.caller, g.callee = dialUDP(t, s, place(n)), dialUDP(t, s, place(n+1))
	r := g.request("REGISTER", "sip:"+s.domain, "bob")
	r.lines = []string{"Contact: <sip:bob@" + g.callee.local.String() + ">"}
	if _, err := g.ask(g.callee, r, "bob"); err != nil {
		t.Fatalf("the good callee registers: %v", err)
	}
	callee := &phone{contact: "sip:bob@" + g.callee.local.String()}
	callee.serve(g.callee)
	g.ended.Go(g.run)
	t.Cleanup(func() {
		close(g.stop)
		g.ended.Wait()
		t.Logf("good calls beside: %d, failed %d", g.calls, len(g.failures))
		if len(g.failures) > 0 {
			t.Errorf("every good call beside succeeds: %v", g.failures[:min(len(g.failures), 5)])
		}
	})
}

func (g *goodCalls) run() {
	next := time.NewTicker(callPeriod)
	defer next.Stop()
	for {
		<-next.C
		select {
		case <-g.stop:
			if g.calls >= fewestCalls {
				return
			}
		default:
		}
		if err := g.one(); err != nil {
			g.failures = append(g.failures, fmt.Errorf("call %d: %w", g.calls, err))
		}
		g.calls++
	}
}

func (g *goodCalls) request(method, uri, user string) *request {
	r := newRequest(method, uri)
	r.from = "<sip:" + user + "@" + g.server.domain + ">;tag=" + word()
	if method == "REGISTER" {
		r.to = "<sip:" + user + "@" + g.server.domain + ">"
	}
	return r
}

// one is a call from INVITE to BYE.
func (g *goodCalls) one() error {
	invite := g.request("INVITE", "sip:bob@"+g.server.domain, "alice")
	invite.lines = []string{"Contact: <sip:alice@" + g.caller.local.String() + ">"}
	ok, err := g.ask(g.caller, invite, "alice")
	if err != nil {
		return err
	}
	within := func(method string, cseq int) *request {
		r := &request{method: method, uri: uriOf(ok.Header(sip.HeaderContact)), branch: "z9hG4bK" + word(), callID: invite.callID, cseq: cseq, from: invite.from, to: ok.To()}
		for route := range ok.Values(sip.HeaderRecordRoute) {
			r.lines = append([]string{"Route: " + route}, r.lines...)
		}
		return r
	}
	if err := g.caller.write([]byte(within("ACK", invite.cseq).text(g.caller))); err != nil {
		return err
	}
	_, err = g.ask(g.caller, within("BYE", invite.cseq+1), "alice")
	return err
}

// ask sends a request, again every 500 ms, with credentials once it is challenged, and
// gives the 200.
func (g *goodCalls) ask(w *wire, r *request, user string) (*sip.Message, error) {
	field := "Proxy-Authorization"
	if r.method == "REGISTER" {
		field = "Authorization"
	}
	lines := r.lines
	for range 3 {
		if session := g.session[field]; session != nil {
			value, err := session.Answer(nil, digest.Outgoing{Method: r.method, URI: r.uri, CNonce: word()})
			if err != nil {
				return nil, err
			}
			r.lines = append(slices.Clone(lines), field+": "+string(value))
		}
		m, err := final(w, r)
		if err != nil || m.StatusCode() == 200 {
			return m, err
		}
		asked := map[int]sip.Header{401: sip.HeaderWWWAuthenticate, 407: sip.HeaderProxyAuthenticate}[m.StatusCode()]
		challenge, err := digest.Choose(slices.Collect(m.FieldValues(asked)))
		if err != nil {
			return nil, fmt.Errorf("%s is answered %d", r.method, m.StatusCode())
		}
		if r.method == "INVITE" { // RFC 3261 §17.1.1.3
			ack := *r
			ack.method, ack.to, ack.lines = "ACK", m.To(), nil
			if err := w.write([]byte(ack.text(w))); err != nil {
				return nil, err
			}
		}
		g.session[field] = digest.NewSession(challenge, user, passwordOf(user))
		r.branch, r.cseq = "z9hG4bK"+word(), r.cseq+1
	}
	return nil, errors.New("challenged again and again")
}

// final sends a request, again every 500 ms, and gives its final response.
func final(w *wire, r *request) (*sip.Message, error) {
	for range 2 * int(patience/time.Second) {
		if err := w.write([]byte(r.text(w))); err != nil {
			return nil, err
		}
		for deadline := time.Now().Add(500 * time.Millisecond); time.Now().Before(deadline); {
			text, ok := w.next(time.Until(deadline))
			if !ok {
				break
			}
			if m, err := sip.Parse(text); err == nil && m.Branch() == r.branch && m.StatusCode() >= 200 {
				return m, nil
			}
		}
	}
	return nil, fmt.Errorf("%s: no final response", r.method)
}

// uriOf is the URI of an address value.
func uriOf(value string) string {
	address, err := sip.ParseAddress(value)
	if err != nil {
		return ""
	}
	return address.Text
}
