package media

import (
	"testing"

	"github.com/pion/rtcp"

	"hookflash/media/graph"
	"hookflash/media/rtp"
)

// relayedBy is how many packets of a stream went on as they were.
func relayedBy(t testing.TB, e *Engine, node graph.Node) uint64 {
	t.Helper()
	statistics, err := e.Statistics(node)
	if err != nil {
		t.Fatal(err)
	}
	return statistics.Relayed
}

// skipped tells whether the machine kept the engine from running for a tick or more, which is heard.
func skipped(t testing.TB, e *Engine) bool {
	t.Helper()
	counters, err := e.Counters()
	if err != nil {
		t.Fatal(err)
	}
	return counters.Skipped > 0
}

// wantRow looks at what a peer got from one to another of its packets: one source, each number once and
// in order but for those missing, timestamps in step with the numbers, as far as the machine let the engine run.
func wantRow(t *testing.T, reason string, p *peer, missing int) {
	t.Helper()
	kept := skipped(t, p.of)
	var gaps int
	for i := 1; i < len(p.headers); i++ {
		one, two := p.headers[i-1], p.headers[i]
		steps := two.SequenceNumber - one.SequenceNumber
		if one.SSRC != two.SSRC || steps == 0 || steps > 100 {
			t.Errorf("%s: packet %d of %d: %d of %x follows %d of %x", reason, i, len(p.headers),
				two.SequenceNumber, two.SSRC, one.SequenceNumber, one.SSRC)
			return
		}
		gaps += int(steps) - 1
		if passed := two.Timestamp - one.Timestamp; passed != 160*uint32(steps) && (!kept || passed%160 != 0 || passed == 0) {
			t.Errorf("%s: packet %d of %d: the timestamp goes on by %d in %d packets", reason, i, len(p.headers), passed, steps)
			return
		}
	}
	if gaps != missing {
		t.Errorf("%s: %d numbers are missing, not %d", reason, gaps, missing)
	}
}

func TestPairIsRelayed(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	set := b.set()
	set.Codec.Payload, set.Accept[0].Payload = 99, 99
	b.agreed.Payload = 99
	a.skip = func(n int) bool { return n == 20 || n == 21 || n == 33 }
	apply(t, e, set, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	talk(50, a, b)
	wantHears(t, "relayed", a, b)
	wantHears(t, "relayed", b, a)
	if one, two := relayedBy(t, e, 10), relayedBy(t, e, 11); one != 47 || two != 50 {
		t.Errorf("%d and %d packets were relayed, not 47 and 50", one, two)
	}
	for i, header := range b.headers {
		if header.SSRC == a.session.SSRC {
			t.Fatalf("packet %d has the sender's SSRC: that is of another session", i)
		}
	}
	if !b.headers[0].Marker || b.headers[1].Marker {
		t.Error("the first packet has a marker, and no other")
	}
	wantRow(t, "what is lost stays lost", b, 3)
	wantRow(t, "nothing is lost on the way back", a, 0)
	if b.payloads[5] != 99 || a.payloads[5] != 0 {
		t.Error("each side has its own payload type")
	}
}

// TestThirdJoinsAndLeaves: relayed, mixed, relayed again, without a packet or a sound missing.
func TestThirdJoinsAndLeaves(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	a, b, c := join(t, e, 10, pcmu), join(t, e, 11, pcmu), join(t, e, 12, pcmu)
	apply(t, e, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	talk(30, a, b, c)
	for range 3 {
		before := relayedBy(t, e, 10)
		apply(t, e, graph.Join{Room: 1, Node: 12})
		talk(25, a, b, c)
		wantHears(t, "a third is there", a, b, c)
		wantHears(t, "a third is there", b, a, c)
		if n := relayedBy(t, e, 10) - before; n > 1 {
			t.Errorf("a room of three is mixed: %d packets were relayed", n)
		}
		apply(t, e, graph.Leave{Node: 12})
		talk(25, a, b, c)
		wantHears(t, "the third has gone", a, b)
		wantHears(t, "the third has gone", b, a)
		if n := relayedBy(t, e, 10) - before; n < 20 {
			t.Errorf("a pair is relayed again: %d packets", n)
		}
	}
	wantRow(t, "through all changes", a, 0)
	wantRow(t, "through all changes", b, 0)
	for _, p := range []*peer{a, b} {
		if skipped(t, e) {
			continue
		}
		if quietest := p.quietest(); quietest < 500 {
			t.Errorf("%d hears a gap: a frame with nothing above %d", p.node, quietest)
		}
	}
}

// quietest is the loudest sample of the quietest 20 ms that a peer heard after its first second.
func (p *peer) quietest() (least int16) {
	least = 32767
	samples := samplesOf(p.codec.Rate())
	for at := 10 * samples; at+samples <= len(p.heard); at += samples {
		var most int16
		for _, sample := range p.heard[at : at+samples] {
			most = max(most, sample, -sample)
		}
		least = min(least, most)
	}
	return least
}

// TestUnlikePacketsAreMixed: what was negotiated alike and comes otherwise.
func TestUnlikePacketsAreMixed(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	set := a.set()
	set.Accept = append(set.Accept, pcma)
	apply(t, e, set, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	talk(20, a, b)
	a.use(pcma)
	a.agreed.Payload = pcma.Payload
	eventually(t, "all is relayed", func() bool { return relayedBy(t, e, 10) == 20 })
	before := relayedBy(t, e, 10)
	for range 30 {
		a.agreed = pcma
		a.say()
		a.agreed = pcmu // what is sent to it
		b.say()
		talk(1)
		b.listen()
	}
	wantHears(t, "another codec than agreed for sending", b, a)
	if n := relayedBy(t, e, 10) - before; n > 0 {
		t.Errorf("%d packets of another codec were relayed", n)
	}
	wantRow(t, "from relaying to mixing", b, 0)
}

// TestDigitsInARelayedPair: events end here and are told; digits that are dialled take the place of sound.
func TestDigitsInARelayedPair(t *testing.T) {
	t.Parallel()
	e, told := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	first, second := a.set(), b.set()
	first.Events, second.Events = 101, 101
	apply(t, e, first, second, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	talk(20, a, b)
	digit := a.stamp
	for i := range 6 {
		event := []byte{5, 10, 0, 0}
		if i > 2 {
			event[1] |= 0x80
		}
		duration := uint16(min(i+1, 4) * 160)
		event[2], event[3] = byte(duration>>8), byte(duration)
		n := copy(a.packet[rtp.HeaderSize:], event)
		size := a.session.Write(a.packet[:], rtp.Outgoing{Payload: 101, Timestamp: digit, Marker: i == 0}, n)
		if err := a.socket.Send(a.packet[:size], a.engine); err != nil {
			t.Fatal(err)
		}
		talk(1, b)
	}
	a.stamp += 6 * 160
	talk(20, a, b)
	if got := digits(told); got != "5" {
		t.Errorf("told %q, not 5", got)
	}
	for i, kind := range b.payloads {
		if kind == 101 {
			t.Fatalf("packet %d is an event: they end here", i)
		}
	}
	var gaps int
	for i := 1; i < len(b.headers); i++ {
		gaps += int(b.headers[i].SequenceNumber-b.headers[i-1].SequenceNumber) - 1
	}
	if gaps != 0 {
		t.Errorf("%d numbers are missing where events were", gaps)
	}

	b.payloads, b.headers = nil, nil
	apply(t, e, graph.Dial{Stream: 11, Digits: "7"})
	talk(30, a, b)
	events := 0
	for i, kind := range b.payloads {
		if kind == 101 {
			events++
		}
		if i > 0 && b.headers[i].SequenceNumber != b.headers[i-1].SequenceNumber+1 {
			t.Errorf("number %d follows %d", b.headers[i].SequenceNumber, b.headers[i-1].SequenceNumber)
		}
	}
	if events < 5 || len(b.payloads)-events < 15 {
		t.Errorf("%d events and %d of sound", events, len(b.payloads)-events)
	}
}

func digits(told *told) (digits string) {
	for _, event := range told.all() {
		if digit, is := event.(graph.Digit); is {
			digits += string(digit.Digit)
		}
	}
	return digits
}

// TestRelayToSecured: keys on one side, on both, with a change of keys in between.
func TestRelayToSecured(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	apply(t, e, a.secure("AES_CM_128_HMAC_SHA1_80", 3), graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	talk(25, a, b)
	wantHears(t, "secured to plain", b, a)
	wantHears(t, "plain to secured", a, b)
	apply(t, e, b.secure("AEAD_AES_256_GCM", 5))
	b.heard, b.headers = nil, nil
	talk(25, a, b)
	wantHears(t, "secured to secured", b, a)
	wantHears(t, "secured to secured", a, b)
	if n := relayedBy(t, e, 10); n < 48 {
		t.Errorf("%d packets were relayed", n)
	}
}

func TestRelayAllocatesNothing(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool forget, which pion/srtp uses")
	}
	for _, suite := range []string{"", "AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM"} {
		e, w := still(t)
		w.adopt(newDeviceNode(nil))
		var peers []*peer
		for i := range 2 {
			p := join(t, e, graph.Node(10+i), pcmu)
			peers = append(peers, p)
			set := p.set()
			if suite != "" {
				set = p.secure(suite, 9)
			}
			adoptInstead(t, e, w, p, set)
		}
		w.settle()
		pass := func() {
			for _, p := range peers {
				p.say()
			}
			w.relays()
		}
		before := testing.AllocsPerRun(200, func() {
			for _, p := range peers {
				p.say()
			}
		})
		for range 100 {
			pass()
		}
		if n := testing.AllocsPerRun(200, pass) - before; n > 0 {
			t.Errorf("%s: %v allocations for two packets", suite, n)
		}
		if s := w.known[10].part.(*stream); s.relayed < 300 {
			t.Errorf("%s: %d packets were relayed", suite, s.relayed)
		}
	}
}

// adoptInstead gives a peer a stream of a worker that doesn't run, in room 1.
func adoptInstead(t *testing.T, e *Engine, w *worker, p *peer, set graph.Set) {
	t.Helper()
	ports, err := e.Ports(1)
	if err != nil {
		t.Fatal(err)
	}
	port := e.ports[ports[0]]
	p.engine = netipLoopback(port.number)
	apply(t, e, graph.Close{Node: p.node})
	w.look()
	w.adopt(newStream(p.node, port, "x"))
	w.obey(command{p.node, set})
	w.obey(command{p.node, graph.Join{Room: 1, Node: p.node}})
}

// TestReportsOfARelayedPair: RTCP is each side's own: about what was sent there, under the SSRC that it knows.
func TestReportsOfARelayedPair(t *testing.T) {
	t.Parallel()
	e, _ := start(t, Settings{})
	a, b := join(t, e, 10, pcmu), join(t, e, 11, pcmu)
	set := b.set()
	set.Mux, set.Control = true, set.Remote
	apply(t, e, set, graph.Join{Room: 1, Node: 10}, graph.Join{Room: 1, Node: 11})
	b.skip = func(n int) bool { return n%10 == 5 }
	eventually(t, "a report comes", func() bool { talk(10, a, b); return len(b.reports) > 0 })
	packets, err := rtcp.Unmarshal(b.reports[0])
	if err != nil {
		t.Fatal(err)
	}
	report, is := packets[0].(*rtcp.SenderReport)
	if !is {
		t.Fatalf("who sends makes a sender report: %T", packets[0])
	}
	last := b.headers[len(b.headers)-1]
	if report.SSRC != last.SSRC || report.PacketCount < 50 || report.PacketCount > uint32(len(b.headers)) {
		t.Errorf("%d packets of %x, and %d of %x came", report.PacketCount, report.SSRC, len(b.headers), last.SSRC)
	}
	if ahead := int32(report.RTPTime - last.Timestamp); ahead > 8000 || ahead < -8000 {
		t.Errorf("the report's timestamp is %d units off", ahead)
	}
	if len(report.Reports) != 1 || report.Reports[0].SSRC != b.session.SSRC || report.Reports[0].TotalLost < 5 {
		t.Errorf("a tenth of what it sent was lost on the way here: %+v", report.Reports)
	}
}

// TestLateIsRelayed: a packet that comes late has its number still, however long the call has lasted; what was before the
// first has none.
func TestLateIsRelayed(t *testing.T) {
	to := &stream{session: rtp.NewSession("to")}
	s := &stream{session: rtp.NewSession("from"), relay: relay{to: to}}
	passes := func(sequence uint16) bool {
		number, ok := s.number(&relayed{sequence: sequence})
		if ok {
			to.session.Pass(make([]byte, rtp.HeaderSize), rtp.Outgoing{}, number, 0)
		}
		return ok
	}
	const first = 65_000
	if !passes(first) || passes(first-1) || passes(first) {
		t.Error("the first passes, what was before it and a copy don't")
	}
	for after := 1; after < 100_000; after++ {
		switch sequence := uint16(first + after); {
		case after%1000 != 500:
			if !passes(sequence) {
				t.Fatalf("%d packets behind the first, one does not pass", after)
			}
		case !passes(sequence+1) || !passes(sequence) || passes(sequence):
			t.Fatalf("%d packets behind the first, two change places: both pass, and once", after)
		default:
			after++
		}
	}
}

// TestNumbersAreUsedOnce: what was sent otherwise while nothing came, as digits are, has numbers that nothing relayed has again:
// with SRTP that would be the same key stream twice.
func TestNumbersAreUsedOnce(t *testing.T) {
	to := &stream{session: rtp.NewSession("to")}
	s := &stream{session: rtp.NewSession("from"), relay: relay{to: to}}
	used := map[uint16]bool{}
	for sequence := range uint16(20) {
		number, ok := s.number(&relayed{sequence: sequence})
		if !ok || used[number] {
			t.Fatalf("packet %d passes as %d: %t", sequence, number, ok)
		}
		to.session.Pass(make([]byte, rtp.HeaderSize), rtp.Outgoing{}, number, 0)
		used[number] = true
		for range sequence % 4 {
			used[to.session.Next()] = true
			to.session.Write(make([]byte, rtp.HeaderSize), rtp.Outgoing{}, 0)
		}
	}
}
