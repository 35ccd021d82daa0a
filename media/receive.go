package media

import (
	"net/netip"
	"time"

	"hookflash/media/dtmf"
	"hookflash/media/graph"
	"hookflash/media/jitter"
	"hookflash/media/rtp"
	"hookflash/media/socket"
)

// maxDelay is how long a datagram can have waited in the kernel, for all we believe.
const maxDelay = 200 * time.Millisecond

// receive takes what has come on the socket of RTP.
func (s *stream) receive(w *worker) {
	for taken := 0; taken < maxPerTick; {
		n := s.port.rtp.Receive(w.batch)
		for i := range n {
			data, from, at := w.batch.Datagram(i)
			s.datagram(w, data, arrival{from, w.when(at)})
		}
		taken += n
		if n < socket.BatchSize {
			return
		}
	}
}

// control takes what has come on the socket of RTCP, now and then, and sends a report when one is due.
func (s *stream) control(w *worker) {
	if (w.now.tick+int64(s.node.id))%controlEvery != 0 {
		return
	}
	for range maxPerTick / socket.BatchSize {
		n := s.port.control.Receive(w.batch)
		for i := range n {
			data, from, _ := w.batch.Datagram(i)
			if s.set.Mux {
				s.drops.unwanted++
				continue
			}
			s.controlled(w, data, from)
		}
		if n < socket.BatchSize {
			break
		}
	}
	if s.reportAt != 0 && w.now.since >= s.reportAt {
		s.report(w, false)
	}
}

// arrival is where from and when a datagram came.
type arrival struct {
	from netip.AddrPort
	at   time.Duration // since the engine began
}

// when puts the kernel's stamp, by the wall clock, on the clock of ticks. The wall clock may have
// been set in between.
func (w *worker) when(at time.Time) time.Duration {
	if at.IsZero() {
		return w.now.since
	}
	waited := time.Duration(w.now.time.UnixNano() - at.UnixNano())
	if waited < 0 || waited > maxDelay {
		waited = 0
	}
	return w.now.since - waited
}

// datagram drops what isn't from the far side before anything changes but a count.
func (s *stream) datagram(w *worker, data []byte, came arrival) {
	if !s.set.Remote.IsValid() {
		s.drops.unwanted++
		return
	}
	if s.theirs == nil && !s.latch.expects(came.from, came.at) {
		s.drops.foreign++
		return
	}
	if len(data) < rtp.HeaderSize || data[0]>>6 != 2 {
		s.drops.malformed++
		return
	}
	if rtp.IsControl(data) {
		if !s.set.Mux {
			s.drops.unwanted++
			return
		}
		s.controlled(w, data, came.from)
		return
	}
	if s.theirs != nil {
		opened, err := s.theirs.Open(data, &w.header)
		if err != nil {
			s.drops.forged++
			return
		}
		data = opened
	}
	start, err := w.header.Unmarshal(data)
	if err != nil {
		s.drops.malformed++
		return
	}
	payload, ok := rtp.Payload(&w.header, data, start)
	if !ok {
		s.drops.malformed++
		return
	}
	s.packet(w, data[:start+len(payload)], start, came)
}

// packet takes a packet whose header is in w.header, and whose payload begins at start.
func (s *stream) packet(w *worker, data []byte, start int, came arrival) {
	payload := data[start:]
	kind := w.header.PayloadType
	event := kind == s.set.Events && s.set.Events != 0
	var d *decoder
	if !event {
		d = s.in.decoder(kind)
	}
	if !event && d == nil || !s.set.Receive {
		s.drops.unwanted++
		return
	}
	if s.theirs != nil {
		s.latch.follow(came.from)
	} else {
		s.latch.take(came.from, came.at)
	}
	s.heard, s.told = came.at, false
	clock := s.in.clock
	if !event {
		clock = d.format.Clock
	}
	if s.session.Receive(&w.header, clock, came.at) {
		s.begun()
	}
	if event {
		s.event(w, payload)
		payload = nil // its sequence number counts, its payload isn't audio
	}
	if s.node.room == nil || s.passes() && s.passOn(w, d, data, start) {
		return
	}
	if clock != s.in.clock {
		s.in.clock = clock
		if s.in.buffer != nil {
			s.in.buffer.Reset(clock)
		}
	}
	if d != nil && s.hush(d, payload) {
		return
	}
	s.in.jitter().Put(jitter.Packet{
		Sequence: w.header.SequenceNumber, Timestamp: w.header.Timestamp, Payload: kind, Data: payload,
	}, came.at)
}

// passOn relays a packet; false: it can't be relayed, and the room mixes from now on. d is nil for an event.
func (s *stream) passOn(w *worker, d *decoder, data []byte, start int) (done bool) {
	if d == nil || len(data) == start {
		s.relay.counted = false // its number is not missing on the other side
		return true
	}
	lasts, ok := s.like(d, data[start:])
	if lasts == 0 {
		s.drops.malformed++
		return true
	}
	if !ok {
		s.node.room.unlike = true
		w.part(s.node.room)
		return false
	}
	s.pass(w, relayed{
		data: data, start: start, sequence: w.header.SequenceNumber, timestamp: w.header.Timestamp,
		marker: w.header.Marker, kind: w.header.PayloadType, lasts: lasts,
	})
	return true
}

// hushAfter is how many packets of silence are taken for a pause.
const hushAfter = 25

// hush tells whether a packet is one of a long silence, which is not decoded.
func (s *stream) hush(d *decoder, payload []byte) bool {
	in := &s.in
	if !d.format.Quiet(payload) {
		in.hushed = 0
		return false
	}
	if in.hushed < hushAfter {
		if in.hushed++; in.hushed == hushAfter && in.buffer != nil {
			in.buffer.Pause()
		}
	}
	return in.hushed == hushAfter
}

// begun is when another source takes over.
func (s *stream) begun() {
	if s.in.buffer != nil {
		s.in.buffer.Reset(s.in.clock)
	}
	if s.in.events != nil {
		s.in.events.Reset()
	}
}

// jitter is the buffer, made for the first packet.
func (in *incoming) jitter() *jitter.Buffer {
	if in.buffer == nil {
		in.buffer = jitter.New(in.clock)
	}
	return in.buffer
}

func (in *incoming) decoder(kind uint8) *decoder {
	for i := range in.decoders {
		if in.decoders[i].agreed.Payload == kind {
			return &in.decoders[i]
		}
	}
	return nil
}

// event reads telephone events (RFC 4733).
func (s *stream) event(w *worker, payload []byte) {
	if s.in.events == nil {
		return
	}
	presses, err := s.in.events.Receive(w.header.Timestamp, payload)
	if err != nil {
		s.drops.malformed++
		return
	}
	if parsed, _, err := dtmf.ParseEvent(payload); err == nil {
		s.in.eventAt, s.in.eventEnd = w.now.since, w.header.Timestamp+uint32(parsed.Duration)
	}
	for _, press := range presses {
		w.engine.teller.tell(graph.Digit{Stream: s.node.id, Digit: press.Digit, Lasted: press.Lasted})
	}
}
