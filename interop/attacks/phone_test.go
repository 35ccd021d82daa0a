//go:build interop

package attacks

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/digest"
	"hookflash/sip"
	"hookflash/transport"
)

// Timers of RFC 3261 §17.1.1.1.
const (
	timerT1 = 500 * time.Millisecond
	timerT2 = 4 * time.Second
	timerB  = 64 * timerT1
)

// phone is a small SIP phone on a socket of its own. Any goroutine may use it.
type phone struct {
	name      string // user of the domain
	transport string // UDP or TCP
	local     netip.AddrPort
	server    netip.AddrPort
	packets   *net.UDPConn // UDP
	stream    net.Conn     // TCP

	mutex    sync.Mutex
	behave   func(*phone, *sip.Message)   // what is done with a request; nil: everything is accepted
	astray   func(*phone, *sip.Message)   // what is done with a response to nothing of the phone's own
	waiting  map[string]chan *sip.Message // by branch and method
	sessions map[string]*digest.Session   // by the field that answers: how to answer again
	requests []*sip.Message               // received, the latest keptRequests
	arrived  []string                     // every text received, the latest keptRequests
	confirms map[string]string            // ACK by Call-ID, for 2xx that come again
	held     map[string]*time.Timer       // by Call-ID: 2xx repeated until its ACK
	sent     map[string]string            // final response by branch and method, for retransmissions
	order    []string                     // keys of sent, the oldest first
	captured []string                     // requests sent with credentials
}

const (
	keptRequests  = 4096
	keptResponses = 256
	keptConfirms  = 256
)

// newPhone is a phone of a user on an address of loopback, until the test ends.
func newPhone(t testing.TB, s *server, name string) *phone {
	t.Helper()
	return newPhoneAt(t, s, name, freeAddress(t))
}

func newPhoneAt(t testing.TB, s *server, name string, local netip.AddrPort) *phone {
	t.Helper()
	packets, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(local))
	if err != nil {
		t.Fatal(err)
	}
	_ = packets.SetReadBuffer(4 << 20) // the kernel clamps it as it likes
	p := makePhone(name, "UDP", s.address)
	p.local, p.packets = local, packets
	t.Cleanup(p.close)
	go p.readDatagrams()
	return p
}

// newStreamPhone is one over TCP.
func newStreamPhone(t testing.TB, s *server, name string) *phone {
	t.Helper()
	local := freeAddress(t)
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(local), Timeout: patience}
	stream, err := dialer.Dial("tcp", s.address.String())
	if err != nil {
		t.Fatal(err)
	}
	p := makePhone(name, "TCP", s.address)
	p.local, p.stream = local, stream
	t.Cleanup(p.close)
	go p.readStream()
	return p
}

func makePhone(name, transport string, server netip.AddrPort) *phone {
	return &phone{
		name: name, transport: transport, server: server,
		waiting: map[string]chan *sip.Message{}, sessions: map[string]*digest.Session{},
		confirms: map[string]string{}, held: map[string]*time.Timer{}, sent: map[string]string{},
	}
}

func (p *phone) close() {
	if p.packets != nil {
		p.packets.Close()
	} else {
		p.stream.Close()
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for _, timer := range p.held {
		timer.Stop()
	}
}

// send lets a text leave to the server. What can't be sent is lost, as on a wire.
func (p *phone) send(text string) {
	if p.packets != nil {
		_, _ = p.packets.WriteToUDPAddrPort([]byte(text), p.server)
		return
	}
	_, _ = p.stream.Write([]byte(text))
}

func (p *phone) readDatagrams() {
	buffer := make([]byte, 65536)
	for {
		n, _, err := p.packets.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil && n > 4 {
			p.receive(string(buffer[:n]))
		}
	}
}

func (p *phone) readStream() {
	buffer := make([]byte, 65536)
	var framer transport.Framer
	for {
		n, err := p.stream.Read(buffer)
		if err != nil {
			return
		}
		texts, _, err := framer.Feed(buffer[:n], nil)
		for _, text := range texts {
			p.receive(text)
		}
		if err != nil {
			return
		}
	}
}

func (p *phone) receive(text string) {
	p.mutex.Lock()
	if p.arrived = append(p.arrived, text); len(p.arrived) > keptRequests {
		p.arrived = slices.Delete(p.arrived, 0, keptRequests/2)
	}
	p.mutex.Unlock()
	m, err := sip.Parse(text)
	if err != nil {
		return
	}
	if !m.IsRequest() {
		p.receiveResponse(m)
		return
	}
	p.mutex.Lock()
	if p.requests = append(p.requests, m); len(p.requests) > keptRequests {
		p.requests = slices.Delete(p.requests, 0, keptRequests/2)
	}
	repeated, known := p.sent[key(m)]
	behave := p.behave
	if m.Method() == sip.ACK {
		if timer := p.held[m.CallID()]; timer != nil {
			timer.Stop()
			delete(p.held, m.CallID())
		}
	}
	p.mutex.Unlock()
	switch {
	case known:
		p.send(repeated)
	case m.Method() == sip.ACK:
	case behave != nil:
		behave(p, m)
	default:
		p.accept(m)
	}
}

func key(m *sip.Message) string { return m.Branch() + " " + string(m.Method()) }

// accept answers 200; the one to an INVITE again and again until its ACK (RFC 3261 §13.3.1.4).
func (p *phone) accept(m *sip.Message) {
	text := p.respond(m, "200 OK", "Contact: <"+p.contact()+">")
	if m.Method() == sip.INVITE {
		p.hold(m.CallID(), text, timerT1)
	}
}

func (p *phone) hold(callID, text string, after time.Duration) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.held[callID] = time.AfterFunc(after, func() {
		p.mutex.Lock()
		_, open := p.held[callID]
		p.mutex.Unlock()
		if open && after < timerB/2 {
			p.send(text)
			p.hold(callID, text, 2*after)
		}
	})
}

// respond answers a request, and its retransmissions in the same way.
func (p *phone) respond(m *sip.Message, status string, fields ...string) string {
	text := answer(m, status, "callee"+word(), fields...)
	p.mutex.Lock()
	if status[0] != '1' {
		p.sent[key(m)] = text
		if p.order = append(p.order, key(m)); len(p.order) > keptResponses {
			delete(p.sent, p.order[0])
			p.order = p.order[1:]
		}
	}
	p.mutex.Unlock()
	p.send(text)
	return text
}

func (p *phone) receiveResponse(m *sip.Message) {
	p.mutex.Lock()
	waiting := p.waiting[key(m)]
	confirm := p.confirms[m.CallID()]
	p.mutex.Unlock()
	if waiting != nil {
		select {
		case waiting <- m:
		default:
		}
		return
	}
	p.mutex.Lock()
	astray := p.astray
	p.mutex.Unlock()
	if astray != nil {
		astray(p, m)
		return
	}
	if confirm != "" && m.Method() == sip.INVITE && m.StatusCode()/100 == 2 {
		p.send(confirm)
	}
}

// place is the phone's own host and port; contact its own URI.
func (p *phone) place() string { return p.local.String() }

func (p *phone) contact() string {
	if p.transport == "TCP" {
		return "sip:" + p.name + "@" + p.place() + ";transport=tcp"
	}
	return "sip:" + p.name + "@" + p.place()
}

// request is one of this phone's, outside a dialog.
func (p *phone) request(method, uri string) *request {
	r := newRequest(method, addressOf(p.name), uri)
	r.contact = "<" + p.contact() + ">"
	return r
}

var errSilence = errors.New("no final response")

// once sends a request as it is and waits for its final response, retransmitting as RFC
// 3261 §17.1 says. A refusal of an INVITE is acknowledged.
func (p *phone) once(r *request, limit time.Duration) (*sip.Message, error) {
	text := r.text(p.transport, p.place())
	responses := make(chan *sip.Message, 16)
	name := r.branch + " " + r.method
	p.mutex.Lock()
	p.waiting[name] = responses
	p.mutex.Unlock()
	defer func() {
		p.mutex.Lock()
		delete(p.waiting, name)
		p.mutex.Unlock()
	}()
	p.send(text)
	interval := timerT1
	end, repeat := time.After(limit), time.After(interval)
	for {
		select {
		case <-end:
			return nil, fmt.Errorf("%s %s: %w", r.method, r.uri, errSilence)
		case <-repeat:
			if p.transport == "UDP" {
				p.send(text)
			}
			if interval *= 2; r.method != "INVITE" {
				interval = min(interval, timerT2)
			}
			repeat = time.After(interval)
		case m := <-responses:
			if m.StatusCode() < 200 {
				if r.method == "INVITE" {
					repeat = nil
				}
				continue
			}
			if r.method == "INVITE" && m.StatusCode() >= 300 {
				ack := *r
				ack.method, ack.to, ack.contact, ack.body, ack.fields, ack.first = "ACK", m.To(), "", "", nil, nil
				p.send(ack.text(p.transport, p.place()))
			}
			return m, nil
		}
	}
}

// ask sends a request with the phone's credentials, answers a challenge, and gives the
// final response and how many challenges there were.
func (p *phone) ask(r *request) (response *sip.Message, challenges int, err error) {
	p.sign(r)
	for {
		if response, err = p.once(r, timerB); err != nil {
			return nil, challenges, err
		}
		if code := response.StatusCode(); code != 401 && code != 407 || challenges == 2 {
			return response, challenges, nil
		}
		challenges++
		if err := p.learn(response); err != nil {
			return response, challenges, nil
		}
		next := r.again()
		*r = *next
		p.sign(r)
	}
}

// learn takes over a challenge.
func (p *phone) learn(response *sip.Message) error {
	field, asked := "Authorization", sip.HeaderWWWAuthenticate
	if response.StatusCode() == 407 {
		field, asked = "Proxy-Authorization", sip.HeaderProxyAuthenticate
	}
	challenge, err := digest.Choose(slices.Collect(response.FieldValues(asked)))
	if err != nil {
		return err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.sessions[field] = digest.NewSession(challenge, p.name, passwordOf(p.name))
	return nil
}

// sign adds credentials where the phone knows a nonce: one kind for REGISTER, one for all else.
func (p *phone) sign(r *request) {
	field := "Proxy-Authorization"
	if r.method == "REGISTER" {
		field = "Authorization"
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	session := p.sessions[field]
	if session == nil {
		return
	}
	value, err := session.Answer(nil, digest.Outgoing{Method: r.method, URI: r.uri, Body: r.body, CNonce: word()})
	if err == nil {
		r.fields = append(r.fields, field+": "+string(value))
		p.captured = append(p.captured[max(0, len(p.captured)-keptConfirms):], r.text(p.transport, p.place()))
	}
}

// registration is a REGISTER of this phone.
func (p *phone) registration(expires int) *request {
	r := newRequest("REGISTER", addressOf(p.name), "sip:"+domain)
	r.to = "<" + addressOf(p.name) + ">"
	r.contact = fmt.Sprintf("<%s>;expires=%d", p.contact(), expires)
	return r
}

// register makes sure that the phone is registered.
func (p *phone) register(t testing.TB) {
	t.Helper()
	response, _, err := p.ask(p.registration(3600))
	if err != nil || response.StatusCode() != 200 {
		t.Fatalf("%s registers: %v %s", p.name, err, textOf(response))
	}
}

func textOf(m *sip.Message) string {
	if m == nil {
		return ""
	}
	return "\n" + m.Text()
}

// received is every request of a method that came so far; "" for any.
func (p *phone) received(method sip.Method) []*sip.Message {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	var found []*sip.Message
	for _, m := range p.requests {
		if method == "" || m.Method() == method {
			found = append(found, m)
		}
	}
	return found
}

// texts is everything received, even what is no message.
func (p *phone) texts() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return slices.Clone(p.arrived)
}

// forget empties the lists of what was received.
func (p *phone) forget() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.requests, p.arrived = nil, nil
}

func (p *phone) onRequest(behave func(*phone, *sip.Message)) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.behave = behave
}

func (p *phone) onResponse(astray func(*phone, *sip.Message)) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.astray = astray
}

// containsFold tells whether a text contains another, whatever the case.
func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
