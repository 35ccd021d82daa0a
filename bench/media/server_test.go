package media

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/sdp"
	"hookflash/sip"
)

const (
	patience  = 20 * time.Second
	callsEach = 2 * time.Millisecond // between two INVITEs
)

// The server, and where the callers call from, who are asked for no digest.
var (
	serverHost  = netip.MustParseAddr("127.9.9.1")
	callersHost = netip.MustParseAddr("127.9.9.2")
)

// served is a hookflash in a process of its own.
type served struct {
	address netip.AddrPort
	process *os.Process
	data    string // folder
}

// serve builds the server, or takes the one that HOOKFLASH names, and starts it with a folder of prompts.
func serve(b *testing.B, prompts string, users []string, lines ...string) *served {
	b.Helper()
	folder := b.TempDir()
	binary := os.Getenv("HOOKFLASH")
	if binary == "" {
		binary = filepath.Join(folder, "hookflash")
		if output, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "hookflash/cmd/hookflash").CombinedOutput(); err != nil {
			b.Fatalf("building the server: %v\n%s", err, output)
		}
	}
	s := &served{address: free(b), data: filepath.Join(folder, "data")}
	web := free(b)
	var text strings.Builder
	fmt.Fprintf(&text, "domain: bench.test\nlisten: {sip: [\"udp:%s\"], http: \"%s\"}\ndata: %s\ntrusted: [%s]\n", s.address, web, s.data, callersHost)
	for _, line := range lines {
		fmt.Fprintln(&text, line)
	}
	fmt.Fprintf(&text, "media: {prompts: %s}\nlog: {level: warn}\nshutdown: {drain: 0s}\nresolver: {servers: [\"127.0.0.1:9\"]}\nusers:\n", prompts)
	for i, name := range append(users, "caller") {
		fmt.Fprintf(&text, "  - {name: %s, password: pass%d-of-the-bench}\n", name, i)
	}
	file := filepath.Join(folder, "hookflash.yaml")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	command := exec.Command(binary, "serve", "--config", file)
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	s.process = command.Process
	b.Cleanup(func() {
		_ = s.process.Kill()
		_ = command.Wait() // killed
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get("http://" + web.String() + "/readyz")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return s
			}
		}
		if time.Now().After(deadline) {
			b.Fatalf("the server is not ready: %v", err)
		}
	}
}

func free(b *testing.B) netip.AddrPort {
	b.Helper()
	listener, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(serverHost, 0)))
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

// callers are the signalling of many calls, all from one socket.
type callers struct {
	socket *net.UDPConn

	mutex  sync.Mutex
	calls  map[string]*member // by Call-ID, until they are answered
	failed []string           // refusals
	over   map[string]bool    // Call-IDs of calls that the server ended
	more   string             // header fields of each INVITE
}

func newCallers(b *testing.B, s *served) *callers {
	b.Helper()
	c := dialServer(b, s)
	go c.read()
	return c
}

// dialServer is one whose answers somebody else reads.
func dialServer(b *testing.B, s *served) *callers {
	b.Helper()
	socket, err := net.DialUDP("udp", &net.UDPAddr{IP: callersHost.AsSlice()}, net.UDPAddrFromAddrPort(s.address))
	if err != nil {
		b.Fatal(err)
	}
	_ = socket.SetReadBuffer(8 << 20) // the kernel clamps it as it likes
	c := &callers{socket: socket, calls: map[string]*member{}, over: map[string]bool{}}
	b.Cleanup(func() { socket.Close() })
	return c
}

// call has every member call an address, and waits until all are answered. address gives that of the i-th.
func (c *callers) call(b *testing.B, all []*member, address func(i int) string) {
	b.Helper()
	began := time.Now()
	for i, m := range all {
		if wait := time.Until(began.Add(time.Duration(i) * callsEach)); wait > 0 {
			time.Sleep(wait)
		}
		id := fmt.Sprintf("call-%d-%d", began.UnixNano(), i)
		c.mutex.Lock()
		c.calls[id] = m
		c.mutex.Unlock()
		c.send(c.invite(id, address(i), m.socket.Local()))
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c.mutex.Lock()
		open, failed := len(c.calls), c.failed
		c.mutex.Unlock()
		if len(failed) > 0 {
			b.Fatalf("%d calls were refused: %s", len(failed), failed[0])
		}
		if open == 0 {
			b.Logf("%d calls were answered within %v", len(all), time.Since(began).Round(time.Millisecond))
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("%d of %d calls are not answered", open, len(all))
		}
	}
}

func (c *callers) send(text []byte) { _, _ = c.socket.Write(text) }

func (c *callers) invite(id, address string, sound netip.AddrPort) []byte {
	place := c.socket.LocalAddr().String()
	body := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		sound.Addr(), sound.Port())
	return fmt.Appendf(nil, "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:caller@bench.test>;tag=%s\r\n"+
		"To: <%s>\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\nContact: <sip:caller@%s>\r\n%sContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
		address, place, id, id, address, id, place, c.more, len(body), body)
}

func (c *callers) read() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := c.socket.Read(buffer)
		if err != nil {
			return
		}
		if m, err := sip.Parse(string(buffer[:n])); err == nil {
			c.receive(m)
		}
	}
}

func (c *callers) receive(m *sip.Message) {
	if m.IsRequest() {
		if m.Method() == sip.BYE {
			c.send(sip.NewResponse(m, netip.AddrPort{}, sip.Answer{Code: 200}).Empty())
			c.mutex.Lock()
			c.over[m.CallID()] = true
			c.mutex.Unlock()
		}
		return
	}
	if m.Method() != sip.INVITE || m.StatusCode() < 200 {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	called := c.calls[m.CallID()]
	if m.StatusCode() != 200 {
		c.failed = append(c.failed, m.Text())
		return
	}
	c.send(c.ack(m))
	if called != nil {
		if sound, ok := soundOf(m.Body()); ok {
			called.to = sound
			delete(c.calls, m.CallID())
		}
	}
}

func (c *callers) ack(ok *sip.Message) []byte {
	contact, err := sip.ParseAddress(ok.TopValue(sip.HeaderContact))
	if err != nil {
		return nil
	}
	r := sip.NewRequest(sip.ACK, contact.Text)
	r.Add(sip.HeaderVia, fmt.Sprintf("SIP/2.0/UDP %s;branch=z9hG4bKack%s;rport", c.socket.LocalAddr(), ok.CallID()))
	var routes []string
	for value := range ok.Values(sip.HeaderRecordRoute) {
		routes = append(routes, value)
	}
	for i := len(routes) - 1; i >= 0; i-- {
		r.Add(sip.HeaderRoute, routes[i])
	}
	return r.AddNumber(sip.HeaderMaxForwards, 70).Copy(ok, sip.HeaderFrom, sip.HeaderTo, sip.HeaderCallID).AddSequence(1, sip.ACK).Empty()
}

// soundOf is where an answer wants sound.
func soundOf(body string) (netip.AddrPort, bool) {
	session, err := sdp.Parse(body)
	if err != nil || len(session.Media) == 0 {
		return netip.AddrPort{}, false
	}
	connection, ok := session.Connection(&session.Media[0])
	return netip.AddrPortFrom(connection.Address, session.Media[0].Port), ok && session.Media[0].Port != 0
}

// hungUp counts the calls that the server ended.
func (c *callers) hungUp() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.over)
}
