package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"hookflash/machine"
)

// happening is one call of a Handler.
type happening struct {
	what   string // "messages", "malformed", "unsent", "closed"
	texts  []string
	flow   machine.Flow
	ticket uint64
	err    error
}

// recorder is a Handler that puts what happens into a channel.
type recorder struct {
	happened chan happening
	response []byte                 // to malformed streams
	answer   func(batch []Incoming) // on the reader's goroutine; set before anything is read
	refusal  error                  // of messages; set before anything is read
}

func newRecorder() *recorder { return &recorder{happened: make(chan happening, 4096)} }

func (r *recorder) Messages(batch []Incoming) error {
	h := happening{what: "messages", flow: batch[0].Flow}
	for _, message := range batch {
		h.texts = append(h.texts, message.Text)
	}
	if r.answer != nil {
		r.answer(batch)
	}
	r.happened <- h
	return r.refusal
}

func (r *recorder) Malformed(flow machine.Flow, doubt *FramingError) []byte {
	r.happened <- happening{what: "malformed", flow: flow, err: doubt}
	return r.response
}

func (r *recorder) Unsent(flow machine.Flow, ticket uint64, err error) {
	r.happened <- happening{what: "unsent", flow: flow, ticket: ticket, err: err}
}

func (r *recorder) Closed(flow machine.Flow, err error) {
	r.happened <- happening{what: "closed", flow: flow, err: err}
}

// want waits for the next happening, which must be of that kind.
func (r *recorder) want(t testing.TB, reason, what string) happening {
	t.Helper()
	select {
	case h := <-r.happened:
		if h.what != what {
			t.Fatalf("%s: %+v, want %s", reason, h, what)
		}
		return h
	case <-time.After(20 * time.Second): // virtual in a synctest bubble
		t.Fatalf("%s: nothing happened, want %s", reason, what)
		return happening{}
	}
}

func (r *recorder) wantClosed(t testing.TB, reason string, err error) happening {
	t.Helper()
	h := r.want(t, reason, "closed")
	if !errors.Is(h.err, err) {
		t.Fatalf("%s: closed by %v, want %v", reason, h.err, err)
	}
	return h
}

func (r *recorder) wantSilence(t testing.TB, reason string) {
	t.Helper()
	select {
	case h := <-r.happened:
		t.Fatalf("%s: %+v", reason, h)
	default:
	}
}

func newStreams(t testing.TB, r *recorder, options StreamOptions) *Streams {
	t.Helper()
	s, err := NewStreams(r, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error("streams close:", err)
		}
		if c := s.Counts(); c.Open != 0 || c.Dialling != 0 || c.Unparsed != 0 || c.Unsent != 0 {
			t.Errorf("nothing is left after close: %+v", c)
		}
	})
	return s
}

// listening are streams with a listener on loopback.
func listening(t testing.TB, address netip.AddrPort, options StreamOptions) (*Streams, *recorder, netip.AddrPort) {
	t.Helper()
	r := newRecorder()
	s := newStreams(t, r, options)
	local, err := s.Listen(address, 0)
	if err != nil {
		t.Skipf("no socket on %v: %v", address, err)
	}
	return s, r, local
}

func dial(t testing.TB, address netip.AddrPort) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

func write(t testing.TB, conn net.Conn, data string) {
	t.Helper()
	if _, err := io.WriteString(conn, data); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, conn net.Conn, length int) string {
	t.Helper()
	data := make([]byte, length)
	if _, err := io.ReadFull(conn, data); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func numbered(i int) string { return options(fmt.Sprintf("CSeq: %d OPTIONS\r\nl: 4\r\n", i), "body") }

func TestMessagesOfOneReadComeTogether(t *testing.T) {
	for _, address := range loopbacks {
		s, r, local := listening(t, address, StreamOptions{})
		conn := dial(t, local)
		write(t, conn, numbered(1)+numbered(2)+numbered(3)[:40])
		h := r.want(t, "two messages in one read are one batch", "messages")
		if len(h.texts) != 2 || h.texts[0] != numbered(1) || h.texts[1] != numbered(2) {
			t.Errorf("in order and whole: %q", h.texts)
		}
		peer := localAddrPort(conn.LocalAddr())
		if h.flow != (machine.Flow{Remote: peer, Connection: 1, Transport: machine.TCP}) {
			t.Errorf("with their flow: %+v", h.flow)
		}
		write(t, conn, numbered(3)[40:])
		if h = r.want(t, "the rest completes the third", "messages"); h.texts[0] != numbered(3) {
			t.Errorf("whole: %q", h.texts)
		}
		if err := s.Send(h.flow, []byte("response"), 0); err != nil {
			t.Error("a response goes back on the connection:", err)
		}
		if got := read(t, conn, 8); got != "response" {
			t.Errorf("as it was sent: %q", got)
		}
		_ = conn.Close()
		r.wantClosed(t, "the peer closes", io.EOF)
		if err := s.Send(h.flow, []byte("late"), 1); !errors.Is(err, ErrGone) {
			t.Error("a numbered connection is never replaced:", err)
		}
	}
}

func TestPingIsAnswered(t *testing.T) {
	_, r, local := listening(t, loopbacks[0], StreamOptions{})
	conn := dial(t, local)
	write(t, conn, "\r\n\r\n"+numbered(1))
	if got := read(t, conn, 2); got != "\r\n" {
		t.Errorf("CRLF answers a double CRLF (RFC 5626 §3.5.1): %q", got)
	}
	r.want(t, "a message after a ping", "messages")
}

func TestMalformedStreamIsAnsweredAndClosed(t *testing.T) {
	_, r, local := listening(t, loopbacks[0], StreamOptions{})
	r.response = []byte("SIP/2.0 400 Bad Request\r\n\r\n")
	conn := dial(t, local)
	write(t, conn, numbered(1)+options("l: 1\r\nl: 2\r\n", "")+numbered(2))
	r.want(t, "what was complete comes first", "messages")
	h := r.want(t, "two lengths end the stream", "malformed")
	var doubt *FramingError
	if !errors.As(h.err, &doubt) || !strings.HasSuffix(doubt.Head, "l: 2\r\n\r\n") {
		t.Errorf("the head is told: %v", h.err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != string(r.response) {
		t.Errorf("the peer reads the response and the end: %q %v", got, err)
	}
	_ = conn.Close()
	if h = r.want(t, "closed after the peer has", "closed"); !errors.As(h.err, &doubt) {
		t.Errorf("the doubt is the reason: %v", h.err)
	}
	r.wantSilence(t, "nothing after the doubt is a message")
}

func TestNoMessageEndsTheConnection(t *testing.T) {
	s, r, local := listening(t, loopbacks[0], StreamOptions{})
	r.refusal = errors.New("one was no message")
	r.answer = func(batch []Incoming) {
		if err := s.Send(batch[0].Flow, []byte("answer"), 0); err != nil {
			t.Error("what was answered leaves:", err)
		}
	}
	conn := dial(t, local)
	write(t, conn, numbered(1)+numbered(2)+options("l: 1\r\nl: 2\r\n", ""))
	r.want(t, "both come together", "messages")
	if got, err := io.ReadAll(conn); err != nil || string(got) != "answer" {
		t.Errorf("the peer reads the answer and the end: %q %v", got, err)
	}
	_ = conn.Close()
	r.wantClosed(t, "the handler's error is the reason, and no doubt behind it is asked about", r.refusal)
}

func TestAbruptCloseIsTold(t *testing.T) {
	_, r, local := listening(t, loopbacks[0], StreamOptions{})
	conn := dial(t, local)
	write(t, conn, numbered(1)+numbered(2)[:20])
	r.want(t, "a message", "messages")
	_ = conn.SetLinger(0)
	_ = conn.Close()
	if h := r.want(t, "reset", "closed"); h.err == nil || errors.Is(h.err, io.EOF) {
		t.Errorf("a reset is no good order: %v", h.err)
	}
	conn = dial(t, local)
	write(t, conn, numbered(1)+numbered(2)[:20])
	r.want(t, "a message", "messages")
	_ = conn.Close()
	r.wantClosed(t, "an end within a message is none", io.ErrUnexpectedEOF)
}

// RFC 3261 §18: a transaction doesn't own its connection, so neither end may stumble
// over one that vanishes while others send on it.
func TestBurstsAndResets(t *testing.T) {
	r := newRecorder()
	s := newStreams(t, r, StreamOptions{})
	r.answer = func(batch []Incoming) {
		for _, message := range batch {
			_ = s.Send(message.Flow, []byte(message.Text), 1) // often gone already
		}
	}
	local, err := s.Listen(loopbacks[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	const loops, burst = 50, 8
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range loops {
				conn, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(local))
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(conn, strings.Repeat(numbered(1), burst))
				_ = conn.SetLinger(0)
				_ = conn.Close()
			}
		})
	}
	group.Wait()
	for closed := 0; closed < 4*loops; {
		select {
		case h := <-r.happened:
			if h.what == "closed" {
				closed++
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("each connection closes once: %d of %d", closed, 4*loops)
		}
	}
	r.wantSilence(t, "and nothing happens after it")
}

func TestConnectionsAreReused(t *testing.T) {
	server, sr, local := listening(t, loopbacks[0], StreamOptions{})
	client, cr, own := listening(t, netip.MustParseAddrPort("127.0.0.2:0"), StreamOptions{})
	to := machine.Flow{Remote: local, Transport: machine.TCP}
	for i := range 10 {
		if err := client.Send(to, []byte(numbered(i)), uint64(i+1)); err != nil {
			t.Fatal("sending dials:", err)
		}
	}
	var flow machine.Flow
	for i := 0; i < 10; {
		h := sr.want(t, "all arrive", "messages")
		for _, text := range h.texts {
			if text != numbered(i) {
				t.Fatalf("in order: %q at %d", text, i)
			}
			i++
		}
		flow = h.flow
	}
	if flow.Remote.Addr() != own.Addr() {
		t.Errorf("from the listener's address: %v", flow.Remote)
	}
	if server.Counts().Accepted != 1 || client.Counts().Dialled != 1 {
		t.Errorf("over one connection: %+v", server.Counts())
	}
	flow.Connection = 0
	if err := server.Send(flow, []byte(numbered(77)), 0); err != nil {
		t.Error("the other way it is found by its remote address:", err)
	}
	if h := cr.want(t, "and used", "messages"); h.texts[0] != numbered(77) || h.flow.Connection != 1 {
		t.Errorf("the message: %+v", h)
	}
	client.HangUp(1)
	cr.wantClosed(t, "hung up here", ErrHungUp)
	sr.wantClosed(t, "and there", io.EOF)
	if err := client.Send(to, []byte(numbered(5)), 0); err != nil {
		t.Fatal("a closed one is replaced:", err)
	}
	if h := sr.want(t, "by a new one", "messages"); h.flow.Connection != 2 {
		t.Errorf("with a new number: %+v", h.flow)
	}
}

// TestNumberOfAnother: a number remembered from another process, or of a connection from
// elsewhere, means nobody.
func TestNumberOfAnother(t *testing.T) {
	server, sr, address := listening(t, loopbacks[0], StreamOptions{FirstNumber: 1 << 40})
	client, _, _ := listening(t, loopbacks[0], StreamOptions{})
	if err := client.Send(machine.Flow{Remote: address, Transport: machine.TCP}, []byte(numbered(1)), 0); err != nil {
		t.Fatal(err)
	}
	flow := sr.want(t, "a connection", "messages").flow
	if flow.Connection != 1<<40 {
		t.Errorf("numbers begin where they are told: %d", flow.Connection)
	}
	if err := server.Send(flow, []byte(numbered(2)), 0); err != nil {
		t.Error("the flow itself is good:", err)
	}
	flow.Remote = netip.AddrPortFrom(flow.Remote.Addr(), flow.Remote.Port()^1)
	if err := server.Send(flow, []byte(numbered(3)), 0); !errors.Is(err, ErrGone) {
		t.Error("its number with another address is not:", err)
	}
}

func TestRefusedDialIsToldPerMessage(t *testing.T) {
	s, r, _ := listening(t, loopbacks[0], StreamOptions{})
	probe, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	nobody := localAddrPort(probe.Addr())
	_ = probe.Close()
	for ticket := range uint64(3) {
		if err := s.Send(machine.Flow{Remote: nobody, Transport: machine.TCP}, []byte("x"), ticket); err != nil {
			t.Fatal("taken for now:", err)
		}
	}
	told := map[uint64]bool{}
	for range 2 {
		h := r.want(t, "a refused connection fails what waited for it", "unsent")
		told[h.ticket] = h.err != nil
	}
	if !told[1] || !told[2] {
		t.Errorf("each ticket is told: %v", told)
	}
	r.wantSilence(t, "ticket 0 has nobody to tell, and what never opened never closes")
	if err := s.Send(machine.Flow{Remote: nobody, Transport: machine.WS}, []byte("x"), 1); !errors.Is(err, ErrNoDialer) {
		t.Error("nobody can be dialled over WebSocket:", err)
	}
}

func TestSlowPeerBlocksNobody(t *testing.T) {
	s, r, local := listening(t, loopbacks[0], StreamOptions{QueueMessages: 20})
	slow := dial(t, local)
	write(t, slow, numbered(1))
	flow := r.want(t, "a message", "messages").flow
	message := []byte(strings.Repeat("m", 60_000))
	sent, refused := 0, error(nil)
	for sent < 10_000 && refused == nil {
		if refused = s.Send(flow, message, uint64(sent+1)); refused == nil {
			sent++
		}
	}
	if !errors.Is(refused, ErrQueueFull) {
		t.Fatalf("the queue has an end: %v after %d", refused, sent)
	}
	if c := s.Counts(); c.Unsent == 0 || c.Unsent > 256<<10 {
		t.Errorf("what waits is counted and bounded: %+v", c)
	}
	if got := read(t, slow, sent*len(message)); strings.Trim(got, "m") != "" {
		t.Error("everything taken arrives once the peer reads")
	}
	r.wantSilence(t, "so nothing is unsent")
	for range 100 { // and the connection writes at once again
		if err := s.Send(flow, []byte("m"), 1); err != nil {
			t.Fatal(err)
		}
		read(t, slow, 1)
	}
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	s, r, local := listening(t, loopbacks[0], StreamOptions{QueueBytes: 4 << 20, QueueMessages: 1000})
	slow := dial(t, local)
	write(t, slow, numbered(1))
	flow := r.want(t, "a message", "messages").flow
	sent := 0
	for s.Counts().Unsent < 1<<20 {
		if err := s.Send(flow, make([]byte, 60_000), 1); err != nil {
			t.Fatal(err)
		}
		sent++
	}
	done := make(chan error, 1)
	go func() { done <- s.Close(context.Background()) }()
	got, err := io.ReadAll(slow)
	if err != nil || len(got) != sent*60_000 {
		t.Errorf("all that was queued arrives before the end: %d of %d, %v", len(got), sent*60_000, err)
	}
	if err := <-done; err != nil {
		t.Error("nothing was given up:", err)
	}
	r.wantClosed(t, "closed here", ErrShutdown)
	if err := s.Send(machine.Flow{Remote: local, Transport: machine.TCP}, []byte("x"), 1); !errors.Is(err, ErrShutdown) {
		t.Error("nothing is sent after close:", err)
	}
	if _, err := s.Listen(loopbacks[0], 1); err == nil {
		t.Error("nor listened")
	}
}

func TestCloseGivesUpInTime(t *testing.T) {
	s, r, local := listening(t, loopbacks[0], StreamOptions{})
	slow := dial(t, local)
	write(t, slow, numbered(1))
	flow := r.want(t, "a message", "messages").flow
	for s.Send(flow, make([]byte, 60_000), 9) == nil {
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Close(ended); !errors.Is(err, context.Canceled) {
		t.Error("giving up is told:", err)
	}
	if h := r.want(t, "and per message", "unsent"); h.ticket != 9 || !errors.Is(h.err, ErrShutdown) {
		t.Errorf("with the reason: %+v", h)
	}
}

func TestAcceptingHasLimits(t *testing.T) {
	s, r, local := listening(t, loopbacks[0], StreamOptions{MaxConnections: 3, MaxPerSource: 3})
	var conns []*net.TCPConn
	for i := range 3 {
		conns = append(conns, dial(t, local))
		if i == 0 {
			write(t, conns[0], numbered(1))
			r.want(t, "the first sends a message", "messages")
		}
	}
	fourth := dial(t, local)
	if _, err := fourth.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && err == nil {
		t.Error("a fourth from the same source is refused:", err)
	}
	other, err := net.DialTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 3)}, net.TCPAddrFromAddrPort(local))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	h := r.wantClosed(t, "for another source's, one without a message is shed", ErrShed)
	if h.flow.Remote != localAddrPort(conns[1].LocalAddr()) {
		t.Errorf("the oldest of them: %v", h.flow.Remote)
	}
	write(t, other, numbered(2))
	r.want(t, "the new one is served", "messages")
	if c := s.Counts(); c.Accepted != 4 || c.Refused != 1 || c.Shed != 1 || c.Open != 3 {
		t.Errorf("counted: %+v", c)
	}
}

func TestSourcesOfIPv6ArePrefixes(t *testing.T) {
	a, b := netip.MustParseAddr("2001:db8:1:2::1"), netip.MustParseAddr("2001:db8:1:2:ffff::9")
	if sourceOf(a) != sourceOf(b) || sourceOf(a) == sourceOf(netip.MustParseAddr("2001:db8:1:3::1")) {
		t.Error("a /64 is one source")
	}
	if sourceOf(netip.MustParseAddr("::ffff:192.0.2.1")) != netip.MustParseAddr("192.0.2.1") {
		t.Error("an IPv4 address is itself")
	}
}

func TestLimitsAreChecked(t *testing.T) {
	for _, options := range []StreamOptions{{MaxConnections: -1}, {IdleTimeout: -1}} {
		if _, err := NewStreams(newRecorder(), options); err == nil {
			t.Errorf("a negative limit is refused: %+v", options)
		}
	}
	s, _, _ := listening(t, loopbacks[0], StreamOptions{})
	if _, err := s.Listen(loopbacks[0], 0); err == nil {
		t.Error("a listener's number is given once")
	}
}
