package media

import (
	"bytes"
	"slices"
	"time"

	"hookflash/media/codec"
	"hookflash/media/dtmf"
	"hookflash/media/graph"
	"hookflash/media/srtp"
)

// apply takes what was negotiated. What stays the same goes on.
func (s *stream) apply(w *worker, set graph.Set) {
	before := s.set
	if s.passes() {
		s.out.align(w.upcoming())
		if !sameFormat(before.Codec, set.Codec) {
			s.relay.known, s.relay.to.relay.known = false, false
		}
	}
	set.Accept = slices.Clone(set.Accept)
	s.set = set
	s.latch.signal(set.Remote, set.Source, w.now.since)
	s.setKeys(before, set)
	s.setDecoders(set)
	s.setEncoder(w, set)
	s.setEvents(before, set)
	s.node.member.Wide = s.wide()
	s.node.member.Says = nil // it may have another length from now on
	if set.Receive && (!before.Receive || before.Remote != set.Remote) {
		s.heard, s.told = w.now.since, false
		s.restart()
	}
	if s.reportAt == 0 {
		s.reportAt = w.now.since + reportInterval/2 // RFC 3550, section 6.2: the first comes earlier
	}
}

// setKeys keeps a context whose key stays: a new one would forget the roll-over counter.
func (s *stream) setKeys(before, set graph.Set) {
	same := func(a, b graph.Keys) bool { return a.Suite == b.Suite && bytes.Equal(a.Key, b.Key) }
	s.secured = set.Ours.Suite != ""
	if !same(before.Ours, set.Ours) {
		s.ours = protection(set.Ours)
	}
	if !same(before.Theirs, set.Theirs) {
		s.theirs = protection(set.Theirs)
	}
}

// protection is nil for plain RTP. Keys were looked at before they came here.
func protection(keys graph.Keys) *srtp.Context {
	if keys.Suite == "" {
		return nil
	}
	made, err := srtp.New(keys.Suite, keys.Key)
	if err != nil {
		return nil
	}
	return made
}

func (s *stream) setDecoders(set graph.Set) {
	var current graph.Codec
	if s.in.current != nil {
		current = s.in.current.agreed
	}
	before := s.in.decoders
	s.in.decoders, s.in.current = make([]decoder, 0, len(set.Accept)), nil
	for _, agreed := range set.Accept {
		if i := slices.IndexFunc(before, func(d decoder) bool { return d.agreed == agreed }); i >= 0 {
			s.in.decoders = append(s.in.decoders, before[i])
			continue
		}
		found, err := format(agreed)
		if err != nil {
			continue
		}
		made, err := codec.New(agreed)
		if err != nil {
			continue
		}
		s.in.decoders = append(s.in.decoders, decoder{agreed, made, found})
	}
	for i := range s.in.decoders {
		if s.in.decoders[i].agreed == current {
			s.in.current = &s.in.decoders[i]
		}
	}
	if s.in.clock == 0 && len(s.in.decoders) > 0 {
		s.in.clock = s.in.decoders[0].format.Clock
	}
}

// setEncoder keeps the encoder if it stays; the timestamps go on where they were, at the new clock.
func (s *stream) setEncoder(w *worker, set graph.Set) {
	length := set.Codec.PacketTime
	if length <= 0 {
		length = Tick
	}
	changed := s.out.codec == nil || s.out.agreed != set.Codec
	if changed {
		found, err := format(set.Codec)
		if err != nil {
			s.out.codec = nil
			return
		}
		now := s.out.at(w.now.tick)
		made, err := codec.New(set.Codec)
		if err != nil {
			s.out.codec = nil
			return
		}
		s.out.codec, s.out.format, s.out.agreed = made, found, set.Codec
		s.out.step = s.out.format.Ticks(samplesOf(made.Rate()))
		s.out.origin += now - s.out.at(w.now.tick)
		s.out.have, s.out.resumed = 0, true
	}
	length = s.out.format.Length(min(length, maxPacketTime))
	s.out.packet = s.out.codec.Rate() * int(length/time.Millisecond) / 1000
	s.out.units = s.out.format.Ticks(s.out.packet)
	if changed && s.out.stampedAt != 0 {
		s.out.sentUpTo(s.out.at(w.upcoming())-s.out.units, s.out.units, w.now.tick)
	}
}

// setEvents follows the clock: that of events is that of the codec (RFC 4733, section 2.1).
func (s *stream) setEvents(before, set graph.Set) {
	clock := uint32(narrowRate)
	if s.out.codec != nil {
		clock = s.out.format.Clock
	}
	if set.Events != before.Events || s.in.events == nil && s.in.tones == nil {
		s.in.events, s.in.tones = nil, nil
		if set.Events != 0 {
			s.in.events, s.in.eventClock = dtmf.NewReceiver(clock), clock
		}
	}
	if set.Events == 0 {
		s.in.listen(s.rate())
	}
	s.out.dial.set(clock, set.Events)
}

// listen makes a detector of tones for the node's rate.
func (in *incoming) listen(rate int) {
	if in.tones != nil && in.toneRate == rate {
		return
	}
	if made, err := dtmf.NewDetector(rate); err == nil {
		in.tones, in.toneRate = made, rate
	}
}

func (s *stream) rate() int {
	if s.wide() {
		return wideRate
	}
	return narrowRate
}
