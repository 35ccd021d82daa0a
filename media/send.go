package media

import (
	"hookflash/media/rtp"
	"hookflash/media/srtp"
)

// at is the timestamp of a tick.
func (out *outgoing) at(tick int64) uint32 {
	return out.origin + uint32(tick)*out.step
}

// write sends what the node hears.
func (s *stream) write(w *worker) {
	out := &s.out
	if out.codec == nil || !s.set.Send || !s.latch.peer.IsValid() {
		out.have, out.resumed = 0, true
		return
	}
	if s.sendDigit(w) {
		out.have, out.last, out.dialled = 0, w.now.tick, w.now.tick
		return
	}
	frame := out.dial.tone(samplesOf(s.rate()))
	switch {
	case frame != nil:
		out.dialled = w.now.tick
	case s.passes():
		return
	default:
		frame = s.node.hears()
	}
	if frame == nil {
		frame = silence[:samplesOf(s.rate())]
	}
	if len(frame) == out.packet {
		out.last = w.now.tick
		if s.sendMusic(w, frame) || s.sendShared(w, frame) {
			return
		}
		s.sendFrame(w, frame, out.at(w.now.tick))
		return
	}
	s.sendPacked(w, frame)
}

// sendMusic sends what was encoded for everybody, when it is music and nothing else that is heard.
func (s *stream) sendMusic(w *worker, frame []int16) (sent bool) {
	r := s.node.room
	if r == nil || r.air == nil || !r.air.plays(frame) {
		return false
	}
	payload := r.air.shared.encode(s.out.agreed, frame, w.now.tick)
	if payload == nil {
		return false
	}
	s.sendPayload(w, payload)
	return true
}

// ownEncoder is how many ticks who has spoken goes on with an encoder of his own, where encoders remember.
const ownEncoder = 50

// sendShared sends what is encoded once for all in the room who say nothing themselves: they hear the same.
func (s *stream) sendShared(w *worker, frame []int16) (sent bool) {
	out, r := &s.out, s.node.room
	if r == nil || len(r.nodes) < 3 || s.node.member.Says != nil || out.dialled == w.now.tick {
		out.silent = 0
		return false
	}
	if out.silent < ownEncoder {
		if out.silent++; out.format.Memory {
			return false
		}
	}
	payload := r.shared.encode(out.agreed, frame, w.now.tick)
	if payload == nil {
		return false
	}
	s.sendPayload(w, payload)
	return true
}

// sendPayload sends what was encoded for several.
func (s *stream) sendPayload(w *worker, payload []byte) {
	n := copy(w.packet[rtp.HeaderSize:], payload)
	stamp := s.out.at(w.now.tick)
	s.send(w, rtp.Outgoing{Payload: s.out.agreed.Payload, Timestamp: stamp, Marker: s.out.resumed}, n)
	s.out.sentUpTo(stamp, s.out.units, w.now.tick)
	s.out.resumed = false
}

// sendPacked puts frames together or takes them apart, for packets of another length than a tick.
func (s *stream) sendPacked(w *worker, frame []int16) {
	out := &s.out
	if out.have == 0 || w.now.tick != out.last+1 {
		out.have, out.stamp = 0, out.at(w.now.tick)
	}
	if out.samples == nil {
		out.samples = new(pcm)
	}
	out.last = w.now.tick
	out.have += copy(out.samples[out.have:], frame)
	for out.have >= out.packet {
		s.sendFrame(w, out.samples[:out.packet], out.stamp)
		out.stamp += out.format.Ticks(out.packet)
		out.have = copy(out.samples[:], out.samples[out.packet:out.have])
	}
}

// sendFrame sends one packet of sound.
func (s *stream) sendFrame(w *worker, frame []int16, stamp uint32) {
	n, err := s.out.codec.Encode(w.packet[rtp.HeaderSize:], frame)
	if err != nil || n == 0 {
		return
	}
	s.send(w, rtp.Outgoing{Payload: s.out.agreed.Payload, Timestamp: stamp, Marker: s.out.resumed}, n)
	s.out.sentUpTo(stamp, s.out.format.Ticks(len(frame)), w.now.tick)
	s.out.resumed = false
}

// send sends the size bytes of payload behind the header in the worker's packet.
func (s *stream) send(w *worker, header rtp.Outgoing, size int) {
	s.deliver(w, w.packet[:s.session.Write(w.packet[:], header, size)])
}

// deliver protects a finished packet in place, if need be, and sends it. w.header is overwritten.
func (s *stream) deliver(w *worker, packet []byte) {
	if s.ours != nil {
		if cap(packet) < len(packet)+srtp.Overhead {
			return
		}
		protected, err := s.ours.Protect(packet, &w.header)
		if err != nil {
			return // nothing leaves unprotected
		}
		packet = protected
	} else if s.secured {
		return
	}
	// What can't be sent now is lost, as on the way.
	_ = s.port.rtp.Send(packet, s.latch.peer)
}
