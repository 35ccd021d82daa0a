package media

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"hookflash/media/graph"
	"hookflash/media/rtp"
	"hookflash/media/socket"
	"hookflash/media/srtp"
)

// full tells whether attacks run at their full figures.
func full() bool { return os.Getenv("HOOKFLASH_SIZE") == "full" }

// secure gives a peer keys of a suite, and its stream the same.
func (p *peer) secure(name string, seed byte) graph.Set {
	p.t.Helper()
	suite, ok := srtp.Find(name)
	if !ok {
		p.t.Fatal(name)
	}
	key := func(salt byte) []byte {
		key := make([]byte, suite.Key+suite.Salt)
		for i := range key {
			key[i] = byte(i)*salt + seed
		}
		return key
	}
	set := p.set()
	set.Ours = graph.Keys{Suite: name, Key: key(3)}
	set.Theirs = graph.Keys{Suite: name, Key: key(5)}
	var err error
	p.secret = &secret{}
	if p.secret.ours, err = srtp.New(name, set.Theirs.Key); err != nil {
		p.t.Fatal(err)
	}
	if p.secret.theirs, err = srtp.New(name, set.Ours.Key); err != nil {
		p.t.Fatal(err)
	}
	return set
}

func TestEverySuite(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	plain := join(t, e, 10, pcmu)
	secured := join(t, e, 11, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	for i, suite := range srtp.Suites() {
		apply(t, e, secured.secure(suite.Name, byte(i)))
		secured.drain()
		secured.heard, plain.heard = nil, nil
		talk(25, plain, secured)
		wantHears(t, suite.Name, plain, secured)
		wantHears(t, suite.Name, secured, plain)
	}
}

// drain throws away what has come, under other keys than now.
func (p *peer) drain() {
	for p.socket.Receive(p.batch) > 0 {
	}
}

func statistics(t testing.TB, e *Engine, node graph.Node) Statistics {
	t.Helper()
	statistics, err := e.Statistics(node)
	if err != nil {
		t.Fatal(err)
	}
	return statistics
}

// TestAttack26Bleed: a stranger sprays the port of a call, before, while and after it begins: a relayed one, a
// mixed one, one of phones behind a NAT. He hears nothing, nobody hears him.
func TestAttack26Bleed(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"relayed", "mixed", "behind a NAT", "mixed behind a NAT"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			bleed(t, strings.Contains(call, "mixed"), strings.Contains(call, "NAT"))
		})
	}
}

func bleed(t *testing.T, mixed, hidden bool) {
	size := 20
	if full() {
		size = 200 // 10,000 a second on each port
	}
	e, _ := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	if mixed {
		c := join(t, e, 12, pcma)
		apply(t, e, graph.Join{Room: 1, Node: c.node})
	}
	if hidden {
		a.behind, b.behind = loopback, loopback
		apply(t, e, a.set(), b.set())
	}
	elsewhere, err := socket.Listen(netip.MustParseAddrPort("127.0.0.9:0"))
	if err != nil {
		t.Skip("no second loopback address here")
	}
	defer func() { _ = elsewhere.Close() }()
	samePlace, err := socket.Listen(netip.AddrPortFrom(loopback, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = samePlace.Close() }()
	stranger := &peer{t: t, node: 13, socket: elsewhere, hertz: 2010, session: rtp.NewSession("stranger"), batch: socket.NewBatch()}
	stranger.use(pcmu)
	spray := func() {
		for range size {
			stranger.sayFrom(elsewhere, a.engine)
			stranger.sayFrom(elsewhere, b.engine)
		}
	}
	spray() // before the far side has sent anything
	time.Sleep(2 * Tick)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	for i := range 30 {
		spray()
		talk(1, a, b)
		if i > 20 {
			stranger.sayFrom(samePlace, a.engine) // from the right address, but late
		}
	}
	apply(t, e, a.set()) // a re-negotiation opens nothing to strangers
	for range 30 {
		spray()
		talk(1, a, b)
	}
	wantHears(t, "the call goes on", a, b)
	wantHears(t, "the call goes on", b, a)
	for _, s := range []*socket.Socket{elsewhere, samePlace} {
		if n := s.Receive(stranger.batch); n != 0 {
			t.Errorf("the stranger is sent %d packets", n)
		}
	}
	for _, p := range []*peer{a, b} {
		if (relayedBy(t, e, p.node) > 0) == mixed {
			t.Errorf("%d: the call is to be mixed, or relayed: %d packets", p.node, relayedBy(t, e, p.node))
		}
		eventually(t, "what comes is looked at", func() bool { return statistics(t, e, p.node).Received >= 60 })
		got := statistics(t, e, p.node)
		if got.Foreign < uint64(30*size) {
			t.Errorf("%d: what was dropped is counted: %+v", p.node, got)
		}
		if got.Received != 60 || got.Lost != 0 {
			t.Errorf("%d: 60 packets of its own are taken, no other: %+v", p.node, got)
		}
	}
}

// TestLatch: symmetric RTP as far as it is safe.
func TestLatch(t *testing.T) {
	addr := netip.MustParseAddrPort
	var l latch
	now := time.Duration(0)
	if l.expects(addr("192.0.2.1:4000"), now) {
		t.Error("nothing is expected before signalling")
	}
	l.signal(addr("192.0.2.1:4000"), netip.Addr{}, now)
	if l.expects(addr("192.0.2.2:4000"), now) || l.peer != addr("192.0.2.1:4000") {
		t.Error("only the signalled address")
	}
	if !l.expects(addr("192.0.2.1:5000"), now) {
		t.Error("another port at the beginning: behind a NAT")
	}
	l.take(addr("192.0.2.1:5000"), now)
	if l.peer != addr("192.0.2.1:5000") || l.expects(addr("192.0.2.1:6000"), now+time.Hour) {
		t.Error("it is sent back there, and nobody else comes in")
	}
	if !l.expects(addr("192.0.2.1:4000"), now) {
		t.Error("the signalled port itself may still come")
	}
	for range gracePackets {
		l.take(addr("192.0.2.1:5000"), now)
	}
	if l.expects(addr("192.0.2.1:4000"), now) {
		t.Error("but not for ever")
	}
	l.signal(addr("192.0.2.1:4000"), netip.Addr{}, now)
	if l.peer != addr("192.0.2.1:5000") || !l.expects(addr("192.0.2.1:5000"), now) || l.expects(addr("192.0.2.1:6000"), now) {
		t.Error("after re-negotiation it is sent where it was, and taken from there")
	}
	if later := now + fallenSilent; !l.expects(addr("192.0.2.1:6000"), later) || l.expects(addr("192.0.2.9:5000"), later) {
		t.Error("then the port may have changed, if the old one is silent")
	}
	l.signal(addr("192.0.2.7:4000"), netip.Addr{}, now)
	if l.peer != addr("192.0.2.7:4000") || l.expects(addr("192.0.2.1:5000"), now) {
		t.Error("another address replaces all")
	}
	l.follow(addr("192.0.2.99:1"))
	if l.peer != addr("192.0.2.99:1") {
		t.Error("who authenticates himself is followed anywhere")
	}
	l.signal(netip.AddrPort{}, netip.Addr{}, now)
	if l.expects(addr("192.0.2.7:4000"), now) || l.peer.IsValid() {
		t.Error("nowhere")
	}
}

// TestLatchBehindNAT: a phone that names its private address.
func TestLatchBehindNAT(t *testing.T) {
	at, host := netip.MustParseAddrPort, netip.MustParseAddr
	for _, test := range []struct {
		reason         string
		remote, source string
		first          string // who sends first
		before         string // where to until then; "": nowhere
		taken          bool
	}{
		{"private, behind a public address", "192.168.1.5:4000", "198.51.100.7", "198.51.100.7:31000", "", true},
		{"private, and there after all: by a tunnel", "192.168.1.5:4000", "198.51.100.7", "192.168.1.5:4000", "", true},
		{"a stranger comes first", "192.168.1.5:4000", "198.51.100.7", "203.0.113.66:4000", "", false},
		{"private behind private", "192.168.1.5:4000", "10.0.0.9", "10.0.0.9:31000", "192.168.1.5:4000", true},
		{"public: media may be anywhere, and is where it says", "203.0.113.5:4000", "198.51.100.7", "198.51.100.7:4000", "203.0.113.5:4000", false},
		{"mapped into IPv6", "192.168.1.5:4000", "::ffff:198.51.100.7", "198.51.100.7:31000", "", true},
		{"of a carrier's NAT", "100.64.3.4:4000", "198.51.100.7", "198.51.100.7:31000", "", true},
	} {
		var l latch
		l.signal(at(test.remote), host(test.source), 0)
		if before := l.peer; test.before == "" && before.IsValid() || test.before != "" && before != at(test.before) {
			t.Errorf("%s: it is sent to %v before anything came", test.reason, before)
		}
		if l.expects(at(test.first), 0) != test.taken {
			t.Errorf("%s: taken is not %v", test.reason, test.taken)
			continue
		}
		if !test.taken {
			continue
		}
		l.take(at(test.first), 0)
		if l.peer != at(test.first) || l.expects(at("198.51.100.7:40000"), time.Hour) || l.expects(at("203.0.113.66:4000"), time.Hour) {
			t.Errorf("%s: %v is the peer, and nobody else", test.reason, l.peer)
		}
		l.signal(at(test.remote), host(test.source), time.Minute)
		if l.peer != at(test.first) {
			t.Errorf("%s: the same again moves it to %v", test.reason, l.peer)
		}
		l.signal(at(test.remote), host("198.51.100.8"), time.Minute)
		if l.peer == at("198.51.100.7:31000") {
			t.Errorf("%s: signalling comes from another network, and it stays at %v", test.reason, l.peer)
		}
	}
}

// TestAuthenticMoves: a phone that changes networks keeps its secured call.
func TestAuthenticMoves(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11}, a.secure("AEAD_AES_128_GCM", 1))
	talk(20, a, b)
	moved, err := socket.Listen(netip.MustParseAddrPort("127.0.0.8:0"))
	if err != nil {
		t.Skip("no second loopback address here")
	}
	defer func() { _ = moved.Close() }()
	before := a.socket
	a.socket = moved
	a.heard = nil
	talk(25, a, b)
	a.socket = before
	wantHears(t, "after the move", a, b)
	wantHears(t, "after the move", b, a)
}

// TestAttack27InvalidSRTP: forged, cut and replayed packets by the thousand end no call.
func TestAttack27InvalidSRTP(t *testing.T) {
	t.Parallel()
	perTick, frames := 20, 40
	if full() {
		perTick, frames = 200, 500 // 10,000 a second
	}
	e, told := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11},
		a.secure("AES_CM_128_HMAC_SHA1_80", 1), b.secure("AEAD_AES_256_GCM", 2))
	random := rand.New(rand.NewPCG(5, 6))
	bad := make([]byte, 300)
	for range frames {
		talk(1, a, b)
		for range perTick {
			for i := range bad {
				bad[i] = byte(random.Uint32())
			}
			bad[0] = bad[0]&0x3f | 0x80
			if random.IntN(2) == 0 { // with the right header
				copy(bad, a.packet[:12])
			}
			if err := a.socket.Send(bad[:random.IntN(len(bad)-12)+12], a.engine); err != nil {
				t.Fatal(err)
			}
		}
	}
	talk(15, a, b)
	wantHears(t, "the call goes on", a, b)
	wantHears(t, "the call goes on", b, a)
	eventually(t, "all good packets are taken", func() bool { return int(statistics(t, e, 10).Received) == frames+15 })
	got := statistics(t, e, 10)
	if got.Forged+got.Unwanted < uint64(perTick*frames*9/10) {
		t.Errorf("what is forged is counted: %+v", got)
	}
	if events := told.all(); len(events) != 0 {
		t.Errorf("nobody is told anything: %v", events)
	}
}
