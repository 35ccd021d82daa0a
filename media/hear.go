package media

import (
	"time"

	"hookflash/media/graph"
	"hookflash/media/jitter"
	"hookflash/media/mix"
)

const (
	// eventPatience is how long an event that has no end goes on after its last packet.
	eventPatience = 60 * time.Millisecond
	// hush is the loudest sample of a frame that counts as silence: codes of G.711 next to zero.
	hush = 8
)

// silence is a frame of nothing, never written to.
var silence [mix.Wide]int16

// hear makes the next frame of what was received; nil: silence.
func (s *stream) hear(w *worker) []int16 {
	if s.in.buffer == nil {
		return nil
	}
	if s.in.hushed == hushAfter && s.in.have == 0 {
		s.listen(w, silence[:samplesOf(s.rate())])
		return nil
	}
	if frame, ok := s.direct(w); ok {
		s.listen(w, frame)
		if quiet(frame) {
			return nil
		}
		return frame
	}
	rate := s.gather(w)
	samples := samplesOf(rate)
	if s.in.sound == 0 {
		s.in.drop(samples)
		s.listen(w, silence[:samplesOf(s.rate())])
		return nil
	}
	frame := s.frame(rate)
	s.listen(w, frame)
	if quiet(frame) {
		return nil
	}
	return frame
}

// direct is the way of nearly all packets: nothing waits, and one packet is one frame at the node's
// rate. ok is false when that isn't so; then what came is among the samples.
func (s *stream) direct(w *worker) (frame []int16, ok bool) {
	in := &s.in
	if in.have > 0 || in.current == nil || in.current.codec.Rate() != s.rate() {
		return nil, false
	}
	lasted, sound := s.next(w, w.samples[:], s.rate())
	if in.current.codec.Rate() == s.rate() && lasted == samplesOf(s.rate()) {
		frame = in.frame[:lasted]
		copy(frame, w.samples[:lasted])
		return frame, true
	}
	in.have = copy(in.queue()[:], w.samples[:lasted])
	if sound {
		in.sound = in.have
	}
	return nil, false
}

// gather fills a frame's worth of samples, and tells their rate.
func (s *stream) gather(w *worker) (rate int) {
	in := &s.in
	rate = s.rate()
	if in.current != nil {
		rate = in.current.codec.Rate()
	}
	for in.have < samplesOf(rate) {
		lasted, sound := s.next(w, in.queue()[in.have:], rate)
		if in.current != nil && in.current.codec.Rate() != rate { // what came has another rate: begin with it
			rate = in.current.codec.Rate()
			copy(in.samples[:], in.samples[in.have:in.have+lasted])
			in.have, in.sound = 0, 0
		}
		in.have += lasted
		if sound {
			in.sound = in.have
		}
	}
	return rate
}

// queue is where samples wait.
func (in *incoming) queue() *pcm {
	if in.samples == nil {
		in.samples = new(pcm)
	}
	return in.samples
}

// drop passes over samples.
func (in *incoming) drop(samples int) {
	in.have = copy(in.queue()[:], in.samples[samples:in.have])
	in.sound = max(in.sound-samples, 0)
}

func samplesOf(rate int) int { return rate / int(time.Second/Tick) }

func quiet(frame []int16) bool {
	for _, sample := range frame {
		if sample > hush || sample < -hush {
			return false
		}
	}
	return true
}

// next puts what comes next into free, and tells how many samples, and whether they are anything but
// silence.
func (s *stream) next(w *worker, free []int16, rate int) (lasted int, sound bool) {
	in := &s.in
	in.buffer.Whole = s.node.room.recorders > 0
	packet, verdict := in.buffer.Get(w.now.since)
	switch verdict {
	case jitter.Play:
		if lasted, ok := s.decode(packet, free); ok {
			return lasted, true
		}
	case jitter.Conceal:
		if in.current != nil {
			return in.current.codec.Conceal(free[:samplesOf(rate)]), true
		}
	case jitter.Silence:
	}
	clear(free[:samplesOf(rate)])
	return samplesOf(rate), false
}

func (s *stream) decode(packet jitter.Packet, free []int16) (lasted int, ok bool) {
	d := s.in.decoder(packet.Payload)
	if d == nil {
		return 0, false
	}
	lasted, err := d.codec.Decode(free, packet.Data)
	if err != nil || lasted == 0 {
		s.drops.malformed++
		return 0, false
	}
	s.in.current = d
	s.in.buffer.Lasted(d.format.Ticks(lasted))
	return lasted, true
}

// frame takes one frame off the samples, at the rate of the node.
func (s *stream) frame(rate int) []int16 {
	in := &s.in
	samples := samplesOf(rate)
	if rate == s.rate() {
		frame := in.frame[:samples]
		copy(frame, in.samples[:samples])
		in.drop(samples)
		return frame
	}
	if in.convert == nil || in.convertRate != rate {
		in.convert, in.convertRate = newConverter(rate, s.rate()), rate
	}
	frame := in.frame[:samplesOf(s.rate())]
	in.convert.Convert(frame, in.samples[:samples])
	in.drop(samples)
	return frame
}

// listen hears digits in the sound where no events were negotiated.
func (s *stream) listen(w *worker, frame []int16) {
	if s.in.tones == nil || s.in.toneRate*int(Tick)/int(time.Second) != len(frame) {
		return
	}
	for _, press := range s.in.tones.Listen(frame) {
		w.engine.teller.tell(graph.Digit{Stream: s.node.id, Digit: press.Digit, Lasted: press.Lasted, Sounded: true})
	}
}

// expire ends an event whose end was lost.
func (s *stream) expire(w *worker) {
	if s.in.events == nil || s.in.eventAt == 0 {
		return
	}
	passed := w.now.since - s.in.eventAt
	if passed < eventPatience {
		return
	}
	s.in.eventAt = 0
	stamp := s.in.eventEnd + uint32(int64(passed)*int64(s.in.eventClock)/int64(time.Second))
	if press, ok := s.in.events.Expire(stamp, eventPatience); ok {
		w.engine.teller.tell(graph.Digit{Stream: s.node.id, Digit: press.Digit, Lasted: press.Lasted})
	}
}
