package sdp

import "strings"

// Answer answers an offer (RFC 3264 §6). The answer has the m= lines of the offer in
// their order, one audio stream accepted with the offer's payload numbers, everything else
// rejected. What it agreed on stands at once; a caller that may not get the answer across
// keeps a copy of the Negotiation.
//
// An offer whose m= lines all have port 0, or that has none, is answered in kind, and the
// stream is Rejected. So is everything when local.Port is 0: the way to answer an offer that
// can't be refused otherwise (RFC 6337 §5.2.4).
//
// Errors, after which nothing has changed: ErrPending, ErrMalformed, ErrLimit,
// ErrFewerMedia, and when no m= line could be accepted, ErrNoAudio or what is wrong with the
// first audio line: ErrProfile, ErrHostName, ErrAddress, ErrFamily, ErrNoCommonCodec,
// ErrSecurity. It panics as Offer does.
func (n *Negotiation) Answer(offer string, local Local) (answer string, agreed Stream, err error) {
	local.check()
	if n.pending != nil {
		return "", Stream{}, ErrPending
	}
	s, err := Parse(offer)
	if err != nil {
		return "", Stream{}, err
	}
	if len(s.Media) < len(n.slots) {
		return "", Stream{}, ErrFewerMedia
	}
	place, accepted, err := n.pick(s, &local)
	if err != nil {
		return "", Stream{}, err
	}
	next := state{slots: n.keepSlots(s), stream: place, bound: n.bound, seen: n.seen, agreed: accepted.stream, stands: true}
	if place == 0 {
		next.stream = n.stream
	} else {
		next.bound = bind(n.bound, accepted.taken)
		next.seen[0] |= accepted.seen[0]
		next.seen[1] |= accepted.seen[1]
	}
	d := draft{
		local: &local, slots: next.slots, stream: place,
		codecs: accepted.stream.Accept, events: accepted.stream.EventsTaken,
		direction: accepted.written, mux: accepted.stream.Mux,
	}
	if place != 0 {
		d.protocol = s.Media[place-1].Protocol
	}
	if accepted.stream.Ours.Suite != "" {
		d.crypto = []Crypto{accepted.stream.Ours}
	}
	n.state = next
	return n.write(&d), n.agreed, nil
}

// keepSlots takes the m= lines over, without allocation when they are those we have.
func (n *Negotiation) keepSlots(s *Session) []slot {
	unchanged := len(s.Media) == len(n.slots)
	for i := 0; unchanged && i < len(s.Media); i++ {
		m, old := &s.Media[i], n.slots[i]
		format, _ := field(m.Formats)
		unchanged = m.Kind == old.kind && m.Protocol == old.protocol && format == old.format
	}
	if unchanged {
		return n.slots
	}
	slots := make([]slot, len(s.Media))
	for i := range s.Media {
		slots[i] = slotOf(&s.Media[i])
	}
	return slots
}

// acceptance is an m= line of an offer that we take.
type acceptance struct {
	stream  Stream
	written Direction // in the answer
	taken   []Codec   // audio and events
	seen    numbers   // all that it listed
}

// pick finds the m= line for the stream: the one it had, else the first that can be
// accepted. Place 0 without an error rejects them all.
func (n *Negotiation) pick(s *Session, local *Local) (place int, a acceptance, err error) {
	rejected := acceptance{stream: Stream{Rejected: true}}
	if local.Port == 0 {
		return 0, rejected, nil
	}
	active := false
	session := defaultsOf(s)
	var d description
	for turn := range len(s.Media) + 1 {
		i := turn - 1 // the m= line that the stream had comes first
		if turn == 0 {
			i = n.stream - 1
		} else if turn == n.stream {
			continue
		}
		if i < 0 || s.Media[i].Port == 0 {
			continue
		}
		active = true
		if s.Media[i].Kind != "audio" {
			continue
		}
		accepted, problem := acceptance{}, ErrProfile
		if _, known := profile(s.Media[i].Protocol); known {
			d.read(&session, &s.Media[i])
			accepted, problem = d.accept(local)
		}
		if problem == nil {
			return i + 1, accepted, nil
		}
		if err == nil {
			err = problem
		}
	}
	if active && err == nil {
		err = ErrNoAudio
	}
	return 0, rejected, err
}

// accept takes the stream as far as both sides go together.
func (d *description) accept(local *Local) (a acceptance, err error) {
	t := &a.stream
	secure, _ := profile(d.media.Protocol)
	if secure && local.Secure == None {
		return a, ErrSecurity
	}
	var zero bool
	if t.Remote, zero, err = d.address(local.Address); err != nil {
		return a, err
	}
	if a.taken = d.common(local, t); a.taken == nil {
		return a, ErrNoCommonCodec
	}
	if local.Secure != None {
		t.Ours, t.Theirs, _ = d.choose(local.Crypto)
	}
	if t.Ours.Suite == "" && (secure || local.Secure == Required) {
		return a, ErrSecurity
	}
	// RFC 6337 §5.4: with c=0.0.0.0 too the answer goes by the direction that is written.
	a.written = local.Direction.And(d.direction.Reverse())
	t.Direction = a.written
	if zero {
		t.Direction = a.written.And(ReceiveOnly)
	}
	t.Held = zero || !d.direction.Receives()
	t.Mux = local.Mux && d.mux && muxable(a.taken)
	t.Control = d.controls(t.Remote, t.Mux)
	t.PacketTime = d.packets(local.PacketTime)
	a.seen.addAll(d.formats())
	return a, nil
}

// muxable tells whether no payload number could be read as RTCP (RFC 5761 §4).
func muxable(codecs []Codec) bool {
	for i := range codecs {
		if codecs[i].Payload >= 64 && codecs[i].Payload < 96 {
			return false
		}
	}
	return true
}

// common finds the codecs and events of an offer that we have, in its order and with its
// numbers (RFC 3264 §6.1). The first codec is the one to send with. nil: there is none.
func (d *description) common(local *Local, t *Stream) (taken []Codec) {
	var used [MaxFormats]bool
	for _, theirs := range d.formats() {
		for i, ours := range local.Codecs {
			if used[i] || !ours.Is(theirs) {
				continue
			}
			used[i] = true
			if taken == nil {
				taken = make([]Codec, 0, min(d.count, len(local.Codecs)+2))
				t.Codec = Codec{ours.Name, theirs.Payload, ours.Rate, ours.Channels, strings.Clone(theirs.Format)}
			}
			ours.Payload = theirs.Payload
			taken = append(taken, ours)
			break
		}
	}
	count := len(taken)
	t.Accept = taken[:count:count]
	if count == 0 || local.Events == 0 {
		return taken
	}
	for _, theirs := range d.formats() {
		if !strings.EqualFold(theirs.Name, eventName) || !eventClock(t.Accept, taken[count:], theirs.Rate) {
			continue
		}
		event := Codec{Name: eventName, Payload: theirs.Payload, Rate: theirs.Rate, Format: eventFormat}
		taken = append(taken, event)
		t.sendEvents(event)
	}
	t.EventsTaken = taken[count:]
	return taken
}

// eventClock tells whether events of a clock are taken: one of the codecs has it, or it is
// 8000, which many have alone whatever their codec.
func eventClock(codecs, events []Codec, rate uint32) bool {
	for i := range events {
		if events[i].Rate == rate {
			return false
		}
	}
	for i := range codecs {
		if codecs[i].Rate == rate {
			return true
		}
	}
	return rate == 8000
}

// sendEvents takes the events to send with: those of the codec's clock, else the first.
func (t *Stream) sendEvents(event Codec) {
	if t.Events == 0 || event.Rate == t.Codec.Rate {
		t.Events, t.EventsRate = event.Payload, event.Rate
	}
}
