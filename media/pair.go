package media

import (
	"slices"
	"time"

	"hookflash/media/graph"
	"hookflash/media/rtp"
	"hookflash/media/socket"
)

// passEvery is how often a worker looks for packets to relay, while it has any pair: what a packet waits
// at most, and the longest burst of work.
const passEvery = 5 * time.Millisecond

// passPatience is how long after the last packet it looks so often; then the first one waits for a tick.
const passPatience = 200 * time.Millisecond

// unsettle has the worker look at a room when all changes that have come are made.
func (w *worker) unsettle(r *room) {
	r.unlike = false
	if !slices.Contains(w.unsettled, r) {
		w.unsettled = append(w.unsettled, r)
	}
}

// settle begins or ends relaying in the rooms that have changed.
func (w *worker) settle() {
	for i, r := range w.unsettled {
		w.unsettled[i] = nil
		a, b := r.pair()
		switch {
		case a == nil:
			w.part(r)
		case !a.passes():
			w.marry(r, a, b)
		}
	}
	w.unsettled = w.unsettled[:0]
}

// pair gives the two streams of a room whose packets can be relayed; nil: they can't, or there are others.
func (r *room) pair() (a, b *stream) {
	if len(r.nodes) != 2 || r.unlike || r.nodes[0].mute || r.nodes[1].mute {
		return nil, nil
	}
	a, aIs := r.nodes[0].part.(*stream)
	b, bIs := r.nodes[1].part.(*stream)
	if !aIs || !bIs || !a.goes(b) || !b.goes(a) {
		return nil, nil
	}
	return a, b
}

// goes tells whether what one of two streams receives can be sent by the other as it is.
func (s *stream) goes(to *stream) bool {
	if s.out.codec == nil || to.out.codec == nil || !s.set.Send || !s.set.Receive || s.out.units != to.out.units {
		return false
	}
	return sameFormat(s.out.agreed, to.out.agreed) && slices.ContainsFunc(s.set.Accept, func(accepted graph.Codec) bool {
		return sameFormat(accepted, to.out.agreed)
	})
}

// marry begins to relay. What waits to be mixed goes first.
func (w *worker) marry(r *room, a, b *stream) {
	for _, s := range []*stream{a, b} {
		if w.watch.Add(s.port.rtp, uint64(s.node.id)) != nil {
			w.watch.Remove(a.port.rtp)
			return // they are mixed
		}
	}
	a.relay, b.relay = relay{to: b}, relay{to: a}
	a.passing, b.passing = b, a
	r.passes = true
	w.pairs++
	a.flush(w)
	b.flush(w)
}

// flush relays what waited in the jitter buffer.
func (s *stream) flush(w *worker) {
	s.node.says(nil)
	s.in.have, s.in.sound = 0, 0
	if s.in.buffer == nil {
		return
	}
	for packet, ok := s.in.buffer.Take(); ok; packet, ok = s.in.buffer.Take() {
		d := s.in.decoder(packet.Payload)
		if d == nil || len(packet.Data) == 0 || len(packet.Data) > len(w.packet)-2*rtp.HeaderSize-64 {
			continue
		}
		lasts, ok := s.like(d, packet.Data)
		if !ok {
			continue
		}
		n := copy(w.packet[rtp.HeaderSize:], packet.Data)
		s.pass(w, relayed{
			data: w.packet[:rtp.HeaderSize+n], start: rtp.HeaderSize, kind: packet.Payload,
			sequence: packet.Sequence, timestamp: packet.Timestamp, lasts: lasts,
		})
	}
}

// part ends relaying: what comes from now on is mixed, and goes on behind what was relayed.
func (w *worker) part(r *room) {
	if !r.passes {
		return
	}
	r.passes = false
	w.pairs--
	for _, n := range r.nodes {
		if s, is := n.part.(*stream); is && s.passes() {
			w.watch.Remove(s.port.rtp)
			s.out.align(w.upcoming())
			s.prime(w)
			s.relay, s.passing = relay{}, nil
		}
	}
}

// prime readies decoder and jitter buffer to go on behind what was relayed last.
func (s *stream) prime(w *worker) {
	s.in.have, s.in.sound, s.in.hushed = 0, 0, 0
	r := &s.relay
	if s.in.buffer != nil {
		s.in.buffer.Reset(s.in.clock)
	}
	if r.next == 0 || s.relay.to.out.stampedAt < w.now.tick-primers {
		return
	}
	for i := max(r.next-primers, 0); i < r.next; i++ {
		packet := &r.kept[i%primers].packet
		d := s.in.decoder(packet.Payload)
		if d == nil {
			return
		}
		n, err := d.codec.Decode(w.samples[:], packet.Data)
		if err != nil || d.format.Clock != s.in.clock {
			return
		}
		s.in.current = d
		if i == r.next-1 {
			s.in.jitter().Resume(*packet, d.format.Ticks(n), w.now.since)
		}
	}
}

// relays sends on what has come for pairs.
func (w *worker) relays() {
	w.look()
	var ready [socket.WatchSize]uint64
	for {
		n := w.watch.Ready(ready[:])
		if n > 0 {
			w.passed = w.now.since
		}
		for _, key := range ready[:n] {
			if at := w.known[graph.Node(key)]; at != nil {
				if s, is := at.part.(*stream); is {
					s.receive(w)
				}
			}
		}
		if n < len(ready) {
			return
		}
	}
}
