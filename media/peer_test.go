package media

import (
	"bytes"
	"flag"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hookflash/media/codec"
	"hookflash/media/graph"
	"hookflash/media/rtp"
	"hookflash/media/socket"
	"hookflash/media/srtp"
	"hookflash/media/tone"
)

// TestMain has more tests run at a time than there are cores: they wait for sound.
func TestMain(m *testing.M) {
	flag.Parse()
	if !raceDetector { // which keeps the cores busy
		if err := flag.Set("test.parallel", "8"); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

var (
	loopback = netip.MustParseAddr("127.0.0.1")
	pcmu     = graph.Codec{Name: "PCMU", Payload: 0, Rate: 8000, Channels: 1}
	pcma     = graph.Codec{Name: "PCMA", Payload: 8, Rate: 8000, Channels: 1}
	g722     = graph.Codec{Name: "G722", Payload: 9, Rate: 8000, Channels: 1}
	opus     = graph.Codec{Name: "opus", Payload: 107, Rate: 48000, Channels: 2}
)

// tones are what peers say, each its own, far enough apart to be told.
var tones = []float64{440, 620, 830, 1110, 1490, 2010}

// told is what an engine told.
type told struct {
	mutex  sync.Mutex
	events []any
}

func (t *told) tell(event any) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.events = append(t.events, event)
}

func (t *told) all() []any {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return slices.Clone(t.events)
}

// start makes an engine.
func start(t testing.TB, settings Settings) (*Engine, *told) {
	t.Helper()
	heard := &told{}
	if settings.First == 0 { // others on this machine may have what is usual
		settings.First, settings.Last = 12000, 18999
	}
	settings.Tell = heard.tell
	e, err := New(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, heard
}

// peer is a far side: it says one tone and remembers what it hears.
type peer struct {
	t        testing.TB
	node     graph.Node
	of       *Engine
	socket   *socket.Socket
	engine   netip.AddrPort
	hertz    float64
	tone     *tone.Generator
	at       uint64
	codec    codec.Codec
	format   codec.Format
	agreed   graph.Codec
	session  *rtp.Session
	stamp    uint32
	batch    *socket.Batch
	heard    []int16
	packets  int
	payloads []uint8
	headers  []rtp.Header
	reports  [][]byte         // RTCP, where it shares the port
	skip     func(n int) bool // leaves out the n-th packet it says
	said     int
	secret   *secret
	mute     bool
	behind   netip.Addr    // its NAT: what it says of itself is nothing there
	says     time.Duration // in a packet; zero: 20 ms
	owed     time.Duration
	quiet    bool // it says silence
	packet   [packetSize]byte
}

// secret is the far side's half of SRTP.
type secret struct{ ours, theirs *srtp.Context }

// join makes a peer and a stream to it.
func join(t testing.TB, e *Engine, node graph.Node, agreed graph.Codec) *peer {
	t.Helper()
	ports, err := e.Ports(1)
	if err != nil {
		t.Fatal(err)
	}
	s, err := socket.Listen(netip.AddrPortFrom(loopback, 0))
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{
		t: t, node: node, of: e, socket: s, engine: netip.AddrPortFrom(loopback, ports[0]), batch: socket.NewBatch(),
		hertz: tones[int(node)%len(tones)], session: rtp.NewSession("peer"),
	}
	t.Cleanup(func() { _ = s.Close() })
	p.use(agreed)
	apply(t, e, graph.Open{Stream: node, Port: ports[0]}, p.set())
	return p
}

func (p *peer) use(agreed graph.Codec) {
	var err error
	if p.codec, err = codec.New(agreed); err != nil {
		p.t.Fatal(err)
	}
	if p.format, err = format(agreed); err != nil {
		p.t.Fatal(err)
	}
	p.agreed, p.heard = agreed, nil
	parsed := tone.Tone{Steps: []tone.Step{{Partials: []tone.Partial{{Hertz: p.hertz, Level: -16}}}}}
	if p.tone, err = tone.New(parsed, p.codec.Rate()); err != nil {
		p.t.Fatal(err)
	}
}

// set is what signalling says for it: both ways, plain.
func (p *peer) set() graph.Set {
	remote := p.socket.Local()
	if p.behind.IsValid() {
		remote = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.77"), 4000)
	}
	return graph.Set{Stream: p.node, Remote: remote, Source: p.behind, Codec: p.agreed, Accept: []graph.Codec{p.agreed}, Send: true, Receive: true}
}

func apply(t testing.TB, e *Engine, changes ...any) {
	t.Helper()
	if err := e.Apply(changes); err != nil {
		t.Fatal(err)
	}
}

// say sends 20 ms of its tone, or what is due of its own packet time.
func (p *peer) say() {
	for p.owed += Tick; p.owed >= p.lasts(); p.owed -= p.lasts() {
		p.sayFrom(p.socket, p.engine)
	}
}

func (p *peer) lasts() time.Duration {
	if p.says > 0 {
		return p.says
	}
	return Tick
}

func (p *peer) sayFrom(s *socket.Socket, to netip.AddrPort) {
	frame := make([]int16, p.codec.Rate()*int(p.lasts()/time.Millisecond)/1000)
	p.tone.Generate(frame, p.at)
	p.at += uint64(len(frame))
	if p.quiet {
		clear(frame)
	}
	n, err := p.codec.Encode(p.packet[rtp.HeaderSize:], frame)
	if err != nil {
		p.t.Error(err)
	}
	packet := p.packet[:p.session.Write(p.packet[:], rtp.Outgoing{Payload: p.agreed.Payload, Timestamp: p.stamp}, n)]
	p.stamp += p.format.Ticks(len(frame))
	if p.said++; p.skip != nil && p.skip(p.said) {
		return
	}
	if p.secret != nil {
		if packet, err = p.secret.ours.Protect(packet, &rtp.Header{}); err != nil {
			p.t.Error(err)
		}
	}
	if err := s.Send(packet, to); err != nil {
		p.t.Error(err)
	}
}

// listen takes in what has come.
func (p *peer) listen() {
	for n := p.socket.Receive(p.batch); n > 0; n = p.socket.Receive(p.batch) {
		for i := range n {
			data, _, _ := p.batch.Datagram(i)
			p.take(data)
		}
	}
}

func (p *peer) take(data []byte) {
	if rtp.IsControl(data) {
		p.reports = append(p.reports, bytes.Clone(data))
		return
	}
	var header rtp.Header
	var err error
	if p.secret != nil {
		if data, err = p.secret.theirs.Open(data, &header); err != nil {
			p.t.Errorf("peer %d: %v", p.node, err)
			return
		}
	}
	start, err := header.Unmarshal(data)
	if err != nil {
		p.t.Errorf("peer %d: %v", p.node, err)
		return
	}
	p.packets++
	p.headers = append(p.headers, rtp.Header{
		SequenceNumber: header.SequenceNumber, Timestamp: header.Timestamp, SSRC: header.SSRC, Marker: header.Marker,
	})
	p.payloads = append(p.payloads, header.PayloadType)
	if header.PayloadType != p.agreed.Payload {
		return
	}
	frame := make([]int16, 4096)
	n, err := p.codec.Decode(frame, data[start:])
	if err != nil {
		p.t.Errorf("peer %d: %v", p.node, err)
	}
	p.heard = append(p.heard, frame[:n]...)
}

// talk lets all peers talk and listen for so many frames, in real time: the engine's clock is one.
func talk(frames int, peers ...*peer) {
	next := time.Now()
	for range frames {
		for _, p := range peers {
			if !p.mute {
				p.say()
			}
		}
		next = next.Add(Tick)
		time.Sleep(time.Until(next))
		for _, p := range peers {
			p.listen()
		}
	}
}

// hears tells which tones a peer heard lately: in what it got during so many frames.
func (p *peer) hears(frames int) []float64 {
	p.t.Helper()
	samples := p.heard[max(len(p.heard)-frames*samplesOf(p.codec.Rate()), 0):]
	found, err := tone.Find(samples, p.codec.Rate(), -40, tones...)
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

// wantHears tells who should hear whom, by their tones.
func wantHears(t *testing.T, reason string, p *peer, whom ...*peer) {
	t.Helper()
	var want []float64
	for _, other := range whom {
		want = append(want, other.hertz)
	}
	slices.Sort(want)
	got := slices.Sorted(slices.Values(p.hears(15)))
	if !slices.Equal(got, want) {
		t.Errorf("%s: %d (%g Hz) hears %v, not %v", reason, p.node, p.hertz, got, want)
	}
}
