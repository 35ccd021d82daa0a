package media

import (
	"strings"

	"hookflash/media/codec"
	"hookflash/media/graph"
	"hookflash/media/jitter"
	"hookflash/media/rtp"
)

// relay is one direction of a pair: what comes on one stream leaves on the other as it is, with another
// header. Nothing is decoded and nothing waits. Numbers go on where what was sent before has ended: what is
// lost on the way here is missing behind it, too. It belongs to the stream that receives.
type relay struct {
	to      *stream // nil: what comes is mixed
	known   bool    // source and stamp hold
	counted bool    // sequence, highest, run and seen hold
	source  uint32  // their SSRC
	stamp   uint32  // is added to their timestamps

	sequence uint16 // is added to their sequence numbers
	highest  uint16 // of theirs
	run      uint16 // how far the first that was counted so is behind it, at most relayWindow
	seen     uint64 // bit i: highest-i has passed

	kept *[primers]primer // the last ones, so that mixing can go on behind them; nil: none came
	next int              // of kept
}

const (
	// primers are what a decoder hears before it goes on where packets were relayed.
	primers = 3
	// maxPrimer is the longest payload that is kept for it: 60 ms of G.711.
	maxPrimer = 480
	// relayWindow is how far behind the newest a packet may come, in packets.
	relayWindow = 64
	// maxRelayJump is how far sequence numbers run ahead before they count as begun anew.
	maxRelayJump = 3000
)

type primer struct {
	packet jitter.Packet
	data   [maxPrimer]byte
}

// relayed is a packet of which the payload stands at start, with room for a header before it.
type relayed struct {
	data      []byte
	start     int
	sequence  uint16
	timestamp uint32
	marker    bool
	kind      uint8
	lasts     uint32 // in units of the clock
}

// passes tells whether a stream is one of two whose packets are relayed.
func (s *stream) passes() bool { return s.passing != nil }

// like tells whether a payload can go on to the other side as it is.
func (s *stream) like(d *decoder, payload []byte) (lasts uint32, ok bool) {
	out := &s.relay.to.out
	lasts = d.format.Lasts(payload)
	return lasts, sameFormat(d.agreed, out.agreed) && lasts == out.units
}

// sameFormat compares what matters to a payload: not its number, nor the length that was wished for.
func sameFormat(a, b graph.Codec) bool {
	if !strings.EqualFold(a.Name, b.Name) {
		return false
	}
	first, known := codec.Find(a)
	second, too := codec.Find(b)
	return known && too && first.Name == second.Name && (first.Static || a.Format == b.Format)
}

// pass sends a packet of the stream's far side on to the other far side.
func (s *stream) pass(w *worker, p relayed) {
	r, to := &s.relay, s.relay.to
	if s.in.tones != nil {
		s.overhear(w, p)
	}
	if to.out.dialled >= w.now.tick-1 || !to.latch.peer.IsValid() {
		r.counted = false // a digit takes its place, or nobody knows yet where to
		return
	}
	sequence, ok := s.number(&p)
	if !ok {
		return
	}
	marker := p.marker
	if !r.known || r.source != s.session.Source() {
		r.known, r.source = true, s.session.Source()
		r.stamp = to.out.following(w.now.tick) - p.timestamp
		marker = true
	}
	r.keep(p)
	stamp := p.timestamp + r.stamp
	if int32(stamp-to.out.stamped) > 0 || to.out.stampedAt == 0 {
		to.out.sentUpTo(stamp, p.lasts, w.now.tick)
	}
	size := len(p.data) - p.start
	packet := p.data[p.start-rtp.HeaderSize:]
	to.session.Pass(packet, rtp.Outgoing{Payload: to.out.agreed.Payload, Timestamp: stamp, Marker: marker}, sequence, size)
	to.deliver(w, packet)
	s.relayed++
}

// number gives a packet its number on the other side; ok is false when it has passed already, or when it
// comes from before the numbers it would fit into.
func (s *stream) number(p *relayed) (sequence uint16, ok bool) {
	r := &s.relay
	if r.known && r.source != s.session.Source() {
		r.counted = false
	}
	ahead := int16(p.sequence - r.highest)
	if r.counted && (ahead > maxRelayJump || ahead < -maxRelayJump) {
		r.counted, r.known = false, false
	}
	if ahead > 0 && int16(p.sequence+r.sequence-r.to.session.Next()) < 0 {
		r.counted = false // others were sent meanwhile
	}
	if !r.counted {
		r.counted, r.highest, r.run, r.seen = true, p.sequence, 0, 1
		r.sequence = r.to.session.Next() - p.sequence
		return r.to.session.Next(), true
	}
	switch {
	case ahead > 0:
		r.seen = r.seen<<min(uint(ahead), relayWindow) | 1
		r.highest, r.run = p.sequence, min(r.run+uint16(ahead), relayWindow)
	case -ahead >= relayWindow || uint16(-ahead) > r.run || r.seen&(1<<uint(-ahead)) != 0:
		s.drops.unwanted++
		return 0, false
	default:
		r.seen |= 1 << uint(-ahead)
	}
	return p.sequence + r.sequence, true
}

// keep remembers a packet for when mixing goes on behind it.
func (r *relay) keep(p relayed) {
	payload := p.data[p.start:]
	if len(payload) > maxPrimer {
		return
	}
	if r.kept == nil {
		r.kept = new([primers]primer)
	}
	at := &r.kept[r.next%primers]
	at.packet = jitter.Packet{Sequence: p.sequence, Timestamp: p.timestamp, Payload: p.kind}
	at.packet.Data = at.data[:copy(at.data[:], payload)]
	r.next++
}

// overhear looks for digits in the sound that passes, where no events were negotiated.
func (s *stream) overhear(w *worker, p relayed) {
	d := s.in.decoder(p.kind)
	if d == nil || d.codec.Rate() != s.in.toneRate {
		return
	}
	in := &s.in
	samples := in.queue()
	if in.have > len(samples)-codec16Frame {
		in.have = 0
	}
	n, err := d.codec.Decode(samples[in.have:], p.data[p.start:])
	if err != nil {
		return
	}
	each := samplesOf(in.toneRate)
	for in.have += n; in.have >= each; in.drop(each) {
		s.listen(w, samples[:each])
	}
}

// sentUpTo remembers the newest packet that was sent: where what is sent next goes on.
func (out *outgoing) sentUpTo(stamp, lasts uint32, tick int64) {
	out.stamped, out.stampedFor, out.stampedAt = stamp, lasts, tick
}

// following is the timestamp of a packet that is sent behind all others: it follows the last one, or if
// that was long ago, as much later as time has passed.
func (out *outgoing) following(tick int64) uint32 {
	if out.stampedAt == 0 {
		return out.at(tick)
	}
	const usual = 4 // ticks between packets that follow each other, in the worst case
	passed := tick - out.stampedAt
	if passed <= usual {
		return out.stamped + out.stampedFor
	}
	return out.stamped + uint32(passed)*out.format.Ticks(samplesOf(out.codec.Rate()))
}

// align lets the timestamps of ticks go on behind what was relayed.
func (out *outgoing) align(tick int64) {
	if out.codec != nil {
		out.origin += out.following(tick) - out.at(tick)
		out.have, out.resumed = 0, true
	}
}

// now is what a packet sent now would carry.
func (out *outgoing) now(tick int64, relayed bool) uint32 {
	if !relayed || out.stampedAt == 0 || out.codec == nil {
		return out.at(tick)
	}
	return out.stamped + uint32(tick-out.stampedAt)*out.format.Ticks(samplesOf(out.codec.Rate()))
}
