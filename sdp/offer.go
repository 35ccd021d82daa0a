package sdp

// Offer is our first or following offer. It keeps the number and order of the m= lines,
// the numbers that codecs have in this session, and the o= line but for the version, which
// rises by one when something changed. It waits for Accept or Withdraw; another Offer takes
// its place.
//
// It panics when local has no unicast address, no codec, or keys of wrong length.
func (n *Negotiation) Offer(local Local) string {
	local.check()
	p := &proposal{local: local, slots: n.slots, stream: n.stream}
	if p.stream == 0 {
		p.place()
	}
	p.number(&n.state)
	p.mux = local.Mux && muxable(p.all)
	d := draft{
		local: &p.local, slots: p.slots, stream: p.stream,
		protocol: protocolFor(local.Secure, p.slots[p.stream-1].protocol),
		codecs:   p.codecs, events: p.events, direction: local.Direction, mux: p.mux,
	}
	if local.Secure != None {
		d.crypto = local.Crypto
	}
	if local.Port == 0 {
		d.stream = 0
	}
	n.pending = p
	return n.write(&d)
}

// place finds an m= line for the stream: an audio line that was rejected, a new one below
// (RFC 3264 §8.1), or, when there is no room, the last, which carries nothing.
func (p *proposal) place() {
	for i := range p.slots {
		if p.slots[i].kind == "audio" {
			p.stream = i + 1
			return
		}
	}
	if len(p.slots) < MaxMedia {
		p.slots = append(p.slots[:len(p.slots):len(p.slots)], slot{"audio", "RTP/AVP", "0"})
	}
	p.stream = len(p.slots)
}

// number gives the codecs their payload numbers, and telephone-event one for each clock
// that a codec has, since events share the clock of the stream (RFC 4733 §2.1), with 8000
// first, which some have alone.
func (p *proposal) number(s *state) {
	numbers := newNumbering(s)
	all := make([]Codec, 0, len(p.local.Codecs)+2)
	for _, c := range p.local.Codecs {
		all = addNumbered(all, c, numbers)
	}
	audio := len(all)
	if p.local.Events != 0 {
		event := Codec{Name: eventName, Payload: p.local.Events, Rate: 8000, Format: eventFormat}
		all = addNumbered(all, event, numbers)
		for i := range audio {
			event.Rate = all[i].Rate
			all = addNumbered(all, event, numbers)
		}
	}
	p.all, p.codecs, p.events = all, all[:audio:audio], all[audio:]
}

// eventFormat are the events that are taken: the keys of a telephone (RFC 4733 §3.2).
const eventFormat = "0-15"

func addNumbered(all []Codec, c Codec, numbers *numbering) []Codec {
	for i := range all {
		if all[i].Is(c) {
			return all
		}
	}
	payload, ok := numbers.number(c)
	if !ok {
		return all
	}
	c.Payload = payload
	return append(all, c)
}
