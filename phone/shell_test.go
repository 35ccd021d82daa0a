package phone

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hookflash/machine"
	"hookflash/media/graph"
	"hookflash/sip"
	"hookflash/ua"
)

// board is a media side that notes what is asked of it.
type board struct {
	mutex   sync.Mutex
	changes []any
	bound   int
	closed  bool
	tell    func(event any)
}

func (b *board) open(_ netip.Addr, tell func(any)) (Media, error) {
	b.tell = tell
	return b, nil
}

func (b *board) Apply(changes []any) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.changes = append(b.changes, changes...)
	return nil
}

func (b *board) Ports(n int) (ports []uint16, err error) {
	for range n {
		ports = append(ports, uint16(30000+2*b.bound))
		b.bound++
	}
	return ports, nil
}

func (b *board) Close() error {
	b.closed = true
	return nil
}

// lastOf gives the last change of a kind.
func lastOf[T any](b *board) (found T, ok bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, change := range b.changes {
		if c, is := change.(T); is {
			found, ok = c, true
		}
	}
	return found, ok
}

var loopback = netip.MustParseAddrPort("127.0.0.1:0")

// pair is two phones without a server: each takes the other for it.
func pair(t *testing.T) (alice, bob *Phone, board1, board2 *board) {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	socket, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(loopback))
	if err != nil {
		t.Fatal(err)
	}
	address := socket.LocalAddr().(*net.UDPAddr).AddrPort()
	_ = socket.Close()
	open := func(s Settings) *Phone {
		p, err := Open(s)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
		return p
	}
	board1, board2 = &board{}, &board{}
	bob = open(Settings{User: "bob", Domain: "example.test", Server: netip.MustParseAddrPort("127.0.0.1:9"), Local: loopback, Direct: true, Media: board2.open})
	var at netip.AddrPort
	bob.Do(func(a *ua.Agent) { at = a.Settings().Local })
	alice = open(Settings{User: "alice", Domain: "example.test", Server: at, Local: address, Direct: true, Media: board1.open})
	return alice, bob, board1, board2
}

// awaitEvent reads events until one of a kind comes.
func awaitEvent(t *testing.T, p *Phone, kind ua.Kind) ua.Event {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		select {
		case event := <-p.Events():
			if e, ok := event.(ua.Event); ok && e.Kind == kind {
				return e
			}
		case <-limit:
			t.Fatalf("no event %s", EventName(kind))
		}
	}
}

// TestShell: a call between two shells, its media, and its end.
func TestShell(t *testing.T) {
	alice, bob, media, _ := pair(t)
	alice.Do(func(a *ua.Agent) {
		if a.Ports.Free() < SparePorts {
			t.Errorf("%d ports are spare", a.Ports.Free())
		}
		if _, err := a.Invite(ua.Invitation{Target: "sip:bob@example.test"}); err != nil {
			t.Error(err)
		}
	})
	incoming := awaitEvent(t, bob, ua.Incoming)
	bob.Do(func(a *ua.Agent) {
		if err := a.Calls()[0].Answer(); err != nil {
			t.Error(err)
		}
	})
	awaitEvent(t, alice, ua.Established)
	awaitEvent(t, bob, ua.Acknowledged)
	opened, ok := lastOf[graph.Open](media)
	if set, _ := lastOf[graph.Set](media); !ok || set.Stream != opened.Stream || !set.Remote.IsValid() {
		t.Errorf("the media side knows the stream: %+v %+v", opened, set)
	}
	if joined, ok := lastOf[graph.Join](media); !ok || joined.Node != graph.Device {
		t.Errorf("the person talks: %+v", joined)
	}
	media.tell(graph.Digit{Stream: opened.Stream, Digit: '5'})
	if e := awaitEvent(t, alice, ua.DigitHeard); e.Text != "5" || e.Call != 1 {
		t.Errorf("a digit: %+v", e)
	}
	standing := alice.Standing()
	if len(standing.Lines) != 1 || !standing.Lines[0].Current || standing.Lines[0].State != ua.Talking || len(standing.Hearing()) != 1 {
		t.Errorf("how it stands: %+v", standing)
	}
	alice.Do(func(a *ua.Agent) { a.Calls()[0].HangUp() })
	if e := awaitEvent(t, bob, ua.Ended); e.Call != incoming.Call {
		t.Errorf("the same call: %+v", e)
	}
	if closed, ok := lastOf[graph.Close](media); !ok || closed.Node != opened.Stream {
		t.Errorf("the stream is closed: %+v", closed)
	}
	if past := alice.History(); len(past) != 1 || past[0].Ended.IsZero() || past[0].Answered.IsZero() {
		t.Errorf("the history: %+v", past)
	}
	alice.Do(func(a *ua.Agent) {
		if free := a.Ports.Free(); free < SparePorts || free != media.bound {
			t.Errorf("the port can be used again: %d of %d", free, media.bound)
		}
	})
}

// TestShellLines: who calls when all lines are taken hears busy.
func TestShellLines(t *testing.T) {
	alice, bob, _, _ := pair(t)
	for range MaxLines + 1 {
		alice.Do(func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: "sip:bob@example.test"}) })
	}
	if e := awaitEvent(t, alice, ua.Ended); e.Code != 486 {
		t.Errorf("the %dth call: %+v", MaxLines+1, e)
	}
	if lines := bob.Standing().Lines; len(lines) != MaxLines {
		t.Errorf("%d lines", len(lines))
	}
}

// TestMalformed: what can be answered is answered, anything else meets silence, and the phone goes on.
func TestMalformed(t *testing.T) {
	_, bob, _, _ := pair(t)
	var at netip.AddrPort
	bob.Do(func(a *ua.Agent) { at = a.Settings().Local })
	socket, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	head := "OPTIONS sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:1;rport;branch=z9hG4bK1\r\nFrom: <sip:x@example.test>;tag=1\r\n" +
		"To: <sip:bob@example.test>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
	tests := []struct{ reason, text, want string }{
		{"no message", "hello\r\n\r\n", ""},
		{"a response that nobody can read", "SIP/2.0 200 OK\r\nVia: x\r\n\r\n", ""},
		{"an ACK that can't be taken is never answered", strings.ReplaceAll(head, "OPTIONS", "ACK") + "Max-Forwards: x\r\nContent-Length: 9\r\n\r\n", ""},
		{"a body that is cut", head + "Max-Forwards: 70\r\nContent-Length: 9\r\n\r\n", "SIP/2.0 400 "},
		{"a good one behind them", head + "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n", "SIP/2.0 200 "},
	}
	for _, test := range tests {
		if _, err := socket.Write([]byte(test.text)); err != nil {
			t.Fatal(err)
		}
		if test.want == "" {
			continue // what comes next shows that nothing came now
		}
		answer := make([]byte, 2048)
		_ = socket.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := socket.Read(answer)
		if err != nil || !strings.HasPrefix(string(answer[:n]), test.want) {
			t.Errorf("%s: %q %v", test.reason, answer[:n], err)
		}
	}
}

// TestAnswerTo: RFC 3261 §18.2.2 and RFC 3581 §4.
func TestAnswerTo(t *testing.T) {
	source := netip.MustParseAddrPort("127.0.0.1:4000")
	tests := []struct{ reason, via, want string }{
		{"rport", "127.0.0.1:5070;rport", "127.0.0.1:4000"},
		{"without it the port of Via", "127.0.0.1:5070", "127.0.0.1:5070"},
		{"or the usual one", "127.0.0.1", "127.0.0.1:5060"},
		{"never another host", "192.0.2.1:5070", "127.0.0.1:4000"},
	}
	for _, test := range tests {
		m, err := sip.Parse("OPTIONS sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP " + test.via + ";branch=z9hG4bK1\r\nFrom: <sip:x@example.test>;tag=1\r\n" +
			"To: <sip:bob@example.test>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		if got := m.AnswerTo(source); got.String() != test.want {
			t.Errorf("%s: %s, want %s", test.reason, got, test.want)
		}
	}
}

// TestInfoDigit: a digit in an INFO is heard; another body is refused.
func TestInfoDigit(t *testing.T) {
	info := func(body string) *sip.Message {
		m, err := sip.Parse("INFO sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:x@example.test>;tag=1\r\n" +
			"To: <sip:bob@example.test>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INFO\r\nMax-Forwards: 70\r\nContent-Type: application/dtmf-relay\r\n\r\n" + body)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	alice, bob, _, _ := pair(t)
	alice.Do(func(a *ua.Agent) { _, _ = a.Invite(ua.Invitation{Target: "sip:bob@example.test"}) })
	awaitEvent(t, bob, ua.Incoming)
	bob.Do(func(a *ua.Agent) {
		if code := informed(a.Calls()[0], info("Signal=loud")); code != 415 {
			t.Errorf("no digit: %d", code)
		}
		if code := informed(a.Calls()[0], info("Signal=5\r\nDuration=160\r\n")); code != 200 {
			t.Errorf("a digit: %d", code)
		}
	})
	if e := awaitEvent(t, bob, ua.DigitHeard); e.Text != "5" {
		t.Errorf("the digit: %+v", e)
	}
}

// TestSettings: what makes no sense is refused before anything is opened.
func TestSettings(t *testing.T) {
	server := netip.MustParseAddrPort("127.0.0.1:5060")
	tests := []struct {
		reason   string
		settings Settings
		want     error
	}{
		{"nobody", Settings{Domain: "example.test", Server: server}, ErrUser},
		{"nowhere", Settings{User: "bob", Server: server}, ErrUser},
		{"a domain that is none", Settings{User: "bob", Domain: "exa mple", Server: server}, ErrUser},
		{"no server", Settings{User: "bob", Domain: "example.test"}, ErrServer},
		{"a transport that phones don't have", Settings{User: "bob", Domain: "example.test", Server: server, Transport: machine.WSS}, ErrTransport},
	}
	for _, test := range tests {
		if _, err := Open(test.settings); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.reason, err, test.want)
		}
	}
	failing := Settings{User: "bob", Domain: "example.test", Server: server, Media: func(netip.Addr, func(any)) (Media, error) { return nil, ErrFailed }}
	if _, err := Open(failing); !errors.Is(err, ErrFailed) {
		t.Errorf("no media: %v", err)
	}
	goleak.VerifyNone(t)
}

// TestClosed: a closed phone does nothing, and says so.
func TestClosed(t *testing.T) {
	defer goleak.VerifyNone(t)
	p, err := Open(Settings{User: "bob", Domain: "example.test", Server: netip.MustParseAddrPort("127.0.0.1:9"), Local: loopback, Direct: true})
	if err != nil {
		t.Fatal(err)
	}
	session := NewSession(p, NewText(&strings.Builder{}))
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	session.Wait()
	p.Do(func(*ua.Agent) { t.Error("a step after the end") })
	for _, line := range []string{"call alice", "sleep 1", "wait ended 1", "message alice hello"} {
		if err := session.Run(context.Background(), line); !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", line, err)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := session.Script(ended, strings.NewReader("calls\n"), false); !errors.Is(err, context.Canceled) {
		t.Errorf("the context ended: %v", err)
	}
}

// TestScriptLines: a line that is too long ends the script.
func TestScriptLines(t *testing.T) {
	alice, _, _, _ := pair(t)
	session := NewSession(alice, NewText(&strings.Builder{}))
	if err := session.Script(t.Context(), strings.NewReader("calls\n"+strings.Repeat("x", MaxScriptLine+1)+"\n"), true); err == nil {
		t.Error("a line beyond the limit")
	}
	if err := session.Script(t.Context(), strings.NewReader("hold\nquit\ncalls\n"), true); !errors.Is(err, ErrFailed) {
		t.Errorf("hold failed: %v", err)
	}
}
